import test from 'ava';
import fc from 'fast-check';
import { compareBytes, MAX_SEQUENCE } from '../../storage/entry.ts';
import { next, nextSync, Step } from '../../storage/merge/cursor.ts';
import { BlockCache } from '../../storage/sst/block-cache.ts';
import { BlockSource } from '../../storage/sst/block-source.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import {
  anyEntries,
  anyKey,
  Bench,
  checksum,
  current,
  drain,
  drainSync,
  type Entry,
  hex,
  LARGE,
  ordered,
  put,
  show,
  TINY,
} from '../support/tables.ts';

const anyBounds = fc.record({
  gte: fc.option(anyKey, { nil: undefined }),
  lt: fc.option(anyKey, { nil: undefined }),
  reverse: fc.boolean(),
});
type Bounds = { gte?: Uint8Array | undefined; lt?: Uint8Array | undefined; reverse: boolean };

function within({ key }: Entry, { gte, lt }: Bounds): boolean {
  return (gte === undefined || compareBytes(key, gte) >= 0) && (lt === undefined || compareBytes(key, lt) < 0);
}

function expected(entries: readonly Entry[], bounds: Bounds): string[] {
  const list = ordered(entries)
    .filter((entry) => within(entry, bounds))
    .map(show);
  return bounds.reverse ? list.reverse() : list;
}

function defined({ gte, lt, reverse }: Bounds) {
  return { ...(gte && { gte }), ...(lt && { lt }), reverse };
}

test('a run gives back what was written, within any bounds and in both directions', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, anyBounds, async (entries, bounds) => {
      const bench = new Bench();
      const tables = await bench.write(entries);
      const options = { source: bench.source(), ...defined(bounds) };
      t.deepEqual(drainSync(runCursor(tables, options)).map(show), expected(entries, bounds));
      t.deepEqual((await drain(runCursor(tables, options))).map(show), expected(entries, bounds));
    }),
    { numRuns: 400 },
  );
});

test('after a seek a run goes on from the target, within its bounds', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyEntries,
      anyBounds,
      fc.array(anyKey, { minLength: 1, maxLength: 5 }),
      fc.nat(8),
      async (entries, bounds, targets, steps) => {
        const bench = new Bench();
        const cursor = runCursor(await bench.write(entries), { source: bench.source(), ...defined(bounds) });
        for (const target of targets) {
          cursor.seek(target);
          const side = bounds.reverse ? { gte: bounds.gte, upTo: target } : { gte: target };
          const after = expected(entries, bounds).filter((shown) => {
            const key = Buffer.from(shown.split('@')[0], 'hex');
            return 'upTo' in side ? compareBytes(key, target) <= 0 : compareBytes(key, target) >= 0;
          });
          for (let step = 0; step < steps; step++) {
            const found = (await next(cursor)) ? show(current(cursor)) : undefined;
            t.is(found, after[step], `target ${hex(target)}, step ${step}`);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('tables of a run are disjoint, ascending and hold all versions of a key together', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, async (entries) => {
      const tables = await new Bench().write(entries);
      for (const [index, table] of tables.entries()) {
        t.true(compareBytes(table.minKey, table.maxKey) <= 0);
        if (index > 0) t.true(compareBytes(tables[index - 1].maxKey, table.minKey) < 0);
      }
      t.is(
        tables.reduce((sum, table) => sum + table.entries, 0),
        entries.length,
      );
    }),
  );
});

test('the versions of one key may fill many blocks and several partitions of blocks', async (t) => {
  const entries = Array.from({ length: 1000 }, (_, index) => put(index < 50 ? 'a' : index < 950 ? 'b' : 'c', index + 1));
  const bench = new Bench();
  const tables = await bench.write(entries);
  t.is(tables.filter((table) => hex(table.minKey) === hex(put('b', 1).key)).length, 1);
  t.deepEqual(drainSync(runCursor(tables, { source: bench.source() })).map(show), ordered(entries).map(show));
  const reversed = drainSync(runCursor(tables, { source: bench.source(), reverse: true }));
  t.deepEqual(reversed.map(show), ordered(entries).map(show).reverse());
});

test('an entry larger than a block has a block of its own', async (t) => {
  const big = put('m', 2, new Uint8Array(100_000).fill(7));
  const entries = [put('a', 1), big, put('z', 3)];
  const bench = new Bench();
  const [table] = await bench.write(entries, LARGE);
  t.is(table.blocks, 3 + 3, 'three data blocks, filter, index, footer');
  t.deepEqual(drainSync(runCursor([table], { source: bench.source() })).map(show), entries.map(show));
});

test('sequences, lengths and keys at their limits survive', async (t) => {
  const entries = [
    put('', 1, ''),
    put(new Uint8Array(65_535).fill(255), MAX_SEQUENCE, ''),
    ...[127, 128, 16383, 16384, 2 ** 21, 2 ** 31, 2 ** 32 + 1].map((seq) => put('k', seq, new Uint8Array(seq % 300))),
  ];
  const bench = new Bench();
  const tables = await bench.write(entries, LARGE);
  t.deepEqual(drainSync(runCursor(tables, { source: bench.source() })).map(show), ordered(entries).map(show));
  t.is(tables[0].maxSeq, MAX_SEQUENCE);
  t.is(tables[0].minSeq, 1);
});

test('a run with bounds reads no data block outside them', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 500 }, (_, index) => put(`key${String(index).padStart(4, '0')}`, index + 1));
  const [table] = await bench.write(entries, { ...TINY, tableBytes: 1e9 });
  for (const reverse of [false, true]) {
    bench.blobs.reads.length = 0;
    const bounds = { gte: put('key0250', 0).key, lt: put('key0252', 0).key, reverse };
    t.is(drainSync(runCursor([table], { source: bench.source(), ...bounds })).length, 2);
    t.true(bench.blobs.reads.length <= 5, `footer, index and at most three data blocks, but it read ${bench.blobs.reads}`);
  }
});

