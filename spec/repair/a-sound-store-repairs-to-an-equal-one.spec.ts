import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { quiet, TINY, tempDirectory } from '../support/engines.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { liveCopy } from '../support/live-copy.ts';
import { entries, filesOf, keyOf, picture, type Repaired, repaired, settle, storeWith } from './support/stores.ts';
import { contentsOf, expectNoFault, Written } from './support/written.ts';

/** Something of everything: versions, deletions, ranges, tables on several levels, topics in parts and in the log. */
async function fillAll(written: Written, engine: Engine): Promise<void> {
  await written.put(entries(0, 400, 'first'));
  await settle(engine);
  await written.put(entries(0, 200, 'second', 2));
  await written.put(entries(1, 50, 'gone', 3).map(([key]) => [key, undefined]));
  await written.clear(keyOf(300), keyOf(330));
  await written.produce('events', ['a', 'b', 'c', 'x'.repeat(9000)]);
  await engine.topic('shards', { partitions: 3 }).make();
  await written.produce('shards', ['d', 'e'], 2);
  await engine.topic('events').commit('readers', 2);
  await engine.ask({ type: 'MinorCompact' });
  await written.put(entries(310, 5, 'again'));
  await written.put(entries(1000, 20, 'in the log'));
  await written.clear(keyOf(1005), keyOf(1010));
  await written.produce('events', ['f', 'y'.repeat(9000)]);
  await engine.topic('events').commit('readers', 3);
  await engine.topic('nothing in it').make();
}

async function expectEqual(t: ExecutionContext, location: string, written: Written): Promise<Repaired> {
  const result = await repaired(t, location);
  const { report, found } = result;
  t.deepEqual([report.lost, report.stale, report.warnings], [[], [], []]);
  t.deepEqual([...found.keys], [...written.current].sort());
  t.deepEqual(found, await contentsOf(location));
  expectNoFault(t, written, found, report);
  return result;
}

test('keys, topics, groups and offsets are as they were, and nothing is lost, stale or warned of', async (t) => {
  const { location, written } = await storeWith(t, fillAll);
  const { found, report } = await expectEqual(t, location, written);
  t.deepEqual(found.groups, ['readers events/0 3']);
  t.deepEqual([report.entries, report.records, report.topics], [found.keys.size, 8, 3]);
});

test('a store whose process was killed, with everything in its log, is whole', async (t) => {
  const location = join(await tempDirectory(t), 'store');
  const engine = await open(location, TINY);
  t.teardown(() => engine.close());
  const written = new Written(engine);
  await fillAll(written, engine);
  await quiet(engine);
  await expectEqual(t, await liveCopy(location, join(await tempDirectory(t), 'copy')), written);
});

test('not a byte of the damaged store changes, nor the time of a file', async (t) => {
  const { location } = await storeWith(t, fillAll);
  const [log] = await filesOf(join(location, 'wal'), /wal$/);
  const bytes = await readFile(log);
  bytes[bytes.length >> 1] ^= 1;
  await writeFile(log, bytes);
  const before = await picture(location);
  const { report } = await repaired(t, location);
  t.true(report.lost.length > 0);
  t.deepEqual(await picture(location), before);
});

test('an ingested table, of which the entries do not say when, keeps its place in time', async (t) => {
  const { location, written } = await storeWith(t, async (model, engine) => {
    await model.put(entries(0, 100, 'before'));
    await engine.kv.ingest(pairs(50, 100, model));
    await model.put(entries(80, 10, 'after'));
  });
  await expectEqual(t, location, written);
});

async function* pairs(first: number, count: number, { keys }: Written): AsyncGenerator<[string, string]> {
  for (const [key, value] of entries(first, count, 'ingested')) {
    keys.set(key, [...(keys.get(key) ?? []), value]);
    yield [key, value];
  }
}

test('the offsets that a topic has given are not given again, although its records have gone', async (t) => {
  const { location } = await storeWith(t, async (_, engine) => {
    await engine.topic('events').produceMany(['a', 'b', 'c'].map((value) => ({ key: 1n, value, timestamp: 1000 })));
    await engine.topic('events', { compaction: { maxAgeMs: 1000, compactionThreshold: 1, minDirtyRatio: 0 } }).compact();
  });
  const before = await contentsOf(location);
  t.deepEqual([before.records.get('events/0')?.size, before.next['events/0']], [0, 3]);
  const { found } = await repaired(t, location);
  t.deepEqual(found, before);
});

test('a write that was refused, and is in the log after all without its large value, does not come back in part', async (t) => {
  const files = new FaultyFiles(nodeFiles());
  const directory = await tempDirectory(t);
  const engine = await open(directory, { ...TINY, runtime: nodeRuntime({ files }) });
  t.teardown(() => engine.close());
  await engine.topic('events').produce({ key: 0n, value: 'before' });
  files.fail({ call: 'append', code: 'EIO', effect: 'whole' });
  files.fail({ call: 'truncate', code: 'EIO', times: 100 });
  files.fail({ call: 'create', code: 'EIO', times: 100 });
  const refused = engine.write((tx) => {
    tx.put('state', 'refused');
    tx.produce('events', { key: 1n, value: 'x'.repeat(10_000) });
  });
  await t.throwsAsync(refused, { code: 'LITHIFY_WAL' });
  await engine.ask({ type: 'GarbageCollect' });
  const { report, found } = await repaired(t, await liveCopy(directory, join(await tempDirectory(t), 'copy')));
  files.heal();
  t.deepEqual([found.keys.size, [...(found.records.get('events/0')?.values() ?? [])]], [0, ['before']]);
  t.like(report.lost, [{ what: 'writes', file: '0000000000000001.wal', groups: 1 }]);
  t.is(report.lost.length, 1);
});
