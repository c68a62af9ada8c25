import { readdir } from 'node:fs/promises';
import test from 'ava';
import { open } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';

// D32 of the seed: two threads stayed for every database, also when nobody had it any more. (An engine that is forgotten:
// spec/messages/a-forgotten-close.spec.ts.)

test('after close nothing of an engine is left in the process: no thread, no timer, no port, no lock', async (t) => {
  const ended = await runInProcess(
    t,
    `// Threads make Node open these two.
     const outputs = [process.stdout, process.stderr];
     const before = process.getActiveResourcesInfo().sort();
     const engine = await open(${JSON.stringify(await tempDirectory(t))}, { workers: 2 });
     await engine.kv.put('k', 'v');
     await engine.ask({ type: 'MajorCompaction' });
     engine.kv.iterator();
     await engine.close();
     const after = process.getActiveResourcesInfo().sort();
     const { held } = await navigator.locks.query();
     console.log(String(after) === String(before) && held.length === 0 ? 'done' : before + ' became ' + after);`,
  );
  t.deepEqual(ended, { code: 0, stdout: 'done\n', stderr: '' });
});

// Only Linux tells which threads this process has.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('close resolves when every thread of the engine has ended, however often', async (t) => {
  const directory = await tempDirectory(t);
  const threads: number[] = [];
  for (let i = 0; i < 3; i++) {
    const engine = await open(directory, { ...TINY, workers: 2 });
    for (let n = 0; n < 50; n++) await engine.kv.put(`key-${n}`, 'v'.repeat(100));
    // Major slices, so that both threads get work.
    await engine.ask({ type: 'MajorCompaction' });
    t.true(engine.stats().workers.some(({ state }) => state.startsWith('alive')));
    await engine.close();
    threads.push((await readdir('/proc/self/task')).length);
  }
  // The first opening may have started threads of libuv and of V8.
  t.is(threads[2], threads[1]);
});

test('engines that are opened and dropped in a row do not keep each other or the process', async (t) => {
  const directories = [await tempDirectory(t), await tempDirectory(t), await tempDirectory(t)];
  const ended = await runInProcess(
    t,
    `for (const location of ${JSON.stringify(directories)}) {
       const engine = await open(location, { workers: 1 });
       await engine.kv.put('k', 'v');
       await engine.ask({ type: 'MinorCompact' });
       engine.kv.iterator();
     }
     console.log('done');`,
  );
  t.deepEqual(ended, { code: 0, stdout: 'done\n', stderr: '' });
});
