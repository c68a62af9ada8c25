import type { Offset } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { SharedPairs } from '../ingest/packed-pairs.ts';
import type { CompactionMap } from '../log/compaction-map.ts';
import type { SharedLogTable } from '../log/log-table.ts';
import type { BlobExtent, LogPart, PartitionId } from '../log/part.ts';
import type { StrategySpec } from '../log/strategy.ts';
import type { SharedMemtable } from '../memtable/memtable.ts';
import type { RangeDelete } from '../range-deletes/range-deletes.ts';
import type { TableMeta, TableShape } from '../sst/table.ts';

/** What a compactor hands to a worker. Structured-cloneable: no functions, no class instances. */
export type JobSpec = FlushJob | IngestJob | MergeJob | DeleteJob | VerifyJob | AgeJob | AnalyzeJob | RewriteJob;

/** Writes one sealed memtable as one minor SST. */
export interface FlushJob {
  readonly kind: 'flush';
  readonly memtable: SharedMemtable;
  readonly snapshots: readonly number[];
  /** The memtable's own: what they cover is not written, unless a snapshot sees it. Absent: none. */
  readonly rangeDeletes?: readonly RangeDelete[];
  /** See MergeJob. */
  readonly appliedTo?: number;
  readonly shape: TableShape;
}

/** Writes sorted pairs as one table whose entries stand in it with sequence 0; see `TableMeta.ingested`. */
export interface IngestJob {
  readonly kind: 'ingest';
  readonly pairs: SharedPairs;
  readonly shape: TableShape;
}

/** Merges runs into new tables; newer versions of a key shadow older ones. */
export interface MergeJob {
  readonly kind: 'merge';
  /** Each run: disjoint tables in ascending key order. The order of the runs does not matter: sequences decide. */
  readonly runs: readonly (readonly TableMeta[])[];
  /** Only user keys in [gte, lt); a missing side is open. */
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  /** Sequences that some snapshot reads at, ascending. Every version that one of them can see is kept. */
  readonly snapshots: readonly number[];
  /** All of the version's that cover something in the inputs: that goes, unless a snapshot sees it. Absent: none. */
  readonly rangeDeletes?: readonly RangeDelete[];
  /** Of the range deletes up to this sequence, none but those above covers anything in the inputs; absent: nobody knows. */
  readonly appliedTo?: number;
  /** Nothing older can exist below the output: a tombstone that every snapshot sees past may go. */
  readonly dropTombstones: boolean;
  readonly shape: TableShape;
}

/** Deletes blobs and gives their space back. */
export interface DeleteJob {
  readonly kind: 'delete';
  readonly blobs: readonly { readonly id: BlobId; readonly blocks: number; readonly bytes: number }[];
}

/** Reads every block of these tables and checks all that can be checked. */
export interface VerifyJob {
  readonly kind: 'verify';
  readonly tables: readonly TableMeta[];
  readonly parts?: readonly LogPart[];
  /** Large values whose record is in no part yet. */
  readonly staged?: readonly BlobExtent[];
}

/** Writes records that are in memory as parts of topic partitions, all into one blob. */
export interface AgeJob {
  readonly kind: 'age';
  /** Oldest first. */
  readonly tables: readonly SharedLogTable[];
  /** Of each partition the records from `from` to before `to`; those with none get no part. */
  readonly ranges: readonly AgeRange[];
  readonly blockBytes: number;
  /** Wall clock, ms. */
  readonly at: number;
}
export interface AgeRange extends PartitionId {
  readonly from: Offset;
  readonly to: Offset;
  /** When the newest of it came in, or later; wall clock, ms. Default: the job's `at`. */
  readonly at?: number;
}
export interface AgeResult {
  readonly parts: readonly (PartitionId & { readonly part: LogPart })[];
  readonly records: number;
  readonly bytesWritten: number;
}

/** First half of a compaction pass: feeds the strategy, and collects the smallest offset to keep of each key. */
export interface AnalyzeJob {
  readonly kind: 'analyze';
  /** Names the pass, for state that stays in the thread between two halves of an analysis that yielded. */
  readonly pass: string;
  /** The topic's name and partition, for the records that a strategy of the user's sees. */
  readonly topic: string;
  readonly partition: number;
  /** The whole partition, ascending. */
  readonly parts: readonly LogPart[];
  readonly strategy: StrategySpec;
  /** Where the pass before overflowed: records from here on are reduced. 0: the first pass. */
  readonly from: Offset;
  /** Where an analysis that yielded goes on, and what it knew. */
  readonly resume?: AnalyzeProgress;
  readonly calls?: WatchedCalls;
}
/** Where the job says that it is in the user's code, if somebody watches: the buffer of StrategyCalls. */
export type WatchedCalls = ArrayBufferLike;
export interface AnalyzeProgress {
  readonly next: Offset;
  readonly overflowAt?: Offset;
  /** Flat state travels; a user's state stays in its thread, and the analysis begins again when that is gone. */
  readonly state?: unknown;
}
export interface AnalyzeResult {
  /** undefined: it yielded, see `resume`. */
  readonly map?: CompactionMap;
  /** Offset of the first record that the strategy had no room for: where the next pass begins. */
  readonly overflowAt?: Offset;
  /** Of this call, as is `bytesRead`. */
  readonly records: number;
  readonly bytesRead: number;
  readonly resume?: AnalyzeProgress;
}

