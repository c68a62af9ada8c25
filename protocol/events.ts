import type { LithifyError } from './errors.ts';
import type { Offset } from './log.ts';
import type { BlobId, CompactionKind, MemtableNumber, MessageType } from './messages.ts';

/** What the engine tells about itself, as it happens; every event prints well as JSON (errors through their code). */
export type EngineEvent =
  | {
      /** Said to every subscriber first, since nobody can have subscribed before. */
      readonly type: 'opened';
      readonly location: string;
      readonly replayedEntries: number;
      readonly sweptBlobs: number;
      /** Bytes cut off the end of the log: a write that a crash tore and nobody was promised. */
      readonly tornBytes: number;
      /** Files in the log's directory that are none of ours, and were left alone. */
      readonly ignoredFiles: readonly string[];
      readonly ms: number;
    }
  | {
      readonly type: 'memtableSealed';
      readonly memtable: MemtableNumber;
      readonly entries: number;
      readonly bytes: number;
      readonly reason: string;
    }
  | { readonly type: 'jobStarted'; readonly job: JobKind; readonly compactor: string; readonly ticket: number; readonly reason: string }
  | {
      readonly type: 'jobSettled';
      readonly job: JobKind;
      readonly compactor: string;
      readonly ticket: number;
      readonly outcome: 'done' | 'yielded' | 'failed';
      readonly ms: number;
      readonly error?: LithifyError;
    }
  | {
      readonly type: 'compacted';
      readonly kind: CompactionKind;
      readonly reason: string;
      readonly inputBlobs: readonly BlobId[];
      readonly outputBlobs: readonly BlobId[];
      readonly bytesRead: number;
      readonly bytesWritten: number;
      readonly moved: boolean;
    }
  | {
      /** Sorted pairs were taken in as tables; readers see them from now on. */
      readonly type: 'ingested';
      readonly entries: number;
      readonly bytes: number;
      readonly blobs: readonly BlobId[];
      /** How many of the tables stand above all levels, because something in every level overlaps them or is being compacted. */
      readonly minors: number;
      readonly ms: number;
    }
  | { readonly type: 'collected'; readonly blobIds: readonly BlobId[]; readonly bytes: number }
  | { readonly type: 'replied'; readonly to: MessageType; readonly id: string; readonly ok: boolean; readonly ms: number }
  /** Writes are made to take longer, so that they need not stand still later; ends with `writersWaiting` or `writersResumed`. */
  | (Stall & { readonly type: 'writersSlowed'; readonly bytes: number; readonly limit: number })
  | (Stall & { readonly type: 'writersWaiting'; readonly bytes: number; readonly limit: number })
  /** `waitedMs`: how long they stood still, or how much longer they took. */
  | (Stall & { readonly type: 'writersResumed'; readonly waitedMs: number })
  | (OfPartition & {
      readonly type: 'logCompactionStarted';
      readonly reason: string;
      /** Bytes that no compaction has seen, and all bytes. */
      readonly dirtyBytes: number;
      readonly totalBytes: number;
    })
  | (OfPartition & {
      /** The records up to `end` are in parts now, and those from `from` on are fed to the strategy. */
      readonly type: 'logPass';
      /** From 1; a further one begins where the strategy had no room for a key. */
      readonly pass: number;
      readonly from: Offset;
      readonly end: Offset;
    })
  | (OfPartition & {
      readonly type: 'logCompacted';
      readonly passes: number;
      /** Last record that the run covered; undefined: there was none. */
      readonly end: Offset | undefined;
      readonly bytesBefore: number;
      readonly bytesAfter: number;
      readonly ms: number;
    })
  /** All data is kept; a further run begins after `retryMs`. Absent: nobody tries again by itself. */
  | (OfPartition & {
      readonly type: 'logCompactionFailed';
      readonly phase: string;
      readonly error: LithifyError;
      readonly retryMs?: number;
    })
  /** Said when a compaction begins: records are kept because this group has not read them; `expired`: they are not any more. */
  | (OfPartition & {
      readonly type: 'groupHoldsLog';
      readonly group: string;
      readonly lag: number;
      /** Milliseconds since it committed last; undefined: it never has. */
      readonly idleMs: number | undefined;
      readonly expired: boolean;
    })
  | (OfPartition & { readonly type: 'producersWaiting'; readonly reason: string; readonly bytes: number; readonly limit: number })
  | (OfPartition & { readonly type: 'producersResumed'; readonly reason: string; readonly waitedMs: number })
  | { readonly type: 'workerStarted'; readonly worker: string }
  | { readonly type: 'workerDied'; readonly worker: string; readonly error: LithifyError; readonly restartMs: number }
  | { readonly type: 'backingOff'; readonly compactor: string; readonly ms: number; readonly error: LithifyError }
  | { readonly type: 'storageFailed'; readonly error: LithifyError }
  | { readonly type: 'storageRecovered'; readonly waitedMs: number }
  /** What the flight recorder held was written to a file, because of this failure; see `parseRecorderDump`. */
  | { readonly type: 'recorderDumped'; readonly path: string; readonly reason: string }
  | { readonly type: 'closed'; readonly refused: number; readonly aborted: number };

/** Why writers are slowed or stand still: as a word for programs, and as a sentence. */
interface Stall {
  readonly cause: StallCause;
  readonly reason: string;
}

/** 'exclusive': somebody has the store for itself for a moment, such as an ingest that puts its tables in place. */
export type StallCause = 'memory' | 'compaction' | 'disk' | 'exclusive';

/** One partition of a topic, by the topic's name. */
interface OfPartition {
  readonly topic: string;
  readonly partition: number;
}

export type JobKind = 'flush' | 'ingest' | 'plan' | 'slice' | 'delete' | 'verify' | 'age' | 'analyze' | 'rewrite';
