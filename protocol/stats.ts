import type { LithifyError } from './errors.ts';
import type { Offset } from './log.ts';
import type { BlobId, CompactionKind, MessageType } from './messages.ts';

/** A synchronous picture of a running engine, made anew by each call. Bytes, milliseconds and counts; plain numbers throughout. */
export interface EngineStats {
  /** 'recovering': LevelDB is being opened again after a failure. 'closed' also when the engine has broken. */
  readonly state: 'opening' | 'open' | 'recovering' | 'closing' | 'closed';
  /** What was written since open, and what waits. */
  readonly writes: WriteStats;
  /** Keys, records and commits of groups that are in memory (and in the write-ahead log) only. */
  readonly memtables: {
    /** The one that writes go to. */
    readonly active: MemtableStats;
    /** Those that wait for their flush, in the order in which they were sealed. */
    readonly sealed: readonly MemtableStats[];
    /** Bytes of all of them now. */
    readonly bytes: number;
    /** Bytes of as many memtables as `memoryBytes` has room for; when all of those are full, writers wait for a flush. */
    readonly limit: number;
  };
  /** The write-ahead log on disk now. */
  readonly wal: {
    /** Files. */
    readonly segments: number;
    /** Of all these files. */
    readonly bytes: number;
  };
  /** Work that waits for a compactor, and work that runs. All 0 once the engine has closed. */
  readonly mailbox: {
    /** Requests from outside that wait now: what `capacity` counts. */
    readonly depth: number;
    /** `mailboxCapacity`. */
    readonly capacity: number;
    /** Milliseconds since the oldest ticket that waits came; 0: none waits. */
    readonly oldestMs: number;
    /** Tickets that wait now, requests and the engine's own work; kinds of which none waits are absent. */
    readonly byType: Readonly<Partial<Record<MessageType | 'background' | 'slice' | 'log', number>>>;
    /** Tickets that a compactor has now. */
    readonly running: number;
  };
  /** Every compactor, by its number. */
  readonly compactors: readonly CompactorStats[];
  /** Every worker thread; none with `workers: 0`. */
  readonly workers: readonly WorkerStats[];
  /** Tables above all levels: flushed, or ingested where no level could take them. Now. */
  readonly minors: {
    /** How many there are. */
    readonly tables: number;
    /** Of their blocks, as they were before LevelDB compressed them. */
    readonly bytes: number;
  };
  /** All levels now, from the shallowest to the last; empty ones too. */
  readonly levels: readonly LevelStats[];
  /** Of commit logs. */
  readonly logs: {
    /** Topics that there are now. */
    readonly topics: number;
    /** What compactions of logs have written since open. */
    readonly bytesWritten: number;
    /** Every partition that is registered for compaction now. */
    readonly compactors: readonly LogCompactorStats[];
  };
  /** Blobs that the newest version does without and that are not deleted yet. */
  readonly garbage: {
    /** How many there are now. */
    readonly blobs: number;
    /** Of all of them. */
    readonly bytes: number;
    /** How many of the blobs some reader still sees; these stay until it ends. */
    readonly pinned: number;
  };
  /** Readers that hold a version of the tree now, longest first. */
  readonly leases: readonly LeaseStats[];
  /** Moments that snapshots and iterators read at. */
  readonly snapshots: {
    /** Snapshots and iterators that are open now. */
    readonly count: number;
    /** Bytes in tables that are kept for snapshots only, and of obsolete blobs that somebody still reads. */
    readonly pinnedBytes: number;
    /** Absent: none is open. */
    readonly oldest?: SnapshotStats;
  };
  /** Range deletes that some table below them has not been compacted with. */
  readonly rangeDeletes: number;
  /** Blocks that are kept in memory for reads. */
  readonly cache: {
    /** What they take now. */
    readonly bytes: number;
    /** `cacheBytes`. */
    readonly limit: number;
    /** Blocks that were asked for and found, since open. */
    readonly hits: number;
    /** Blocks that were asked for and not found, since open. */
    readonly misses: number;
  };
  /** Since open: tables that flushes wrote ('flush'), and of the other kinds compactions that were done, moves included. */
  readonly compactions: Readonly<Record<CompactionKind, number>>;
  /** Bytes of tables that compactions have merged, and of parts that compactions of logs have read, since open. */
  readonly bytesRead: number;
  /** Bytes of tables that flushes, ingests and compactions have written since open; of logs see `logs.bytesWritten`. */
  readonly bytesWritten: number;
  /** (flushed + ingested + compacted bytes) / (flushed + ingested bytes), since open; 0 before the first of them. */
  readonly writeAmplification: number;
  /** Of the newest entry that was committed; sequences ascend over the life of a store. */
  readonly lastSequence: number;
  /** Why the last planning left places of the tree as they are, a sentence each. */
  readonly notPicked: readonly string[];
}

