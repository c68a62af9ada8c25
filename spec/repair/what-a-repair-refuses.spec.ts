import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { nodeRuntime, open, type RepairOptions, repair } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { holdInProcess } from '../support/processes.ts';
import { entries, filesOf, flipByte, picture, repaired, settle, storeWith } from './support/stores.ts';

async function store(t: ExecutionContext): Promise<string> {
  const { location } = await storeWith(t, async (written, engine) => {
    await written.put(entries(0, 200, 'value'));
    await settle(engine);
  });
  return location;
}

/** Refused with this code, and everything beside and in the damaged store is as it was. */
async function expectRefused(t: ExecutionContext, damaged: string, target: string, code: string, options?: RepairOptions): Promise<void> {
  const before = await picture(dirname(damaged));
  await t.throwsAsync(repair(damaged, target, options), { code });
  t.deepEqual(await picture(dirname(damaged)), before);
}

test('what is not there, is a file, or holds nothing of a store is no store', async (t) => {
  const directory = await tempDirectory(t);
  await mkdir(join(directory, 'empty'));
  await writeFile(join(directory, 'file'), 'text');
  await writeFile(join(directory, 'empty', 'FORMAT'), 'lithify store, format 1\n');
  for (const name of ['nothing', 'empty']) await expectRefused(t, join(directory, name), join(directory, 'new'), 'LITHIFY_NOT_FOUND');
  await t.throwsAsync(repair(join(directory, 'file'), join(directory, 'new')), { code: 'LITHIFY_NOT_FOUND' });
  t.deepEqual((await readdir(directory)).sort(), ['empty', 'file']);
});

test('a store of a later format is left to a later version; a format that is damaged or gone is no hindrance', async (t) => {
  const location = await store(t);
  await writeFile(join(location, 'FORMAT'), 'lithify store, format 2\n');
  await expectRefused(t, location, join(dirname(location), 'new'), 'LITHIFY_CORRUPTION');
  await writeFile(join(location, 'FORMAT'), 'l1thify');
  const { report, found } = await repaired(t, location);
  t.deepEqual([report.lost, found.keys.size, report.warnings.length], [[], 200, 1]);
});

test('a store that is open in this process, or in another one, is locked', async (t) => {
  const location = await store(t);
  const target = join(dirname(location), 'new');
  const engine = await open(location, TINY);
  await t.throwsAsync(repair(location, target), { code: 'LITHIFY_LOCKED' });
  await engine.close();
  const holder = await holdInProcess(t, location, 'held');
  await t.throwsAsync(repair(location, target), { code: 'LITHIFY_LOCKED' });
  await t.throwsAsync(repair(location, target), { code: 'LITHIFY_LOCKED' }, 'a refusal does not take the lock away');
  holder.kill('SIGKILL');
  await new Promise((resolve) => holder.once('close', resolve));
  t.deepEqual(await readdir(dirname(location)), ['store']);
  t.is((await repair(location, target, { options: TINY })).entries, 201);
});

test('while it is repaired nobody opens the store, here or in another process', async (t) => {
  const location = await store(t);
  const { openInProcess } = await import('../support/processes.ts');
  let elsewhere: Promise<string> | undefined;
  let here: Promise<string> | undefined;
  const read = Promise.withResolvers<void>();
  const runtime = nodeRuntime();
  // The repair waits at its first turn until both have tried.
  const turn = async () => {
    here ??= open(location, TINY).then(
      () => 'opened',
      (error) => error.code,
    );
    elsewhere ??= openInProcess(t, location).finally(read.resolve);
    await read.promise;
    await runtime.turn();
  };
  await repair(location, join(dirname(location), 'new'), { options: TINY, runtime: { ...runtime, turn } });
  t.deepEqual([await here, await elsewhere], ['LITHIFY_LOCKED', 'LITHIFY_LOCKED']);
});

