import type { LogRecord, Offset, PartitionOffsets } from '../../protocol/log.ts';

/** What a subscription needs of one topic partition; all calls refer to what is there now, nothing is pinned between calls. */
export interface PartitionSource {
  readonly topic: string;
  readonly partition: number;
  /**
   * Records with offset ≥ `from`: those of one block or one piece of memory, ascending. undefined: `from` is at the end
   * now. Throws LITHIFY_NOT_FOUND (the topic was dropped), LITHIFY_CLOSED, LITHIFY_CORRUPTION.
   */
  read(from: Offset): Promise<RecordBatch | undefined> | RecordBatch | undefined;
  /** First offset whose record has a timestamp ≥ ms, without scanning from the start; undefined: none yet. */
  seekTime(ms: number): Promise<Offset | undefined>;
  /** Resolves when a record ≥ `from` was committed, or the topic was dropped or the engine closed: `read` says so then. */
  wait(from: Offset): TailWaiter;
  /** Agrees with `read`: undefined from there means that `end` is below `from`, or that `next` is not above it. */
  offsets(): PartitionOffsets;
}

export interface TailWaiter {
  readonly ready: Promise<void>;
  /** Takes the waiter out; what has not resolved never will. */
  cancel(): void;
}

export interface RecordBatch {
  /** None where all that was from there on has been compacted away. */
  readonly records: readonly LogRecord[];
  /** Where to go on: above `from` and the last record; it may jump over what was compacted away. */
  readonly next: Offset;
}
