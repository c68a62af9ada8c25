import test from 'ava';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { Bench, drainSync, put, show, u64 } from '../support/tables.ts';

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
  const tables = await bench.write(randomKeys(5000).map((key, n) => put(key, n + 1, new Uint8Array(24))), { ...shape, tableBytes: 32 * 1024 });
  for (const table of tables.slice(0, -1)) t.true(table.bytes > 32 * 1024 && table.bytes < 40 * 1024, `${table.bytes}`);
});

test('200 values of one byte and tombstones, with blocks that end anywhere, come back whole', async (t) => {
  for (let blockBytes = 64; blockBytes < 128; blockBytes++) {
    const bench = new Bench();
    const entries = randomKeys(200).map((key, n) => ({ key, seq: n + 1, value: n % 3 === 0 ? undefined : new Uint8Array(n % 3 === 1 ? 0 : 1) }));
    const tables = await bench.write(entries, { ...shape, blockBytes });
    const found = drainSync(runCursor(tables, { source: bench.source() })).map(show);
    t.deepEqual(found.sort(), entries.map(show).sort());
  }
});
