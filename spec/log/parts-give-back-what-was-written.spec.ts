import test from 'ava';
import fc from 'fast-check';
import type { LogPart } from '../../storage/log/part.ts';
import { PartReader } from '../../storage/log/part-reader.ts';
import { PartWriter } from '../../storage/log/part-writer.ts';
import { RecordView } from '../../storage/log/record.ts';
import { BlockCache } from '../../storage/sst/block-cache.ts';
import { BlockSource } from '../../storage/sst/block-source.ts';
import { checksum } from '../support/tables.ts';
import { expected, frames, PartBench, type Stored, stored, tableOf } from './support/parts.ts';

const ONE = { topic: 9, partition: 0 };
const NOTES = { agedAt: 77, compacted: true };

/** Writes records through a part writer, as a rewrite would. */
async function write(writer: PartWriter, records: readonly Stored[]): Promise<void> {
  const tail = tableOf(records).tail(records[0].topic, records[0].partition);
  const view = new RecordView();
  for (let index = 0; index < records.length; index++) {
    const staged = tail?.view(index, view);
    await writer.add(view.bytes, view.start, view.end, staged, view);
  }
}

function writerOf(bench: PartBench, blockBytes = 120): PartWriter {
  return new PartWriter({ blobs: bench.blobs, checksum, blockBytes, nextBlobId: () => bench.nextId++ });
}

test('what is written is read again, from any offset, at any block size', async (t) => {
  await fc.assert(
    fc.asyncProperty(stored(ONE), fc.integer({ min: 1, max: 600 }), fc.nat(400), async (records, blockBytes, from) => {
      const bench = new PartBench();
      const part = await bench.part(records, blockBytes);
      t.deepEqual(bench.read([part]), records.map(expected));
      const rest = records.filter(({ offset }) => offset >= from).map(expected);
      t.deepEqual(bench.read([part], from), rest);
      t.deepEqual(await bench.readAsync([part], from), rest);
    }),
    { numRuns: 100 },
  );
});

test('a part says of itself what its records are', async (t) => {
  await fc.assert(
    fc.asyncProperty(stored(ONE), fc.integer({ min: 1, max: 600 }), async (records, blockBytes) => {
      const bench = new PartBench();
      const part = await bench.part(records, blockBytes);
      const times = records.flatMap(({ timestamp }) => timestamp ?? []);
      const blocks = bench.blocksOf(part);
      const described: LogPart = {
        blob: { id: part.blob.id, blocks: blocks.length, bytes: blocks.reduce((sum, { length }) => sum + length, 0) },
        ...{ firstBlock: 0, blocks: blocks.length - 1, firstOffset: records[0].offset, lastOffset: records.at(-1)?.offset ?? -1 },
        ...{ records: records.length, bytes: frames(records).length - 2 * records.length },
        ...(times.length > 0 && { minTimestamp: Math.min(...times), maxTimestamp: Math.max(...times) }),
        ...{ untimed: records.length - times.length, agedAt: 1000, compacted: false },
        staged: records.flatMap(({ staged }) => staged ?? []),
      };
      t.deepEqual(part, described);
    }),
    { numRuns: 100 },
  );
});

test('the same records make the same bytes', async (t) => {
  await fc.assert(
    fc.asyncProperty(stored(ONE), async (records) => {
      const [one, other] = [new PartBench(), new PartBench()];
      const parts = [await one.part(records), await other.part(records)];
      t.deepEqual(parts[0], parts[1]);
      t.deepEqual(one.blocksOf(parts[0]), other.blocksOf(parts[1]));
    }),
    { numRuns: 30 },
  );
});

test('blocks keep to their size, but for a single record that is larger', async (t) => {
  const bench = new PartBench();
  const sizes = [10, 20, 500, 10, 10, 100, 30, 1000];
  const records = sizes.map((size, offset): Stored => ({ ...ONE, offset, key: 1n, value: 'x'.repeat(size) }));
  const part = await bench.part(records, 150);
  const logs = bench.blocksOf(part).slice(0, part.blocks);
  t.true(logs.length > 4);
  for (const block of logs) t.true(block.length <= 150 || block[12] === 1, `${block[12]} records in ${block.length} bytes`);
  t.deepEqual(bench.read([part]), records.map(expected));
});

test('many parts share a blob, and each is read as if it were alone', async (t) => {
  const bench = new PartBench();
  const writer = writerOf(bench);
  const lists = [1, 2, 3].map((topic) =>
    Array.from(
      { length: 20 * topic },
      (_, offset): Stored => ({ topic, partition: 0, offset: offset * topic, key: 1n, value: `${topic}` }),
    ),
  );
  for (const list of lists) {
    writer.begin(list[0]);
    await write(writer, list);
    writer.endPart(NOTES);
  }
  writer.begin({ topic: 4, partition: 0 });
  t.is(writer.endPart(NOTES), undefined);
  const parts = await writer.close();
  t.deepEqual([...bench.blobs.visible.keys()], [1]);
  t.is(parts.length, 3);
  for (const [at, part] of parts.entries()) {
    t.deepEqual(bench.read([part]), lists[at].map(expected));
    const index = bench.reader().loadIndexSync(part);
    t.deepEqual([index.topic, index.partition], [at + 1, 0]);
    t.like(part, { agedAt: 77, compacted: true });
  }
});

