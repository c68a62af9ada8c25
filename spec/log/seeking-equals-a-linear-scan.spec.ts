import test from 'ava';
import fc from 'fast-check';
import { LogBlockCursor } from '../../storage/log/log-block-cursor.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { blockFor, blockForTime } from '../../storage/log/part-index.ts';
import { RecordView } from '../../storage/log/record.ts';
import { PartBench, type Stored, stored } from './support/parts.ts';

const ONE = { topic: 9, partition: 0 };

/** The part's records, block by block, as only reading all of them can tell. */
function scan(bench: PartBench, part: LogPart, records: readonly Stored[]): Stored[][] {
  const reader = bench.reader();
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  return Array.from({ length: part.blocks }, (_, block) => {
    const found: Stored[] = [];
    cursor.open(reader.loadBlockSync(part, block));
    while (cursor.next(view)) found.push(...records.filter(({ offset }) => offset === view.offset));
    return found;
  });
}

function firstWith(blocks: readonly Stored[][], wanted: (one: Stored) => boolean): number {
  const block = blocks.findIndex((records) => records.some(wanted));
  return block < 0 ? blocks.length : block;
}

test('the block for an offset is the one that holds the first record at or after it', async (t) => {
  await fc.assert(
    fc.asyncProperty(stored(ONE), fc.integer({ min: 50, max: 400 }), async (records, blockBytes) => {
      const bench = new PartBench();
      const part = await bench.part(records, blockBytes);
      const blocks = scan(bench, part, records);
      const index = await bench.reader().loadIndex(part);
      for (const wanted of records.flatMap(({ offset }) => [offset - 1, offset, offset + 1])) {
        t.is(
          blockFor(index, wanted),
          firstWith(blocks, ({ offset }) => offset >= wanted),
        );
      }
    }),
    { numRuns: 100 },
  );
});

test('the block for a time is the first with a record at or after it, whatever the clock did', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      stored(ONE),
      fc.integer({ min: 50, max: 400 }),
      fc.integer({ min: -100, max: 600 }),
      async (records, blockBytes, aged) => {
        const bench = new PartBench();
        const part = await bench.part(records, blockBytes);
        const blocks = scan(bench, part, records);
        const index = await bench.reader().loadIndex(part);
        for (const ms of [...records.flatMap(({ timestamp }) => timestamp ?? []).flatMap((one) => [one, one + 1]), aged, -1000]) {
          t.is(
            blockForTime(index, ms),
            firstWith(blocks, ({ timestamp }) => timestamp !== undefined && timestamp >= ms),
          );
          t.is(
            blockForTime(index, ms, aged),
            firstWith(blocks, ({ timestamp }) => (timestamp ?? aged) >= ms),
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('the index has of every block what a rule needs to drop it unread', async (t) => {
  await fc.assert(
    fc.asyncProperty(stored(ONE), async (records) => {
      const bench = new PartBench();
      const part = await bench.part(records, 200);
      const blocks = scan(bench, part, records);
      const index = await bench.reader().loadIndex(part);
      for (const [block, list] of blocks.entries()) {
        const times = list.flatMap(({ timestamp }) => timestamp ?? []);
        const { length } = bench.blocksOf(part)[block];
        t.deepEqual(
          [index.firstOffsets[block], index.lastOffsets[block], index.records[block], index.bytes[block], index.untimed[block]],
          [list[0].offset, list.at(-1)?.offset, list.length, length - 20, list.length - times.length],
        );
        t.is(index.maxTimestamps[block], times.length === 0 ? Number.NaN : Math.max(...times));
      }
    }),
    { numRuns: 50 },
  );
});

test('a seek reads the index and one block, however long the part', async (t) => {
  const bench = new PartBench();
  const records = Array.from({ length: 5000 }, (_, offset): Stored => ({ ...ONE, offset, key: 1n, value: 'value' }));
  const part = await bench.part(records, 1000);
  t.true(part.blocks > 50);
  bench.blobs.reads.length = 0;
  t.is((await bench.readAsync([part], 4999)).length, 1);
  t.is(bench.blobs.reads.length, 2);
});
