import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { SharedMemtable } from '../memtable/memtable.ts';
import type { TableMeta, TableShape } from '../sst/table.ts';

/** What a compactor hands to a worker. Structured-cloneable: no functions, no class instances. */
export type JobSpec = FlushJob | MergeJob | DeleteJob | VerifyJob;

/** Writes one sealed memtable as one minor SST. */
export interface FlushJob {
  readonly kind: 'flush';
  readonly memtable: SharedMemtable;
  readonly snapshots: readonly number[];
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
  merge: WriteResult;
  delete: DeleteResult;
  verify: VerifyResult;
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