test('a seek while a block is on its way is not misled by it', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 200 }, (_, index) => put(`key${index + 1000}`, index + 1));
  const tables = await bench.write(entries, { ...TINY, tableBytes: 1e9 });
  const cursor = runCursor(tables, { source: bench.source() });
  // Footer and index, so that the block on its way is one of data.
  for (let fills = 0; fills < 2; fills++) {
    cursor.step();
    await cursor.fill();
  }
  t.is(cursor.step(), Step.needsBlock);
  const late = cursor.fill();
  cursor.seek(put('key1150', 0).key);
  t.is(cursor.step(), Step.needsBlock);
  await late;
  t.true(await next(cursor));
  t.is(show(current(cursor)), show(entries[150]));
});

test('a scan leaves data blocks out of the cache when it is told to', async (t) => {
  const bench = new Bench();
  const tables = await bench.write(Array.from({ length: 300 }, (_, index) => put(`key${index + 1000}`, index + 1)));
  const cache = new BlockCache(1e6);
  const source = new BlockSource({ blobs: bench.blobs, checksum, cache, cacheData: false });
  drainSync(runCursor(tables, { source }));
  bench.blobs.reads.length = 0;
  const data = drainSync(runCursor(tables, { source })).length;
  t.is(data, 300);
  t.true(bench.blobs.reads.length > 0, 'data comes from the store again');
  t.true(cache.hits >= tables.length * 2, 'footers and indexes do not');
});

test('a fill that failed can be repeated and no entry is lost', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 200 }, (_, index) => put(`key${index + 1000}`, index + 1));
  const tables = await bench.write(entries);
  let calls = 0;
  bench.blobs.before = () => {
    if (calls++ % 2 === 0) throw new Error('not now');
  };
  const cursor = runCursor(tables, { source: bench.source() });
  const found: string[] = [];
  for (let failures = 0; ; ) {
    try {
      if (!nextSync(cursor)) break;
      found.push(show(current(cursor)));
    } catch {
      t.true(failures++ < 1000);
    }
  }
  t.deepEqual(found, entries.map(show));
});