test('a part says the same of itself in a blob of its own and in a shared one', async (t) => {
  const ids = [1, 2, 3].map((topic) => ({ topic, partition: 0 }));
  await fc.assert(
    fc.asyncProperty(fc.tuple(...ids.map((id) => stored(id, { maxLength: 10 }))), async (lists) => {
      const bench = new PartBench();
      const ranges = ids.map((id) => ({ ...id, from: 0, to: Number.MAX_SAFE_INTEGER }));
      const shared = await bench.age([tableOf(lists.flat())], ranges);
      for (const [at, list] of lists.entries()) {
        const { blob, firstBlock } = shared[at];
        t.deepEqual({ ...(await bench.part(list)), blob, firstBlock }, shared[at]);
      }
    }),
    { numRuns: 30 },
  );
});

test('a writer goes on in another blob after each close, and aborting deletes them all', async (t) => {
  const bench = new PartBench();
  const writer = writerOf(bench);
  const records = Array.from({ length: 40 }, (_, offset): Stored => ({ ...ONE, offset, key: 1n, value: 'value' }));
  const parts: LogPart[] = [];
  for (const half of [records.slice(0, 20), records.slice(20)]) {
    t.is(writer.bytes, 0);
    writer.begin(ONE);
    await write(writer, half);
    t.true(writer.bytes > 20 * 16);
    writer.endPart(NOTES);
    parts.push(...(await writer.close()));
  }
  t.deepEqual([...bench.blobs.visible.keys()], [1, 2]);
  t.is(writer.bytesWritten, parts[0].blob.bytes + parts[1].blob.bytes);
  t.deepEqual(bench.read(parts), records.map(expected));
  t.deepEqual(bench.read(parts, 25), records.slice(25).map(expected));
  writer.begin(ONE);
  await write(writer, records);
  await writer.abort();
  t.deepEqual([[...bench.blobs.visible.keys()], [...bench.blobs.unfinished]], [[], []]);
});

test('a slow store is waited for, and its errors reach the one who waits', async (t) => {
  const bench = new PartBench();
  bench.blobs.slow = true;
  const writer = writerOf(bench);
  const records = Array.from({ length: 40 }, (_, offset): Stored => ({ ...ONE, offset, key: 1n, value: 'value' }));
  for (let part = 0; part < 3; part++) {
    writer.begin(ONE);
    await write(writer, records);
    writer.endPart(NOTES);
  }
  const parts = await writer.close();
  for (const part of parts) t.deepEqual(bench.read([part]), records.map(expected));
  bench.blobs.before = (operation, _, block) => {
    if (operation === 'append' && block === 2) throw new Error('no more');
  };
  writer.begin(ONE);
  await t.throwsAsync(() => write(writer, records), { message: 'no more' });
  await writer.abort();
  t.deepEqual([...bench.blobs.visible.keys()], []);
});

test('a blob that cannot be closed is an error that names it', async (t) => {
  const bench = new PartBench();
  const writer = writerOf(bench);
  writer.begin(ONE);
  await write(writer, [{ ...ONE, offset: 0, key: 1n, value: 'value' }]);
  writer.endPart(NOTES);
  bench.blobs.before = () => {
    throw new Error('full');
  };
  const error = await t.throwsAsync(() => writer.close(), { code: 'LITHIFY_BLOB_STORE', message: /full/ });
  t.like(error, { details: { blobIds: [1] } });
});

test('a part that was not ended, and records out of order, are defects that are named', async (t) => {
  const bench = new PartBench();
  const writer = writerOf(bench);
  writer.begin(ONE);
  await write(writer, [{ ...ONE, offset: 5, key: 1n, value: 'value' }]);
  await t.throwsAsync(() => write(writer, [{ ...ONE, offset: 5, key: 1n, value: 'value' }]), { code: 'LITHIFY_INTERNAL' });
  t.throws(() => writer.begin(ONE), { code: 'LITHIFY_INTERNAL' });
  await t.throwsAsync(() => writer.close(), { code: 'LITHIFY_INTERNAL' });
});

test('indexes and log blocks are served from the cache', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(Array.from({ length: 40 }, (_, offset): Stored => ({ ...ONE, offset, key: 1n, value: 'value' })));
  const reader = new PartReader(new BlockSource({ blobs: bench.blobs, checksum, cache: new BlockCache(1e6) }));
  t.is(reader.cachedIndex(part), undefined);
  const index = await reader.loadIndex(part);
  await reader.loadBlock(part, 1);
  const reads = bench.blobs.reads.length;
  t.is(reader.cachedIndex(part), index);
  t.is(reader.loadIndexSync(part), index);
  t.true(reader.loadBlockSync(part, 1) === reader.cachedBlock(part, 1));
  t.is(bench.blobs.reads.length, reads);
});
