import { join } from 'node:path';
import test from 'ava';
import { open } from '../../index.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';
import { filesIn } from '../support/store-contents.ts';
import { beside, inCopy } from './support/copies.ts';

const SUPPORT = new URL('./support/copies.ts', import.meta.url);

test('a process that is killed while it copies leaves no target, a directory that nobody takes for a store, and its own store as it was', async (t) => {
  const root = await tempDirectory(t);
  const [store, target] = [join(root, 'store'), join(root, 'copy')];
  const { code, stdout } = await runInProcess(
    t,
    `import { noise } from '${SUPPORT}';
     const engine = await open(${JSON.stringify(store)}, { durability: 'os', workers: 0 });
     for (let i = 0; i < 30; i++) await engine.kv.put('key ' + i, noise(100_000, i), { valueEncoding: 'view' });
     const onProgress = ({ bytes, totalBytes }) => {
       console.log(bytes < totalBytes ? 'in the middle' : 'too late');
       process.kill(process.pid, 'SIGKILL');
     };
     await engine.checkpoint(${JSON.stringify(target)}, { onProgress });`,
  );
  t.deepEqual([code, stdout], [null, 'in the middle\n']);
  const left = (await beside(target)).filter((name) => name !== 'store');
  t.regex(left.join(), /^copy\.partial-\w+$/);
  t.true((await filesIn(join(root, left[0]))).length > 0);
  await t.throwsAsync(open(join(root, left[0]), { createIfMissing: false }), { code: 'LITHIFY_NOT_FOUND' });
  const engine = await openEngine(t, { ...TINY, memtableBytes: 16 * 1024 * 1024, memoryBytes: 64 * 1024 * 1024 }, store);
  t.is((await engine.kv.keys().all()).length, 30);
  t.deepEqual((await engine.verify()).damage, []);
  const { location } = await engine.checkpoint(target);
  t.is(await inCopy(location, async (copy) => (await copy.kv.keys().all()).length), 30);
});
