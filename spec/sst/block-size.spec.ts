import test from 'ava';
import { footerOf } from '../../storage/sst/block-source.ts';
import { EntryView } from '../../storage/sst/entry-view.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { Bench, checksum, drainSync, hex, put, show, u64 } from '../support/tables.ts';

const shape = { blockBytes: 4096, tableBytes: 1e9, bloomBitsPerKey: 10 };

function randomKeys(count: number) {
  // A multiplication by an odd constant visits all values in a scrambled order: first bytes change all the time.
  return Array.from({ length: count }, (_, n) => u64((BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn));
}

test('blocks are cut by their size alone, not where the first byte of the key changes', async (t) => {
  const bench = new Bench();
  const entries = randomKeys(2000).map((key, n) => put(key, n + 1, new Uint8Array(24)));
  const [table] = await bench.write(entries, shape);
  const blocks = bench.blobs.visible.get(table.id) ?? [];
  const data = blocks.slice(0, -3);
  t.is(data.length, Math.ceil((2000 * (2 + 1 + 2 + 8 + 24 + 4)) / 4096));
  for (const block of data.slice(0, -1)) t.true(block.length <= 4096 && block.length > 4096 - 64, `${block.length}`);
});

test('tables are cut at about the size that was asked for', async (t) => {
  const bench = new Bench();
  const tables = await bench.write(
    randomKeys(5000).map((key, n) => put(key, n + 1, new Uint8Array(24))),
    { ...shape, tableBytes: 32 * 1024 },
  );
  for (const table of tables.slice(0, -1)) t.true(table.bytes > 32 * 1024 && table.bytes < 40 * 1024, `${table.bytes}`);
});

test('200 values of one byte and tombstones, with blocks that end anywhere, come back whole', async (t) => {
  for (let blockBytes = 64; blockBytes < 128; blockBytes++) {
    const bench = new Bench();
    const entries = randomKeys(200).map((key, n) => ({
      key,
      seq: n + 1,
      value: n % 3 === 0 ? undefined : new Uint8Array(n % 3 === 1 ? 0 : 1),
    }));
    const tables = await bench.write(entries, { ...shape, blockBytes });
    const found = drainSync(runCursor(tables, { source: bench.source() })).map(show);
    t.deepEqual(found.sort(), entries.map(show).sort());
  }
});

test('a large table has its filter and index in parts, and all versions of a key in one part', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 4000 }, (_, n) => put(u64(n < 1000 ? n : 1000 + Math.floor(n / 300)), n + 1, new Uint8Array(8)));
  const [table] = await bench.write(entries, { ...shape, blockBytes: 200 });
  const types = (bench.blobs.visible.get(table.id) ?? []).map((block) => block[1]);
  const parts = types
    .map((type) => (type === 1 ? 'd' : type === 3 ? 'f' : type === 2 ? 'i' : 'F'))
    .join('')
    .match(/d+fi|F/g);
  t.is(parts?.join('').length, types.length, 'every part is data, filter, index; the footer is last');
  t.true((parts ?? []).length > 5);
  for (const part of parts ?? []) t.true(part.length <= 64 + 2 + 300 / 6 + 1, `${part.length} blocks`);
  const footer = bench.source().loadSync(footerOf(table));
  const view = new EntryView();
  const edges = Array.from({ length: footer.count }, (_, at) => {
    view.decode(footer, at);
    return { first: hex(view.value().subarray(8)), last: hex(view.key()) };
  });
  t.is(edges.length, (parts ?? []).length - 1);
  for (const [at, { first }] of edges.slice(1).entries()) t.not(first, edges[at].last, 'no key is in two parts');
  const reader = new TableReader({ blobs: bench.blobs, checksum });
  for (const { key, seq } of entries) t.is(reader.getSync(table, key, seq)?.seq, seq);
});
