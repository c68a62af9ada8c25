import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Engine } from '../../index.ts';
import { contentOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';

const KiB = 1024;
const KEYS = 1000;
const OPTIONS = {
  ...TINY,
  memtableBytes: 256 * KiB,
  memoryBytes: 2048 * KiB,
  blockBytes: 4 * KiB,
  tableBytes: 128 * KiB,
  sliceBytes: 256 * KiB,
};

test('1,000 keys deleted, flushed, major-compacted and collected: who had begun to read gives all of them, and the disk shrinks after', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, OPTIONS, directory);
  const all = sorted(await written(engine, 1024));
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  const reads = [
    { iterator: engine.kv.iterator(), given: 0, all },
    { iterator: engine.kv.iterator(), given: 123, all },
    { iterator: engine.kv.iterator({ reverse: true }), given: 456, all: all.toReversed() },
    { iterator: engine.kv.iterator({ gte: all[300][0], lt: all[700][0], reverse: true }), given: 1, all: all.slice(300, 700).toReversed() },
  ];
  const sought = engine.kv.iterator();
  sought.seek(all[900][0]);
  const snapshot = engine.kv.snapshot();
  for (const read of reads) for (let at = 0; at < read.given; at++) t.deepEqual(await read.iterator.next(), read.all[at]);

  await engine.kv.batch(all.map(([key]) => ({ type: 'del', key })));
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.deepEqual(await contentOf(engine), []);
  const { leases, garbage, snapshots } = engine.stats();
  t.deepEqual({ leases, garbage, count: snapshots.count }, { leases: [], garbage: { blobs: 0, bytes: 0, pinned: 0 }, count: 6 });
  const before = await sizeOf(directory);

  for (const { iterator, given, all: expected } of reads) {
    t.deepEqual(await iterator.all(), expected.slice(given));
  }
  t.deepEqual(await sought.all(), all.slice(900));
  t.deepEqual(await engine.kv.iterator({ snapshot }).all(), all);
  t.is(await engine.kv.get(all[500][0], { snapshot }), all[500][1]);
  await snapshot.close();
  await quiet(engine);
  const after = await sizeOf(directory);
  t.is(
    engine.stats().levels.reduce((sum, { entries }) => sum + entries, 0),
    0,
  );
  t.true(after < before - (KEYS * KiB) / 2, `${before} bytes before, ${after} after`);
});

test('the versions that nobody sees go although somebody reads an older moment', async (t) => {
  const engine = await openEngine(t, OPTIONS);
  const first = await written(engine, 30);
  const iterator = engine.kv.iterator();
  let last = first;
  for (let round = 0; round < 4; round++) {
    last = await written(engine, 30);
    await engine.ask({ type: 'MinorCompact' });
  }
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  // Two of the five.
  t.is(
    engine.stats().levels.reduce((sum, { entries }) => sum + entries, 0),
    2 * KEYS,
  );
  t.deepEqual(await iterator.all(), sorted(first));
  t.deepEqual(await contentOf(engine), sorted(last));
  await quiet(engine);
  t.is(
    engine.stats().levels.reduce((sum, { entries }) => sum + entries, 0),
    KEYS,
  );
});

async function written(engine: Engine, bytes: number): Promise<Map<string, string>> {
  const model = new Map<string, string>();
  for (let i = 0; i < KEYS; i++) model.set(`key-${String((i * 7) % KEYS).padStart(4, '0')}`, randomBytes(bytes / 2).toString('hex'));
  const pairs = [...model];
  for (let at = 0; at < KEYS; at += 50)
    await engine.kv.batch(pairs.slice(at, at + 50).map(([key, value]) => ({ type: 'put', key, value })));
  return model;
}

/** Bytes that the files take on disk; those that vanish while we look are gone. */
async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true });
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
