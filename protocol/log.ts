/** Topics are numbered from 1, ascending, over the life of a store; a number is never given twice. */
export type TopicId = number;
/** Address of a record in a topic partition: ascending from 0, never reused; gaps are normal after a compaction. */
export type Offset = number;

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What a producer hands over. It is lent: nothing of it may change before the call has settled. */
export interface NewRecord {
  /** u64. */
  readonly key: bigint;
  /** A string is stored as UTF-8. At most MAX_VALUE_BYTES. */
  readonly value: Uint8Array | string;
  /** Ordered; a key may stand twice. */
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds since 1970. Absent: the record has none. */
  readonly timestamp?: number;
  /** Default: the key modulo the number of partitions, so that a key's records stay together. */
  readonly partition?: number;
}

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** u64. */
  readonly key: bigint;
  readonly value: Uint8Array;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since 1970, rounded from what is stored (a double of seconds, log-format.md 2.2). */
  readonly timestamp?: number;
}

export interface PartitionOffsets {
  /** First and last existing record, both inclusive; undefined: there is none. */
  readonly beginning: Offset | undefined;
  readonly end: Offset | undefined;
  /** What the next record gets. */
  readonly next: Offset;
}

/** Where a partition's records are, in bytes. */
export interface PartitionSizes {
  /** In memory (and in the write-ahead log), not yet in a part. */
  readonly activeBytes: number;
  /** In parts. */
  readonly historyBytes: number;
}

/** A record with more is refused at `produce`, before anything is written. */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024;
/** All headers of one record, encoded. */
export const MAX_HEADER_BYTES = 64 * 1024;
export const MAX_PARTITIONS = 1024;
export const MAX_U64 = 2n ** 64n - 1n;

/** How far a consumer group has read a topic partition: up to and including `offset`. */
export interface GroupOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** Wall clock, milliseconds since 1970. */
  readonly committedAt: number;
}

/** What a consumer group has still to read of a topic partition. */
export interface GroupLag {
  readonly group: string;
  readonly partition: number;
  readonly committed: Offset;
  /** Records behind what it committed, counted by offsets: an upper bound where a compaction has taken some. */
  readonly lag: number;
  /** Milliseconds since it committed last. */
  readonly idleMs: number;
}

export interface TopicInfo {
  readonly name: string;
  readonly partitions: number;
  /** Bytes of all records, and of those that no compaction has seen. */
  readonly bytes: number;
  readonly dirtyBytes: number;
  readonly records: number;
}
