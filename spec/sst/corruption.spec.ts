import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { MAX_SEQUENCE } from '../../storage/entry.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { openBlock } from '../../storage/sst/block.ts';
import { seal } from '../../storage/sst/block-writer.ts';
import { EntryView } from '../../storage/sst/entry-view.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { Bench, checksum, del, drainSync, put, TINY, text } from '../support/tables.ts';

async function smallTable() {
  const bench = new Bench();
  const entries = Array.from({ length: 12 }, (_, n) => (n % 4 === 3 ? del(`key${n + 10}`, n + 1) : put(`key${n + 10}`, n + 1, 'value')));
  const [table] = await bench.write(entries, { ...TINY, tableBytes: 1e6 });
  return { bench, table, blocks: bench.blobs.visible.get(table.id) ?? [] };
}

test('a flip of any byte of a table is found by verify, with its blob and block', async (t) => {
  const { bench, table, blocks } = await smallTable();
  for (const [number, block] of blocks.entries()) {
    for (let at = 0; at < block.length; at++) {
      block[at] ^= 0x10;
      const { damage } = await runJob({ kind: 'verify', tables: [table] }, bench.context());
      t.true(
        damage.some((one) => one.blobId === table.id && one.block === number),
        `block ${number}, byte ${at}`,
      );
      block[at] ^= 0x10;
    }
  }
  t.deepEqual((await runJob({ kind: 'verify', tables: [table] }, bench.context())).damage, []);
});

test('a flipped byte is never returned as data: a scan either fails with where it is, or did not need it', async (t) => {
  const { bench, table, blocks } = await smallTable();
  for (const [number, block] of blocks.entries()) {
    const isFilter = block[1] === BlockType.filter;
    for (let at = 0; at < block.length; at++) {
      block[at] ^= 0x01;
      const scan = () => drainSync(runCursor([table], { source: bench.source() }));
      if (isFilter) t.is(scan().length, 12);
      else {
        const error = t.throws(scan, { instanceOf: LithifyError, code: 'LITHIFY_CORRUPTION' });
        t.like(error?.details, { blobId: table.id, block: number });
      }
      block[at] ^= 0x01;
    }
  }
});

test('a point read names blob, block, and both checksums', async (t) => {
  const { bench, table, blocks } = await smallTable();
  blocks[0][20] ^= 0xff;
  const reader = new TableReader({ blobs: bench.blobs, checksum });
  const error = t.throws(() => reader.getSync(table, text('key10'), MAX_SEQUENCE), {
    instanceOf: LithifyError,
    code: 'LITHIFY_CORRUPTION',
  });
  t.deepEqual(Object.keys(error?.details ?? {}).sort(), ['blobId', 'block', 'expected', 'found', 'offset']);
  await t.throwsAsync(async () => reader.get(table, text('key10'), MAX_SEQUENCE), { code: 'LITHIFY_CORRUPTION' });
});

test("whole blocks in each other's place are found, although their checksums are right", async (t) => {
  const { bench, table, blocks } = await smallTable();
  [blocks[0], blocks[1]] = [blocks[1], blocks[0]];
  t.throws(() => drainSync(runCursor([table], { source: bench.source() })), {
    code: 'LITHIFY_CORRUPTION',
    message: /another block of the blob/,
  });
});

test('a block of another blob is found, although its checksum is right', async (t) => {
  const bench = new Bench();
  const [first] = await bench.write([put('a', 1)]);
  const [second] = await bench.write([put('a', 1)]);
  bench.blobs.visible.set(second.id, bench.blobs.visible.get(first.id) ?? []);
  t.throws(() => drainSync(runCursor([second], { source: bench.source() })), { code: 'LITHIFY_CORRUPTION', message: /another blob/ });
});

test('a cut block and an empty one are damage, not a crash', (t) => {
  const place = { blobId: 1, number: 0, type: BlockType.data };
  for (let length = 0; length < 24; length++)
    t.throws(() => openBlock(new Uint8Array(length), place, checksum), { code: 'LITHIFY_CORRUPTION' });
});

test('whatever the bytes, decoding stays inside the block', (t) => {
  // Blocks with a right checksum over nonsense: what a defect of a writer, or malice, would make.
  let state = 42;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const view = new EntryView();
  for (let round = 0; round < 20_000; round++) {
    const bytes = new Uint8Array(20 + random(60)).map(() => (random(3) === 0 ? random(256) : random(8)));
    seal(bytes, BlockType.data, 1, 0, random(6), checksum);
    try {
      const block = openBlock(bytes, { blobId: 1, number: 0, type: BlockType.data }, checksum);
      for (let index = 0; index < block.count; index++) {
        view.decode(block, index);
        const within = view.keyStart >= 0 && view.keyStart <= view.keyEnd && view.keyEnd <= view.valueEnd && view.valueEnd <= block.limit;
        if (!within) t.fail(`round ${round}`);
      }
    } catch (error) {
      if (!(error instanceof LithifyError) || error.code !== 'LITHIFY_CORRUPTION') throw error;
    }
  }
  t.pass();
});

test('entry kinds that this version does not know are refused by their name', async (t) => {
  const bench = new Bench();
  const [table] = await bench.write([put('k', 1)]);
  const block = bench.blobs.visible.get(table.id)?.[0] ?? new Uint8Array(0);
  block[16 + 2] = 3;
  seal(block, BlockType.data, table.id, 0, 1, checksum);
  t.throws(() => drainSync(runCursor([table], { source: bench.source() })), { message: /'merge'/ });
});
