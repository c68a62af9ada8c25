import test from 'ava';
import fc from 'fast-check';
import { runJob } from '../../storage/jobs/run-job.ts';
import { seal } from '../../storage/sst/block-writer.ts';
import { BloomBuilder } from '../../storage/sst/bloom.ts';
import { BlockType } from '../../storage/sst/format.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { anyEntries, Bench, checksum, del, put, TINY, text } from '../support/tables.ts';

async function table(): Promise<{ bench: Bench; table: TableMeta; blocks: Uint8Array[] }> {
  const bench = new Bench();
  const entries = Array.from({ length: 30 }, (_, n) => put(`key${n + 10}`, n + 1)).concat(del('last', 99));
  const [table] = await bench.write(entries, { ...TINY, tableBytes: 1e6 });
  return { bench, table, blocks: bench.blobs.visible.get(table.id) ?? [] };
}

async function reasons(bench: Bench, tables: readonly TableMeta[]): Promise<string[]> {
  const { damage } = await runJob({ kind: 'verify', tables }, bench.context());
  return damage.map(({ block, reason }) => `${block}: ${reason}`);
}

test('sound tables have no damage, and everything in them is counted', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.boolean(), async (entries, inThread) => {
      const bench = new Bench();
      const tables = await bench.write(entries);
      const result = await runJob({ kind: 'verify', tables }, bench.context({ inThread }));
      t.deepEqual(result, {
        blocks: tables.reduce((sum, one) => sum + one.blocks, 0),
        entries: entries.length,
        bytes: tables.reduce((sum, one) => sum + one.bytes, 0),
        damage: [],
      });
    }),
    { numRuns: 200 },
  );
});

test('tables of several partitions are sound, too', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 3000 }, (_, n) => put(n < 2000 ? `key${n + 1000}` : 'same', n + 1));
  const tables = await bench.write(entries, { ...TINY, tableBytes: 1e9 });
  t.is(tables.length, 1);
  t.deepEqual(await reasons(bench, tables), []);
});

test('all damage is listed, not only the first', async (t) => {
  const { bench, table: one, blocks } = await table();
  for (const number of [0, 2, 3]) blocks[number][30] ^= 1;
  const { damage } = await runJob({ kind: 'verify', tables: [one, { ...one, id: 77 }] }, bench.context());
  const places = damage.map(({ blobId, block }) => `${blobId}/${block}`);
  for (const place of ['1/0', '1/2', '1/3', '77/0', '77/undefined']) t.true(places.includes(place), place);
});

test('entries that are out of order behind a right checksum are found', async (t) => {
  const { bench, table: one, blocks } = await table();
  const block = blocks[1];
  block[16 + 4] = 'a'.charCodeAt(0);
  seal(block, BlockType.data, one.id, 1, block[12], checksum);
  t.true((await reasons(bench, [one])).some((reason) => /1: entry 0 does not come after/.test(reason)));
});

test('a filter that denies a key of its partition is found', async (t) => {
  const { bench, table: one, blocks } = await table();
  const number = one.blocks - 3;
  const builder = new BloomBuilder();
  builder.add(text('other'), 0, 5);
  blocks[number] = builder.finish(10, one.id, number, checksum);
  t.true((await reasons(bench, [one])).some((reason) => reason.startsWith(`${number}: the filter denies`)));
});

test('an index that does not agree with its blocks is found', async (t) => {
  const { bench, table: one, blocks } = await table();
  const number = one.blocks - 2;
  const block = blocks[number];
  // The first pointer's block number: after header, lengths, kind, sequence and key.
  block[16 + 4 + 5] ^= 1;
  seal(block, BlockType.index, one.id, number, block[12], checksum);
  t.true((await reasons(bench, [one])).some((reason) => reason.startsWith(`${number}: pointer 0`)));
});

test('heads that would mislead a search are found', async (t) => {
  for (const fromEnd of [4 + 1, 4 + 2 + 1]) {
    const { bench, table: one, blocks } = await table();
    for (const number of [1, one.blocks - 2, one.blocks - 1]) {
      const block = blocks[number];
      block[block.length - fromEnd] ^= 1;
      seal(block, block[1] as BlockType, one.id, number, block[12], checksum);
      t.true((await reasons(bench, [one])).some((reason) => reason.startsWith(`${number}: `)));
    }
  }
});

test('a table that is not what the manifest says is found, whatever differs', async (t) => {
  const { bench, table: one } = await table();
  const others: TableMeta[] = [
    { ...one, entries: one.entries + 1 },
    { ...one, tombstones: 0 },
    { ...one, minSeq: 2 },
    { ...one, maxSeq: 100 },
    { ...one, bytes: one.bytes - 1 },
    { ...one, minKey: text('key1') },
    { ...one, maxKey: text('zzz') },
    { ...one, blocks: one.blocks - 1 },
    { ...one, blocks: one.blocks + 1 },
  ];
  for (const other of others) t.true((await reasons(bench, [other])).length > 0);
});

test('aborted, it throws; asked to yield, it goes on', async (t) => {
  const { bench, table: one } = await table();
  await t.throwsAsync(runJob({ kind: 'verify', tables: [one] }, bench.context({ command: () => 'abort' })), { code: 'LITHIFY_ABORTED' });
  t.is((await runJob({ kind: 'verify', tables: [one] }, bench.context({ command: () => 'yield' }))).entries, 31);
});