test('a target that has something in it, or is in the damaged store, is refused; an empty directory is taken', async (t) => {
  const location = await store(t);
  const beside = join(dirname(location), 'new');
  await mkdir(beside);
  await writeFile(join(beside, 'mine'), 'text');
  await expectRefused(t, location, beside, 'LITHIFY_EXISTS');
  await expectRefused(t, location, location, 'LITHIFY_INVALID_ARGUMENT');
  await expectRefused(t, location, join(location, 'new'), 'LITHIFY_INVALID_ARGUMENT');
  await symlink(location, join(dirname(location), 'link'));
  await expectRefused(t, location, join(dirname(location), 'link', 'new'), 'LITHIFY_INVALID_ARGUMENT');
  await mkdir(join(dirname(location), 'empty'));
  t.is((await repair(location, join(dirname(location), 'empty'), { options: TINY })).entries, 200);
});

test('a disk without room for another store is told before anything is written', async (t) => {
  const location = await store(t);
  const runtime = nodeRuntime();
  const files = { ...runtime.files, freeBytes: async () => 1024 * 1024 };
  await expectRefused(t, location, join(dirname(location), 'new'), 'LITHIFY_DISK_FULL', { runtime: { ...runtime, files } });
});

test('aborted at any time it leaves nothing, and the damaged store as it was', async (t) => {
  const location = await store(t);
  const target = join(dirname(location), 'new');
  await expectRefused(t, location, target, 'LITHIFY_ABORTED', { signal: AbortSignal.abort() });
  for (const phase of ['reading', 'keys', 'records', 'verifying']) {
    const controller = new AbortController();
    const onProgress = (progress: { phase: string }) => {
      if (progress.phase === phase) controller.abort(new Error('enough'));
    };
    await expectRefused(t, location, target, 'LITHIFY_ABORTED', { signal: controller.signal, onProgress, options: TINY });
  }
});

test('options that are not sound are named, and who is told of the progress cannot break it', async (t) => {
  const location = await store(t);
  const target = join(dirname(location), 'new');
  const unsound: unknown[] = [
    { keepOld: true },
    { keepStale: 1 },
    { signal: 5 },
    { onProgress: 'no' },
    { options: { storage: 'memory' } },
    null,
    { options: { what: 1 } },
  ];
  for (const options of unsound) await expectRefused(t, location, target, 'LITHIFY_INVALID_ARGUMENT', options as RepairOptions);
  await t.throwsAsync(repair('', target), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await t.throwsAsync(repair(location, undefined as unknown as string), { code: 'LITHIFY_INVALID_ARGUMENT' });
  const phases = new Set<string>();
  const onProgress = ({ phase, done, total }: { phase: string; done: number; total: number }) => {
    phases.add(phase);
    if (!(done >= 0 && total >= 0)) throw new Error('no number');
    throw new Error('a bar that breaks');
  };
  const { entries: count } = await repair(location, target, { options: TINY, onProgress });
  t.is(count, 200);
  t.deepEqual([...phases], ['reading', 'keys', 'records', 'verifying']);
});

test('a value larger than a memtable would take is written all the same', async (t) => {
  const { location, written } = await storeWith(
    t,
    async (model) => {
      await model.put([['large', 'x'.repeat(3_000_000)]]);
    },
    { workers: 0, durability: 'os', memtableBytes: 16 * 1024 * 1024 },
  );
  const target = join(dirname(location), 'new');
  t.is((await repair(location, target)).entries, 1);
  const engine = await open(target, { ...TINY, memoryBytes: 64 * 1024 * 1024 });
  t.is(await engine.kv.get('large'), written.current.get('large'));
  await engine.close();
});

test('a new store that cannot be written whole is not left behind', async (t) => {
  const location = await store(t);
  const [log] = await filesOf(join(location, 'wal'), /wal$/);
  await flipByte(log, 45);
  const runtime = nodeRuntime();
  const fail = async (): Promise<never> => {
    throw Object.assign(new Error('ENOSPC: no space left on device, rename'), { code: 'ENOSPC' });
  };
  const files = { ...runtime.files, moveDirectory: fail };
  await expectRefused(t, location, join(dirname(location), 'new'), 'LITHIFY_DISK_FULL', { runtime: { ...runtime, files }, options: TINY });
});