/** One compactor now. */
export interface CompactorStats {
  /** Such as 'compactor-0'. */
  readonly name: string;
  /** Of its chart, such as 'idle', 'running' or 'backingOff'. */
  readonly state: string;
  /** Kind of the job that runs; absent: none, or it still waits for a thread. */
  readonly job?: string;
  /** Entries or records (of a collection: blobs) that its ticket has gone through; between two, those of the last. */
  readonly entries: number;
  /** Bytes that its ticket has gone through; between two, those of the last. */
  readonly bytes: number;
}

/** One worker thread now. */
export interface WorkerStats {
  /** Such as 'worker-0'. */
  readonly name: string;
  /** Of its chart, such as 'alive.waiting', 'alive.lent' or 'down'; 'absent': no job wants it, or has wanted it. */
  readonly state: string;
  /** How often it has died, or could not be started, since open. */
  readonly restarts: number;
}

/** One level of the tree now. */
export interface LevelStats {
  /** Tables in it. */
  readonly tables: number;
  /** Of their blocks, as they were before LevelDB compressed them. */
  readonly bytes: number;
  /** Entries in its tables, tombstones and versions that are kept for snapshots included. */
  readonly entries: number;
  /** Deletions among these entries. */
  readonly tombstones: number;
}

/** One reader that holds a version of the tree. */
export interface LeaseStats {
  /** What reads, such as 'iterator', 'subscription' or 'checkpoint'. */
  readonly owner: string;
  /** Milliseconds since it began to hold it. */
  readonly ageMs: number;
  /** Number of the version that it keeps. */
  readonly version: number;
}

/** What was written since open, and what waits. */
export interface WriteStats {
  /** Entries of keys, a range delete being one, and records of topics that were committed. */
  readonly acknowledged: number;
  /** That were appended to the write-ahead log for them. */
  readonly bytes: number;
  /** Groups that were committed: one append to the log, of one caller or of many. */
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
  /** What it sees: entries up to this one. */
  readonly sequence: number;
  /** Milliseconds since it was made. */
  readonly ageMs: number;
  /** Where it was made, with `trackLeases`. */
  readonly stack?: string;
  /** Bytes in tables that would go if this one were released, about. */
  readonly pinnedBytes: number;
}

/** One topic partition that is registered for compaction. */
export interface LogCompactorStats {
  /** Its name. */
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** 'idle' when nothing runs; otherwise the state of its chart, such as 'analyzing' or 'backingOff'. */
  readonly state: string;
  /** Runs that ended well since it was registered. */
  readonly runs: number;
  /** Passes that were begun since it was registered, those of runs that failed included. */
  readonly passes: number;
  /** Number of the pass that is under way in its run, from 1; 0: nothing runs, or it has not come to its first. */
  readonly pass: number;
  /** Where that pass begins; 0 in the first of a run. */
  readonly from: Offset;
  /** The last record that it covers; absent: not known yet, or nothing runs. */
  readonly end?: Offset;
  /** Failures of its runs in a row; 0 after one that ended well. */
  readonly failures: number;
  /** What the last of them was; absent: nothing runs, or what runs has not failed. */
  readonly error?: LithifyError;
  /** Bytes of records that no compaction has seen, now. */
  readonly dirtyBytes: number;
  /** Bytes of all records of the partition, now. */
  readonly totalBytes: number;
  /** Producers that are held back now. */
  readonly waiting: number;
  /** Callers of `topic.compact()` whose run has not ended. */
  readonly asking: number;
}

/** One memtable now. */
export interface MemtableStats {
  /** What a MinorCompact names it by. */
  readonly number: number;
  /** Puts, deletions and range deletes, each write of a key for itself, and records of topics. */
  readonly entries: number;
  /** What these and its index take in memory, with what groups have committed. */
  readonly bytes: number;
}

/** What `engine.verify()` found. Empty `damage` means that every block of every live table is what was written. */
export interface VerifyReport {
  /** Tables, and parts of logs. */
  readonly tables: number;
  /** Blocks that were read. */
  readonly blocks: number;
  /** Entries and records that were found in them. */
  readonly entries: number;
  /** Of the blocks. */
  readonly bytes: number;
  /** In the order in which it was found. */
  readonly damage: readonly VerifyDamage[];
}

/** One place that is damaged. */
export interface VerifyDamage {
  /** Where. */
  readonly blobId: BlobId;
  /** Its number in the blob; absent: the blob as a whole. */
  readonly block?: number;
  /** What is wrong with it. */
  readonly reason: string;
}
