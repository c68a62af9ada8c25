import test from 'ava';
import fc from 'fast-check';
import { compareBytes, MAX_SEQUENCE } from '../../storage/entry.ts';
import { BlockCache } from '../../storage/sst/block-cache.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { anyEntries, anyKey, Bench, checksum, del, type Entry, hex, LARGE, put, TINY, text } from '../support/tables.ts';

function newest(entries: readonly Entry[], key: Uint8Array, seq: number): Entry | undefined {
  return entries.filter((entry) => compareBytes(entry.key, key) === 0 && entry.seq <= seq).sort((a, b) => b.seq - a.seq)[0];
}

test('a read finds the newest version that its sequence allows, in one way or the other', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.array(anyKey, { maxLength: 10 }), fc.nat(130), async (entries, strangers, seq) => {
      const bench = new Bench();
      const tables = await bench.write(entries);
      const reader = new TableReader({ blobs: bench.blobs, checksum, cache: new BlockCache(1000) });
      for (const key of [...entries.map((entry) => entry.key), ...strangers]) {
        const wanted = newest(entries, key, seq);
        const shown = wanted && `${wanted.seq} ${wanted.value === undefined ? 1 : 0} ${hex(wanted.value ?? new Uint8Array(0))}`;
        const sync = tables.map((table) => reader.getSync(table, key, seq)).find((found) => found !== undefined);
        const waited = (await Promise.all(tables.map((table) => reader.get(table, key, seq)))).find((found) => found !== undefined);
        for (const found of [sync, waited]) t.is(found && `${found.seq} ${found.kind} ${hex(found.value)}`, shown);
      }
    }),
    { numRuns: 200 },
  );
});

test('a read touches one data block, even of a key whose versions fill many', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 300 }, (_, n) => put('same', n + 1, new Uint8Array(20)));
  const [table] = await bench.write(entries, TINY);
  const reader = new TableReader({ blobs: bench.blobs, checksum });
  for (const seq of [1, 17, 150, 300]) {
    bench.blobs.reads.length = 0;
    t.is(reader.getSync(table, text('same'), seq)?.seq, seq);
    t.is(bench.blobs.reads.length, 4, 'footer, filter, index and one data block');
  }
});

test('when all blocks are in the cache there is no promise and no read', async (t) => {
  const bench = new Bench();
  const [table] = await bench.write([put('a', 1), del('b', 2)], LARGE);
  const reader = new TableReader({ blobs: bench.blobs, checksum, cache: new BlockCache(1e6) });
  t.true(reader.get(table, text('a'), MAX_SEQUENCE) instanceof Promise);
  await reader.get(table, text('a'), MAX_SEQUENCE);
  bench.blobs.reads.length = 0;
  t.like(reader.get(table, text('b'), MAX_SEQUENCE), { kind: 1, seq: 2 });
  t.deepEqual(bench.blobs.reads, []);
});

test('a key outside of the table, or a sequence before it, is answered without reading anything', async (t) => {
  const bench = new Bench();
  const [table] = await bench.write([put('b', 5), put('d', 6)], LARGE);
  const reader = new TableReader({ blobs: bench.blobs, checksum });
  t.is(reader.get(table, text('a'), 9), undefined);
  t.is(reader.get(table, text('e'), 9), undefined);
  t.is(reader.get(table, text('b'), 4), undefined);
  t.deepEqual(bench.blobs.reads, []);
});

test('an absent key inside the table mostly costs no data block', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 1000 }, (_, n) => put(`key${2 * n + 10_000}`, n + 1));
  const [table] = await bench.write(entries, { ...LARGE, blockBytes: 1024 });
  const reader = new TableReader({ blobs: bench.blobs, checksum });
  bench.blobs.reads.length = 0;
  for (let n = 0; n < 999; n++) t.is(reader.getSync(table, text(`key${2 * n + 10_001}`), MAX_SEQUENCE), undefined);
  t.true(bench.blobs.reads.length < 999 * 2 + 999 * 0.02 * 2, `${bench.blobs.reads.length} reads`);
});
