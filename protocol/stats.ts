import type { LithifyError } from './errors.ts';
import type { Offset } from './log.ts';
import type { BlobId, CompactionKind, MessageType } from './messages.ts';

/** A synchronous picture of a running engine. Bytes, milliseconds and counts; plain numbers throughout. */
export interface EngineStats {
  readonly state: 'opening' | 'open' | 'recovering' | 'closing' | 'closed';
  readonly writes: WriteStats;
  readonly memtables: {
    readonly active: MemtableStats;
    readonly sealed: readonly MemtableStats[];
    readonly bytes: number;
    readonly limit: number;
  };
  readonly wal: { readonly segments: number; readonly bytes: number };
  readonly mailbox: {
    readonly depth: number;
    readonly capacity: number;
    readonly oldestMs: number;
    readonly byType: Readonly<Partial<Record<MessageType | 'background' | 'slice' | 'log', number>>>;
    readonly running: number;
  };
  readonly compactors: readonly {
    readonly name: string;
    readonly state: string;
    readonly job?: string;
    readonly entries: number;
    readonly bytes: number;
  }[];
  readonly workers: readonly { readonly name: string; readonly state: string; readonly restarts: number }[];
  readonly minors: { readonly tables: number; readonly bytes: number };
  readonly levels: readonly { readonly tables: number; readonly bytes: number; readonly entries: number; readonly tombstones: number }[];
  /** Topics that exist, what the compactions of logs have written since open, and every partition that is registered for one. */
  readonly logs: { readonly topics: number; readonly bytesWritten: number; readonly compactors: readonly LogCompactorStats[] };
  readonly garbage: { readonly blobs: number; readonly bytes: number; readonly pinned: number };
  readonly leases: readonly { readonly owner: string; readonly ageMs: number; readonly version: number }[];
  /** Moments that snapshots and iterators read at. */
  readonly snapshots: {
    readonly count: number;
    /** Bytes in tables that are kept for snapshots only, and of obsolete blobs that somebody still reads. */
    readonly pinnedBytes: number;
    readonly oldest?: SnapshotStats;
  };
  /** Range deletes that some table below them has not been compacted with. */
  readonly rangeDeletes: number;
  readonly cache: { readonly bytes: number; readonly limit: number; readonly hits: number; readonly misses: number };
  readonly compactions: Readonly<Record<CompactionKind, number>>;
  /** What the jobs read and wrote in the blob store since open. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** (flushed + ingested + compacted bytes) / (flushed + ingested bytes), since open; 0 before the first of them. */
  readonly writeAmplification: number;
  readonly lastSequence: number;
  readonly notPicked: readonly string[];
}

/** What was written since open, and what waits. */
export interface WriteStats {
  readonly acknowledged: number;
  readonly bytes: number;
  readonly commits: number;
  /** Groups that wait for their commit. */
  readonly waiting: number;
  /**
   * What these groups hold in memory. Nothing of it is dropped, so nothing bounds it but callers that wait for their
   * writes before they make more: it is in no limit that is configured.
   */
  readonly waitingBytes: number;
  /** Commits are made to take longer at this moment. */
  readonly slowed: boolean;
  /** Why writers are slowed or stand still now; absent: they do neither. */
  readonly waitingFor?: string;
}

/** The oldest moment that somebody reads at. */
export interface SnapshotStats {
  /** 'snapshot' or 'iterator'. */
  readonly owner: string;
  readonly sequence: number;
  readonly ageMs: number;
  /** Where it was made, with `trackLeases`. */
  readonly stack?: string;
  /** Bytes in tables that would go if this one were released, about. */
  readonly pinnedBytes: number;
}

/** One topic partition that is registered for compaction. */
export interface LogCompactorStats {
  readonly topic: string;
  readonly partition: number;
  /** 'idle' when nothing runs; otherwise the state of its chart, such as 'analyzing' or 'backingOff'. */
  readonly state: string;
  /** Runs that ended well since it was registered, and their passes. */
  readonly runs: number;
  readonly passes: number;
  /** The pass that is under way: its number in its run, where it begins, and its last record. */
  readonly pass: number;
  readonly from: Offset;
  readonly end?: Offset;
  /** Failures in a row. */
  readonly failures: number;
  readonly error?: LithifyError;
  readonly dirtyBytes: number;
  readonly totalBytes: number;
  /** Producers that are held back now. */
  readonly waiting: number;
  /** Callers of `topic.compact()` whose run has not ended. */
  readonly asking: number;
}

export interface MemtableStats {
  readonly number: number;
  readonly entries: number;
  readonly bytes: number;
}

/** What `engine.verify()` found. Empty `damage` means that every block of every live table is what was written. */
export interface VerifyReport {
  /** Tables, and parts of logs. */
  readonly tables: number;
  readonly blocks: number;
  readonly entries: number;
  readonly bytes: number;
  readonly damage: readonly { readonly blobId: BlobId; readonly block?: number; readonly reason: string }[];
}
