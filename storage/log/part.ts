import { MAX_PARTITIONS, type Offset, type TopicId } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';

/**
 * An immutable stretch of one topic partition: `blocks` log blocks from `firstBlock` of a blob, then one index block.
 * Many small parts may share a blob; it is garbage when its last part has gone.
 */
export interface LogPart {
  readonly blob: BlobExtent;
  readonly firstBlock: number;
  /** Data blocks; the index is block `firstBlock + blocks`. */
  readonly blocks: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly records: number;
  /** Of all record frames; what thresholds and ratios are about. */
  readonly bytes: number;
  /** Over all records that have a timestamp, milliseconds since 1970; undefined: none has. */
  readonly minTimestamp?: number;
  readonly maxTimestamp?: number;
  /** Records without a timestamp. */
  readonly untimed: number;
  /** Wall clock (ms) when the newest of it came in, as far as that is known: stands in for missing timestamps, and is never too early. */
  readonly agedAt: number;
  /** Written by a compaction; dirty parts are those that no compaction has seen. */
  readonly compacted: boolean;
  /**
   * Of a compacted part: since when (ms since 1970) it holds a tombstone that a later compaction may drop; undefined: it
   * holds none. See `oldestTombstoneOf`.
   */
  readonly oldestTombstone?: number;
  /** Blobs of large values that records of this part refer to; each belongs to exactly one part. */
  readonly staged: readonly BlobExtent[];
}

/** A whole blob. */
export interface BlobExtent {
  readonly id: BlobId;
  readonly blocks: number;
  readonly bytes: number;
}

/** Where a record's large value lies: blocks 0 to `blocks` of its own blob. */
export interface StagedValue extends BlobExtent {}

export interface PartitionId {
  readonly topic: TopicId;
  readonly partition: number;
}

/** One topic partition as the manifest knows it. */
export interface LogState extends PartitionId {
  /** Ascending, disjoint. */
  readonly parts: readonly LogPart[];
  /** Records below this are in parts or were compacted away; those from here on are in memory and in the WAL. */
  readonly agedTo: Offset;
}

/** Since when the part may hold a tombstone that a compaction would drop, ms; nobody has looked into a dirty part. Infinity: it holds none. */
export function oldestTombstoneOf({ compacted, oldestTombstone, ...part }: LogPart): number {
  return compacted ? (oldestTombstone ?? Number.POSITIVE_INFINITY) : oldestRecordOf(part);
}

/** A record without a time counts as old as its part. */
export function oldestRecordOf({ minTimestamp, untimed, agedAt }: Pick<LogPart, 'minTimestamp' | 'untimed' | 'agedAt'>): number {
  return Math.min(minTimestamp ?? Number.POSITIVE_INFINITY, untimed > 0 ? agedAt : Number.POSITIVE_INFINITY);
}

/** One number for a partition: for maps that are asked once a record, where a text would cost as much as the rest. */
export function partitionNumber(topic: TopicId, partition: number): number {
  return topic * MAX_PARTITIONS + partition;
}

export function logKey(topic: TopicId, partition: number): string {
  return `${topic}/${partition}`;
}