/** Second half: copies what is kept into new parts. */
export interface RewriteJob {
  readonly kind: 'rewrite';
  readonly topic: string;
  readonly partition: number;
  readonly parts: readonly LogPart[];
  /** Absent: no strategy, only rules. */
  readonly strategy?: StrategySpec;
  readonly map?: CompactionMap;
  /** There was a pass before, or there will be one after: the map does not have every key. */
  readonly isOneOfSeveral?: boolean;
  readonly rules: RewriteRules;
  readonly blockBytes: number;
  /** A new blob, and part, is begun at this size. */
  readonly partBytes: number;
  /** Where a rewrite that yielded goes on: its `resumeAt` and its `sizeFloor` (without which it counts again). */
  readonly resume?: { readonly next: Offset; readonly sizeFloor?: Offset };
  readonly calls?: WatchedCalls;
}
/** What goes and what stays, whatever the map says. A record goes if the map or one of these drops it, unless `keepFrom` holds it. */
export interface RewriteRules {
  /** Records whose timestamp (missing: `agedAt` of their part) is below this go. Wall clock, ms. */
  readonly olderThan?: number;
  /**
   * The oldest records go as long as this much is left of what the other rules and the map keep, by whole blocks. Bytes of
   * frames and of staged values. For the last pass of a compaction: before that, what later passes drop counts as well.
   */
  readonly keepBytes?: number;
  /**
   * Tombstones that stand at their key's minimum in the map go when they are older than this: everything older of the key
   * goes in this pass. Other tombstones stay, so that none goes before what it hides. Wall clock, ms.
   */
  readonly tombstonesOlderThan?: number;
  /** Records from here on have not been read by some group that is waited for: they stay. */
  readonly keepFrom?: Offset;
}
export interface RewriteResult {
  readonly parts: readonly LogPart[];
  readonly recordsIn: number;
  readonly recordsOut: number;
  /** Staged values whose record went. */
  readonly dropped: readonly BlobExtent[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** It yielded: records from here on are not copied yet. Counts and `dropped` are of this call. */
  readonly resumeAt?: Offset;
  /** Where `keepBytes` begins to keep; for `resume`. */
  readonly sizeFloor?: Offset;
}

export interface WriteResult {
  readonly outputs: readonly TableMeta[];
  readonly entriesIn: number;
  readonly entriesOut: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** The job was asked to yield: user keys from here on are not merged yet. */
  readonly resumeAt?: Uint8Array;
}
export interface DeleteResult {
  /** Deleted, and their space given back. */
  readonly deleted: readonly BlobId[];
  /** Could not be deleted now. */
  readonly failed: readonly { readonly id: BlobId; readonly reason: string }[];
  readonly yielded: boolean;
}
export interface Damage {
  readonly blobId: BlobId;
  /** undefined: the blob as a whole. */
  readonly block?: number;
  readonly reason: string;
}
export interface VerifyResult {
  readonly blocks: number;
  readonly entries: number;
  readonly bytes: number;
  readonly damage: readonly Damage[];
}
export interface JobResults {
  flush: WriteResult;
  ingest: WriteResult;
  merge: WriteResult;
  delete: DeleteResult;
  verify: VerifyResult;
  age: AgeResult;
  analyze: AnalyzeResult;
  rewrite: RewriteResult;
}
export type ResultOf<J extends JobSpec> = JobResults[J['kind']];

export type Checksum = (bytes: Uint8Array, seed?: number) => number;

/** What a job works with; one per worker (or one in-process). */
export interface JobContext {
  readonly blobs: BlobStore;
  readonly checksum: Checksum;
  /** The next id of the store's one ascending counter. */
  nextBlobId(): BlobId;
  readonly control: JobControl;
  /** Called once a block. In-process it gives the event loop a turn now and then; in a thread it is undefined. */
  readonly turn?: () => Promise<void> | undefined;
}

/** Asked and told once a block. */
export interface JobControl {
  /** run: go on. yield: stop at the next key boundary and say where. abort: delete the outputs, throw LITHIFY_ABORTED. */
  command(): JobCommand;
  /** Adds to the running job's counters. */
  progress(entries: number, bytes: number): void;
}
export type JobCommand = 'run' | 'yield' | 'abort';
