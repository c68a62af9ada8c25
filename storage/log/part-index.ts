import { MAX_PARTITIONS, type Offset, type TopicId } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../jobs/job.ts';
import { readU32, readU64, writeU32, writeU64 } from '../little-endian.ts';
import type { Block } from '../sst/block.ts';
import { seal } from '../sst/block-writer.ts';
import { corruption } from '../sst/damage.ts';
import { BlockType, CHECKSUM_BYTES, HEADER_BYTES } from '../sst/format.ts';
import type { PartitionId } from './part.ts';
import { INDEX_ENTRY_BYTES, INDEX_PREAMBLE_BYTES, MIN_FRAME_BYTES, PART_MAGIC, PART_VERSION } from './part-format.ts';

/** What an index says of one log block. */
export interface BlockSummary {
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly records: number;
  /** Of its frames. */
  readonly bytes: number;
  /** Records without a timestamp. */
  readonly untimed: number;
  /** ms since 1970; NaN: no record has a timestamp. */
  readonly maxTimestamp: number;
}

/** A part's index in columns; a log block is named by its place in the part, from 0. */
export class PartIndex implements PartitionId {
  readonly topic: TopicId;
  readonly partition: number;
  readonly blocks: number;
  readonly firstOffsets: Float64Array;
  readonly lastOffsets: Float64Array;
  readonly records: Uint32Array;
  readonly bytes: Uint32Array;
  readonly untimed: Uint32Array;
  /** NaN: no record of the block has a timestamp. */
  readonly maxTimestamps: Float64Array;
  /** Over this block and those before it; -Infinity: no record has a timestamp. Ascending, whatever the clock did. */
  readonly maxTimestampsSoFar: Float64Array;
  /** The first block with a record that has no timestamp; `blocks`: there is none. */
  readonly firstUntimed: number;

  constructor({ topic, partition }: PartitionId, summaries: readonly BlockSummary[]) {
    this.topic = topic;
    this.partition = partition;
    this.blocks = summaries.length;
    this.firstOffsets = Float64Array.from(summaries, (one) => one.firstOffset);
    this.lastOffsets = Float64Array.from(summaries, (one) => one.lastOffset);
    this.records = Uint32Array.from(summaries, (one) => one.records);
    this.bytes = Uint32Array.from(summaries, (one) => one.bytes);
    this.untimed = Uint32Array.from(summaries, (one) => one.untimed);
    this.maxTimestamps = Float64Array.from(summaries, (one) => one.maxTimestamp);
    let greatest = Number.NEGATIVE_INFINITY;
    // NaN is not greater than anything.
    this.maxTimestampsSoFar = this.maxTimestamps.map((time) => (time > greatest ? (greatest = time) : greatest));
    const untimed = this.untimed.findIndex((count) => count > 0);
    this.firstUntimed = untimed < 0 ? this.blocks : untimed;
  }
}

/** The log block that holds the first record with an offset of at least this; `index.blocks` when there is none. */
export function blockFor(index: PartIndex, offset: Offset): number {
  return firstAtLeast(index.lastOffsets, offset);
}

/**
 * The first log block that may hold a record at or after this time, ms since 1970; `index.blocks` when none does. Records
 * without a timestamp count as of `untimedAt`; without that they are nobody's answer.
 */
export function blockForTime(index: PartIndex, ms: number, untimedAt = Number.NEGATIVE_INFINITY): number {
  const timed = firstAtLeast(index.maxTimestampsSoFar, ms);
  return untimedAt >= ms ? Math.min(timed, index.firstUntimed) : timed;
}

function firstAtLeast(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function encodeIndex(
  { topic, partition }: PartitionId,
  summaries: readonly BlockSummary[],
  blobId: BlobId,
  number: number,
  checksum: Checksum,
): Uint8Array {
  const block = new Uint8Array(HEADER_BYTES + INDEX_PREAMBLE_BYTES + summaries.length * INDEX_ENTRY_BYTES + CHECKSUM_BYTES);
  const view = new DataView(block.buffer);
  block.set(PART_MAGIC, HEADER_BYTES);
  block[HEADER_BYTES + 7] = PART_VERSION;
  writeU64(block, HEADER_BYTES + 8, topic);
  writeU32(block, HEADER_BYTES + 16, partition);
  let at = HEADER_BYTES + INDEX_PREAMBLE_BYTES;
  for (const { firstOffset, lastOffset, records, bytes, untimed, maxTimestamp } of summaries) {
    writeU64(block, at, firstOffset);
    writeU64(block, at + 8, lastOffset);
    writeU32(block, at + 16, records);
    writeU32(block, at + 20, bytes);
    writeU32(block, at + 24, untimed);
    view.setFloat64(at + 28, maxTimestamp, true);
    at += INDEX_ENTRY_BYTES;
  }
  seal(block, BlockType.logIndex, blobId, number, summaries.length, checksum);
  return block;
}

/** LITHIFY_CORRUPTION when it is no index, one of an unknown version, or does not agree with itself. */
export function decodeIndex(block: Block): PartIndex {
  const { bytes, blobId, number, start, limit, count } = block;
  const expected = INDEX_PREAMBLE_BYTES + count * INDEX_ENTRY_BYTES;
  if (limit - start !== expected) throw corruption(blobId, number, 'bytes of a log index', { expected, found: limit - start });
  if (!PART_MAGIC.every((byte, index) => bytes[start + index] === byte))
    throw corruption(blobId, number, 'not the index of a log part', { offset: start - block.base });
  if (bytes[start + 7] !== PART_VERSION)
    throw corruption(blobId, number, 'unknown version of the part format', { expected: PART_VERSION, found: bytes[start + 7] });
  const of = { topic: readU64(bytes, start + 8), partition: readU32(bytes, start + 16) };
  if (!Number.isSafeInteger(of.topic) || of.partition >= MAX_PARTITIONS)
    throw corruption(blobId, number, `partition ${of.partition} of topic ${of.topic} cannot be`, { offset: start + 8 - block.base });
  const summaries: BlockSummary[] = [];
  for (let entry = 0; entry < count; entry++) {
    const summary = summaryAt(bytes, start + INDEX_PREAMBLE_BYTES + entry * INDEX_ENTRY_BYTES);
    if (!isSound(summary, summaries.at(-1))) throw corruption(blobId, number, `entry ${entry} of a log index cannot be`);
    summaries.push(summary);
  }
  return new PartIndex(of, summaries);
}

function summaryAt(bytes: Uint8Array, at: number): BlockSummary {
  return {
    firstOffset: readU64(bytes, at),
    lastOffset: readU64(bytes, at + 8),
    records: readU32(bytes, at + 16),
    bytes: readU32(bytes, at + 20),
    untimed: readU32(bytes, at + 24),
    maxTimestamp: new DataView(bytes.buffer, bytes.byteOffset).getFloat64(at + 28, true),
  };
}

function isSound(one: BlockSummary, before: BlockSummary | undefined): boolean {
  return (
    one.firstOffset > (before?.lastOffset ?? -1) &&
    Number.isSafeInteger(one.lastOffset) &&
    one.records >= 1 &&
    one.lastOffset - one.firstOffset >= one.records - 1 &&
    one.bytes >= one.records * MIN_FRAME_BYTES &&
    one.untimed <= one.records &&
    Number.isNaN(one.maxTimestamp) === (one.untimed === one.records)
  );
}
