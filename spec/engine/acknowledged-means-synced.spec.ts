import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, type OpenOptions, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { type SyncedFiles, syncedFiles } from '../support/synced-files.ts';

// D31 of the seed: nothing was ever synced, neither writes nor what allowed the log to be deleted.

test("with durability 'fsync' every acknowledged write survives a power loss right after", async (t) => {
  const { engine, files, directory } = await started(t, { ...TINY, durability: 'fsync' });
  const expected: [string, string][] = [];
  for (let i = 0; i < 5; i++) {
    const before = files.syncs;
    await engine.kv.put(`k${i}`, 'v');
    t.true(files.syncs > before);
    expected.push([`k${i}`, 'v']);
    t.deepEqual(await afterPowerLoss(t, files, directory), expected);
  }
});

test('it is the default', async (t) => {
  const { durability: _, ...options } = TINY;
  const { engine, files, directory } = await started(t, options);
  await engine.kv.put('k', 'v');
  await engine.kv.del('k');
  await engine.kv.batch([{ type: 'put', key: 'l', value: 'w' }]);
  t.deepEqual(await afterPowerLoss(t, files, directory), [['l', 'w']]);
});

test("with durability 'os' nothing is synced for a write, and a power loss may take what came last, but never a part of it", async (t) => {
  const { engine, files, directory } = await started(t, { ...TINY, durability: 'os' });
  const before = files.syncs;
  for (let i = 0; i < 5; i++)
    await engine.kv.batch([
      { type: 'put', key: `k${i}`, value: 'v' },
      { type: 'put', key: `l${i}`, value: 'v' },
    ]);
  t.is(files.syncs, before);
  t.deepEqual(await afterPowerLoss(t, files, directory), []);
  t.is((await afterPowerLoss(t, files, directory, (unsynced) => unsynced - 1)).length, 8);
  t.is((await afterPowerLoss(t, files, directory, (unsynced) => unsynced)).length, 10);
});

test("a write's own sync option wins over the engine's durability", async (t) => {
  const relaxed = await started(t, { ...TINY, durability: 'os' });
  await relaxed.engine.kv.put('a', '1');
  await relaxed.engine.kv.put('b', '2', { sync: true });
  await relaxed.engine.kv.put('c', '3');
  // What came before a synced write is on disk with it.
  t.deepEqual(await afterPowerLoss(t, relaxed.files, relaxed.directory), [
    ['a', '1'],
    ['b', '2'],
  ]);

  const strict = await started(t, { ...TINY, durability: 'fsync' });
  const before = strict.files.syncs;
  await strict.engine.kv.put('a', '1', { sync: false });
  t.is(strict.files.syncs, before);
});

test('writes that wait together share a sync', async (t) => {
  const { engine, files, directory } = await started(t, { ...TINY, durability: 'fsync' });
  const before = files.syncs;
  await Promise.all(Array.from({ length: 200 }, (_, i) => engine.kv.put(`k${i}`, 'v')));
  t.true(files.syncs - before <= 4, `${files.syncs - before} syncs`);
  t.is((await afterPowerLoss(t, files, directory)).length, 200);
});

test('a part of the log is deleted when everything that it held is in a table for good, and not before', async (t) => {
  const directory = await realpath(await tempDirectory(t));
  const files = syncedFiles(nodeFiles());
  const deletions: { readonly committed: number; readonly copy: string }[] = [];
  let committed = 0;
  const remove = async (path: string) => {
    const before = committed;
    if (path.endsWith('.wal') && (await files.exists(path))) {
      const copy = join(await tempDirectory(t), 'copy');
      // The machine fails in the middle of the deletion.
      await files.copyAfterPowerLoss(directory, copy);
      await rm(join(copy, path.slice(directory.length)));
      deletions.push({ committed: before, copy });
    }
    await files.remove(path);
  };
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files: { ...files, remove } }) }, directory);
  engine.events$.subscribe((event) => {
    if (event.type === 'compacted' && event.kind === 'flush') committed++;
  });
  for (let i = 0; i < 4; i++) {
    await engine.kv.put(`k${i}`, 'v');
    await engine.ask({ type: 'MinorCompact' });
    while (deletions.length <= i) await setImmediate();
  }
  for (const [i, { committed: before, copy }] of deletions.entries()) {
    t.is(before, i + 1);
    const kept = await contentOf(await openEngine(t, TINY, copy));
    t.deepEqual(
      kept.map(([key]) => key),
      ['k0', 'k1', 'k2', 'k3'].slice(0, i + 1),
    );
  }
});

async function started(t: ExecutionContext, options: OpenOptions): Promise<{ engine: Engine; files: SyncedFiles; directory: string }> {
  const directory = await realpath(await tempDirectory(t));
  const files = syncedFiles(nodeFiles());
  const engine = await open(directory, { ...options, runtime: nodeRuntime({ files }) });
  t.teardown(() => engine.close());
  return { engine, files, directory };
}

/** What a machine would have after losing power now, keeping so many of the log's bytes that were never synced. */
async function afterPowerLoss(
  t: ExecutionContext,
  files: SyncedFiles,
  directory: string,
  keep?: (unsynced: number) => number,
): Promise<[string, string][]> {
  const copy = join(await tempDirectory(t), 'copy');
  await files.copyAfterPowerLoss(directory, copy, keep);
  const engine = await open(copy, TINY);
  const content = await contentOf(engine);
  await engine.close();
  return content;
}
