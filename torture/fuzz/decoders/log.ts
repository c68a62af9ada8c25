import { frames, PartBench, type Stored } from '../../../spec/log/support/parts.ts';
import { runJob } from '../../../storage/jobs/run-job.ts';
import { writeU32 } from '../../../storage/little-endian.ts';
import { crc32c } from '../../../storage/log/crc32c.ts';
import { FrameReader } from '../../../storage/log/frame-reader.ts';
import { FrameWalk } from '../../../storage/log/frame-walk.ts';
import { decodeGroups, encodeGroups } from '../../../storage/log/group-commits.ts';
import { LogBlockCursor } from '../../../storage/log/log-block-cursor.ts';
import { encodable } from '../../../storage/log/new-record.ts';
import type { LogPart, StagedValue } from '../../../storage/log/part.ts';
import { decodeIndex } from '../../../storage/log/part-index.ts';
import { PartReader } from '../../../storage/log/part-reader.ts';
import { encodedSize, encodeRecord, RecordFault, RecordView, toLogRecord } from '../../../storage/log/record.ts';
import { readStaged, stagedPieces, writeStaged } from '../../../storage/log/staged-values.ts';
import { type Block, openBlock } from '../../../storage/sst/block.ts';
import { BlockSource } from '../../../storage/sst/block-source.ts';
import { BlockType } from '../../../storage/sst/format.ts';
import { bytesOf, type Decoder, isCoded, must, mustEqual, NotOne, once, resealedBlock } from '../decoder.ts';
import type { Meter } from '../meter.ts';
import { joined } from '../mutations.ts';

const TOPIC = 3;
const PARTITION = 2;
const VALUE = 50;

const STORED: readonly Stored[] = Array.from({ length: 12 }, (_, n) => ({
  ...{ topic: TOPIC, partition: PARTITION, offset: 2 * n, key: BigInt(n), value: bytesOf('value '.repeat(n)) },
  ...(n % 3 === 0 && { headers: [{ key: '__proto__', value: bytesOf('polluted') }] }),
  ...(n % 2 === 0 && { timestamp: 1000 * n }),
}));

const RECORDS = STORED.map(({ offset, topic: _t, partition: _p, ...record }) => {
  const ready = encodable(record);
  const bytes = new Uint8Array(encodedSize(ready, offset));
  return bytes.subarray(0, encodeRecord(bytes, 0, ready, offset));
});
const STAGED: StagedValue = { id: VALUE, blocks: 1, bytes: 400 };

interface SoundPart {
  readonly bench: PartBench;
  readonly part: LogPart;
  readonly blocks: readonly Uint8Array[];
  readonly value: readonly Uint8Array[];
  readonly staged: StagedValue;
}

async function soundPart(): Promise<SoundPart> {
  const bench = new PartBench();
  const staged = await writeStaged(bench.context(), VALUE, bytesOf('large '.repeat(60)), 160);
  const value = (bench.blobs.visible.get(VALUE) ?? []).map((block) => block.slice());
  const part = await bench.part([...STORED, { ...STORED[0], offset: 90, value: new Uint8Array(0), staged }]);
  return { bench, part, blocks: bench.blocksOf(part).map((block) => block.slice()), value, staged };
}

const PART = once(soundPart);

/** A record's fields lie inside of it, and the record can be made again of what a subscriber gets. */
function useRecord(view: RecordView, limit: number): void {
  const { start, end, headersStart, valueStart, valueEnd } = view;
  const isWithin = start <= headersStart && headersStart <= valueStart && valueStart <= valueEnd && valueEnd <= end && end <= limit;
  must(isWithin, 'a field outside of its record');
  const record = toLogRecord(view, 'a topic', PARTITION);
  const ready = encodable(record);
  const again = new Uint8Array(encodedSize(ready, record.offset));
  const copy = new RecordView();
  copy.read(again, 0, encodeRecord(again, 0, ready, record.offset));
  must(copy.hasRightChecksum(), 'a record that cannot be made again');
  mustEqual(toLogRecord(copy, 'a topic', PARTITION), record, 'a record that is another one once it is encoded');
}

function isFault(error: unknown): boolean {
  return error instanceof RecordFault || isCoded(error);
}

function useLogBlock(block: Block, meter: Meter): void {
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  cursor.open(block);
  for (let last = -1; cursor.next(view); last = cursor.offset) {
    meter.step();
    must(cursor.offset > last && view.end <= block.limit && (cursor.staged?.id ?? 0) >= 0, 'a record outside of its block');
  }
}

function blockDecoder(name: string, type: BlockType, covers: readonly string[]): Decoder<Uint8Array> {
  const soundBlocks = async () => (type === BlockType.logValue ? (await PART()).value : (await PART()).blocks);
  return {
    name,
    covers,
    samples: async () => (await soundBlocks()).filter((block) => block[1] === type),
    isSealed: true,
    reseal: resealedBlock,
    decode: async (bytes, meter) => {
      const { part } = await PART();
      const blobId = type === BlockType.logValue ? VALUE : part.blob.id;
      const block = openBlock(bytes, { blobId, number: bytes[8] ?? 0, type }, meter.checksum);
      if (type === BlockType.log) useLogBlock(block, meter);
      if (type !== BlockType.logIndex) return;
      const index = decodeIndex(block);
      must(index.blocks === block.count && index.partition < 1024 && Number.isSafeInteger(index.topic), 'an index that cannot be');
    },
  };
}

