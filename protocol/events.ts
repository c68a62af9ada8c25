import type { LithifyError } from './errors.ts';
import type { Offset } from './log.ts';
import type { BlobId, CompactionKind, MemtableNumber, MessageType } from './messages.ts';

/** What the engine tells about itself, as it happens; every event prints well as JSON (errors through their code). */
export type EngineEvent =
  | {
      /** Said to every subscriber first, since nobody can have subscribed before. */
      readonly type: 'opened';
      /** The real path of the store's directory. */
      readonly location: string;
      /** Entries of keys and records that were read back from the write-ahead log. */
      readonly replayedEntries: number;
      /** Blobs of unfinished work that were deleted. */
      readonly sweptBlobs: number;
      /** Bytes cut off the end of the log: a write that a crash tore and nobody was promised. */
      readonly tornBytes: number;
      /** Files in the log's directory that are none of ours, and were left alone. */
      readonly ignoredFiles: readonly string[];
      /** Milliseconds that opening took. */
      readonly ms: number;
    }
  | {
      /** Nothing is written to this memtable any more; a flush comes, unless it is empty. */
      readonly type: 'memtableSealed';
      readonly memtable: MemtableNumber;
      /** Entries of keys, and records of topics. */
      readonly entries: number;
      /** What it takes in memory. */
      readonly bytes: number;
      readonly reason: string;
    }
  /** A job begins, where it has its thread. */
  | { readonly type: 'jobStarted'; readonly job: JobKind; readonly compactor: string; readonly ticket: number; readonly reason: string }
  | {
      readonly type: 'jobSettled';
      readonly job: JobKind;
      readonly compactor: string;
      readonly ticket: number;
      /** 'yielded': it made way for something more urgent, and the rest comes later. */
      readonly outcome: 'done' | 'yielded' | 'failed';
      /** Milliseconds since it was started. */
      readonly ms: number;
      /** Of one that failed. */
      readonly error?: LithifyError;
    }
  | {
      /** A flush or a compaction is committed: readers see what it wrote from now on. */
      readonly type: 'compacted';
      readonly kind: CompactionKind;
      readonly reason: string;
      /** Tables that were replaced; none by a flush. */
      readonly inputBlobs: readonly BlobId[];
      readonly outputBlobs: readonly BlobId[];
      /** Of blocks of tables; 0 for what came from memory, and for a move. */
      readonly bytesRead: number;
      /** Of blocks of tables; 0 for a move. */
      readonly bytesWritten: number;
      /** The tables went to another level as they are. */
      readonly moved: boolean;
    }
  | {
      /** Sorted pairs were taken in as tables; readers see them from now on. */
      readonly type: 'ingested';
      /** Pairs. */
      readonly entries: number;
      /** Of the tables. */
      readonly bytes: number;
      readonly blobs: readonly BlobId[];
      /** How many of the tables stand above all levels, because something in every level overlaps them or is being compacted. */
      readonly minors: number;
      /** Milliseconds since the ingest was begun. */
      readonly ms: number;
    }
  /** Garbage is gone from disk. `bytes`: of its blocks. */
  | { readonly type: 'collected'; readonly blobIds: readonly BlobId[]; readonly bytes: number }
  /** Somebody's request was answered. `id`: its envelope's; `ms`: milliseconds since it was sent. */
  | { readonly type: 'replied'; readonly to: MessageType; readonly id: string; readonly ok: boolean; readonly ms: number }
  /**
   * Writes are made to take longer, so that they need not stand still later; ends with `writersWaiting` or `writersResumed`.
   * `bytes`: of all memtables now; `limit`: what these may have.
   */
  | (Stall & { readonly type: 'writersSlowed'; readonly bytes: number; readonly limit: number })
  /** Writes stand still, until `writersResumed`; `bytes` and `limit` as before. */
  | (Stall & { readonly type: 'writersWaiting'; readonly bytes: number; readonly limit: number })
  /** `waitedMs`: how long they stood still, or how much longer they took. */
  | (Stall & { readonly type: 'writersResumed'; readonly waitedMs: number })
  | (OfPartition & {
      /** A run begins; `reason`: what started it. */
      readonly type: 'logCompactionStarted';
      readonly reason: string;
      /** Bytes that no compaction has seen. */
      readonly dirtyBytes: number;
      /** Bytes of all records of the partition. */
      readonly totalBytes: number;
    })
  | (OfPartition & {
      /** The records up to `end` are in parts now, and those from `from` on are fed to the strategy. */
      readonly type: 'logPass';
      /** From 1; a further one begins where the strategy had no room for a key. */
      readonly pass: number;
      readonly from: Offset;
      /** Inclusive. */
      readonly end: Offset;
    })
  | (OfPartition & {
      /** A run has ended well. */
      readonly type: 'logCompacted';
      /** How many it took. */
      readonly passes: number;
      /** Last record that the run covered; undefined: there was none. */
      readonly end: Offset | undefined;
      /** Of all records of the partition when the run began. */
      readonly bytesBefore: number;
      /** Of all records when it ended, what came in meanwhile included. */
      readonly bytesAfter: number;
      /** Milliseconds that the run took. */
      readonly ms: number;
    })
  /** All data is kept; a further run begins after `retryMs` milliseconds. Absent: nobody tries again by itself. */
  | (OfPartition & {
      readonly type: 'logCompactionFailed';
      /** Of the run: what failed. */
      readonly phase: string;
      readonly error: LithifyError;
      readonly retryMs?: number;
    })
  /** Said when a compaction begins: records are kept because this group has not read them; `expired`: they are not any more. */
  | (OfPartition & {
      readonly type: 'groupHoldsLog';
      readonly group: string;
      /** Records that it has still to read, counted by offsets. */
      readonly lag: number;
      /** Milliseconds since it committed last; undefined: it never has. */
      readonly idleMs: number | undefined;
      readonly expired: boolean;
    })
  /** `bytes`: came in since the pass began that is under way; `limit`: the `compactionThreshold`. */
  | (OfPartition & { readonly type: 'producersWaiting'; readonly reason: string; readonly bytes: number; readonly limit: number })
  /** `reason`: why they may go on; `waitedMs`: how long they stood still. */
  | (OfPartition & { readonly type: 'producersResumed'; readonly reason: string; readonly waitedMs: number })
  /** A thread has opened the store, and takes jobs. */
  | { readonly type: 'workerStarted'; readonly worker: string }
  /** A thread has ended, or could not be started; it may be started again after `restartMs` milliseconds. */
  | { readonly type: 'workerDied'; readonly worker: string; readonly error: LithifyError; readonly restartMs: number }
  /** A compactor rests for `ms` milliseconds, since its work failed. */
  | { readonly type: 'backingOff'; readonly compactor: string; readonly ms: number; readonly error: LithifyError }
  /** LevelDB cannot be relied on after this, and is opened again. */
  | { readonly type: 'storageFailed'; readonly error: LithifyError }
  /** LevelDB is open again, `waitedMs` milliseconds after it failed. */
  | { readonly type: 'storageRecovered'; readonly waitedMs: number }
  /** What the flight recorder held was written to a file, because of this failure; see `parseRecorderDump`. */
  | { readonly type: 'recorderDumped'; readonly path: string; readonly reason: string }
  /** The last one. `refused`: requests that were answered with LITHIFY_SHUTTING_DOWN; `aborted`: jobs that the deadline cut off. */
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
