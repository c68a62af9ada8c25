/** Topics are numbered from 1, ascending, over the life of a store; a number is never given twice. */
export type TopicId = number;
/** Address of a record in a topic partition: ascending from 0, never reused; gaps are normal after a compaction. */
export type Offset = number;

/** One header of a record. */
export interface RecordHeader {
  /** Its name; a record may have several headers of one. */
  readonly key: string;
  /** Bytes, of which lithify makes nothing. */
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

/** One record as it is read. */
export interface LogRecord {
  /** The topic's name. */
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** Its address in the partition. */
  readonly offset: Offset;
  /** u64. */
  readonly key: bigint;
  /** Of its own: nothing else has these bytes. */
  readonly value: Uint8Array;
  /** In the order in which they were produced; none: an empty list. */
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since 1970, rounded from what is stored (a double of seconds, log-format.md 2.2). */
  readonly timestamp?: number;
}

/** Which offsets a partition has now. */
export interface PartitionOffsets {
  /** Of the first existing record; undefined: there is none. */
  readonly beginning: Offset | undefined;
  /** Of the last existing record, inclusive; undefined: there is none. */
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
  /** Name of the group. */
  readonly group: string;
  /** The topic's name. */
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** The last one that it has read. */
  readonly offset: Offset;
  /** Wall clock, milliseconds since 1970. */
  readonly committedAt: number;
}

/** What a consumer group has still to read of a topic partition. */
export interface GroupLag {
  /** Name of the group. */
  readonly group: string;
  /** From 0. */
  readonly partition: number;
  /** The last record that it said it has read. */
  readonly committed: Offset;
  /** Records behind what it committed, counted by offsets: an upper bound where a compaction has taken some. */
  readonly lag: number;
  /** Milliseconds since it committed last. */
  readonly idleMs: number;
}

/** A topic now, over all its partitions. */
export interface TopicInfo {
  /** Its name. */
  readonly name: string;
  /** How many it has; that never changes. */
  readonly partitions: number;
  /** Bytes of all records. */
  readonly bytes: number;
  /** Bytes of those that no compaction has seen. */
  readonly dirtyBytes: number;
  /** How many there are. */
  readonly records: number;
}