/** Records that a reader of the part gets; undefined: it met what makes no sense. */
function readable(bench: PartBench, part: LogPart): number | undefined {
  try {
    return bench.read([part]).length;
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

export const LOG_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: 'a record of a topic',
    covers: ['RecordView', 'toLogRecord', 'checkHeaders', 'readDouble'],
    samples: () => RECORDS,
    reseal: (bytes) => {
      const copy = bytes.slice();
      if (copy.length > 4) writeU32(copy, copy.length - 4, crc32c(copy, 0, copy.length - 4));
      return copy;
    },
    isRefusal: isFault,
    decode: (bytes) => {
      const view = new RecordView();
      view.read(bytes, 0, bytes.length);
      useRecord(view, bytes.length);
    },
  },
  {
    name: 'frames of the log',
    covers: ['FrameReader', 'FrameWalk', 'readReference'],
    samples: () => [
      frames(STORED),
      frames([
        { ...STORED[2], value: '', staged: STAGED },
        { ...STORED[5], topic: 2 ** 40 },
      ]),
    ],
    isRefusal: isFault,
    decode: (bytes, meter) => {
      const reader = new FrameReader(bytes);
      const walk = new FrameWalk(bytes);
      while (reader.next()) {
        meter.step();
        must(reader.frameStart < reader.frameEnd && reader.frameEnd <= bytes.length, 'a frame outside of the bytes');
        must(Number.isSafeInteger(reader.topic) && Number.isSafeInteger(reader.partition), 'a number that cannot be');
        must((reader.staged?.bytes ?? 0) >= 0, 'a reference that cannot be');
        walk.next();
        mustEqual([walk.topic, walk.partition, walk.at], [reader.topic, reader.partition, reader.frameEnd], 'two readers disagree');
        const { offset } = reader.record;
        if (Number.isSafeInteger(offset)) must(walk.offset() === offset, 'two readers disagree on an offset');
      }
    },
  },
  {
    name: 'places of consumer groups',
    covers: ['decodeGroups'],
    samples: () => [
      encodeGroups([
        { topic: 1, partition: 2, group: 'a group', offset: 7, committedAt: 1e12 },
        { topic: 2, partition: 0, group: '__proto__', offset: 0, committedAt: -1.5 },
      ]),
    ],
    decode: (bytes) => {
      const groups = decodeGroups(bytes, 0, bytes.length, 2);
      if (groups === undefined) throw new NotOne('no two groups');
      for (const { topic, partition, offset } of groups)
        must(Number.isSafeInteger(topic) && topic >= 0 && partition < 1024 && Number.isSafeInteger(offset) && offset >= 0, 'no place');
      mustEqual(decodeGroups(encodeGroups(groups), 0, encodeGroups(groups).length, 2), groups, 'other groups once they are encoded');
    },
  },
  blockDecoder('a log block', BlockType.log, ['LogBlockCursor']),
  blockDecoder('the index of a part', BlockType.logIndex, ['decodeIndex']),
  blockDecoder('a block of a large value', BlockType.logValue, ['openBlock']),
  {
    // The first byte says which block of the part, or of the value, the rest stands in place of.
    name: 'a part with a bad block',
    covers: ['PartReader', 'PartCursor', 'PartVerifier', 'readStaged', 'stagedPieces'],
    samples: async () => [...(await PART()).blocks, ...(await PART()).value].map((block, i) => joined(Uint8Array.of(i), block)),
    reseal: (bytes) => joined(bytes.subarray(0, 1), resealedBlock(bytes.subarray(1))),
    room: 64 * 1024,
    decode: async (bytes, meter) => {
      const { bench, part, blocks, value, staged } = await PART();
      const at = (bytes[0] ?? 0) % (blocks.length + value.length);
      const given = bytes.slice(1);
      const all = [...blocks, ...value].with(at, given);
      bench.blobs.visible.set(part.blob.id, all.slice(0, blocks.length));
      bench.blobs.visible.set(VALUE, all.slice(blocks.length));
      bench.blobs.before = () => meter.step();
      const isSound = Buffer.compare(given, [...blocks, ...value][at]) === 0;
      const isForged = given.length > 4 && Buffer.compare(given, resealedBlock(given)) === 0;
      const { damage } = await runJob({ kind: 'verify', tables: [], parts: [part] }, { ...bench.context(), checksum: meter.checksum });
      must((damage.length === 0) === isSound || isForged, 'what verify says is wrong');
      const source = new BlockSource({ blobs: bench.blobs, checksum: meter.checksum });
      await new PartReader(source).loadIndex(part);
      const records = readable(bench, part);
      must(records === undefined || records === 13 || isForged, 'records are missing');
      must(records !== undefined || damage.length > 0, 'verify did not find what a read met');
      let pieces = 0;
      for await (const piece of stagedPieces(source, staged)) pieces += piece.length;
      must((await readStaged(source, staged)).length === pieces, 'a value that is longer in pieces');
    },
  },
  {
    name: 'a reference to a large value',
    covers: ['readStaged', 'readReference'],
    samples: () => [frames([{ ...STORED[2], value: '', staged: { id: VALUE, blocks: 3, bytes: 420 } }]).slice(-14)],
    decode: async (bytes, meter) => {
      const { bench, value } = await PART();
      if (bytes.length < 14) throw new NotOne('no reference');
      bench.blobs.visible.set(VALUE, [...value]);
      bench.blobs.before = () => meter.step();
      const source = new BlockSource({ blobs: bench.blobs, checksum: meter.checksum });
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const staged = { id: VALUE, blocks: view.getUint32(6, true), bytes: view.getUint32(10, true) };
      must((await readStaged(source, staged)).length === 360, 'a value that nobody wrote');
    },
  },
];
