import type { Offset } from './log.ts';
import type { BlobId } from './messages.ts';
import type { OpenOptions } from './options.ts';
import type { Runtime } from './runtime.ts';

export interface RepairOptions {
  /** Its abort ends the repair with LITHIFY_ABORTED; nothing is left of it. */
  signal?: AbortSignal;
  /** Called about once a MiB; what it throws is ignored. */
  onProgress?: (progress: RepairProgress) => void;
  /** How the new store is opened while it is written. Default: as `open` does, with memtables that hold the largest value. */
  options?: OpenOptions;
  /**
   * What was found of keys whose newest version may be among the lost ones: an older value, or one that was deleted. true:
   * it is kept, and listed under `stale`; false: it is left out, and its range under `lost`. Default true.
   */
  keepStale?: boolean;
  /** Clock, files and so on. Default: this Node. */
  runtime?: Runtime;
}

export interface RepairProgress {
  /** In this order. `reading`: LevelDB's files; `keys` and `records`: into the new store; `verifying` that. */
  readonly phase: 'reading' | 'keys' | 'records' | 'verifying';
  /** Bytes so far, and about how many there will be. */
  readonly done: number;
  readonly total: number;
}

export interface RepairReport {
  /** The real path of the new store. */
  readonly location: string;
  /** Keys, records and topics that the new store has. */
  readonly entries: number;
  readonly records: number;
  readonly topics: number;
  /** Nothing in here: everything that was acknowledged is in the new store. */
  readonly lost: readonly Lost[];
  /** Keys that may have had a newer value, or may have been deleted; see `keepStale`. */
  readonly stale: readonly StaleKeys[];
  /** Damage that was found, and what else one should know. */
  readonly warnings: readonly string[];
  readonly ms: number;
}

export type Lost = LostKeys | LostRecords | LostWrites | LostManifest;

/** Where it was, and why it is lost. */
interface LostPlace {
  readonly blobId?: BlobId;
  readonly block?: number;
  readonly reason: string;
}

/** Whatever stood there under these keys, both inclusive; a missing end is open. */
export interface LostKeys extends LostPlace {
  readonly what: 'keys';
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
}

/** Records of a topic partition, both offsets inclusive; offsets that a compaction had left out are not told from others. */
export interface LostRecords extends LostPlace {
  readonly what: 'records';
  readonly topic: string;
  readonly partition: number;
  readonly from: Offset;
  /** Absent: to the last one. */
  readonly to?: Offset;
}

/** Groups of writes in the log, of keys and topics that nobody knows. */
export interface LostWrites {
  readonly what: 'writes';
  /** In `wal/`. */
  readonly file: string;
  readonly offset: number;
  /** Absent: the file is not there. */
  readonly bytes?: number;
  /** Absent: nobody knows how many. */
  readonly groups?: number;
  readonly reason: string;
}

/** What the manifest said: there may have been tables and topics that nothing else speaks of, and what was deleted may be back. */
export interface LostManifest {
  readonly what: 'manifest';
  readonly reason: string;
}

/** Keys of which an older version was found beside a damaged place that may have held a newer one; both inclusive. */
export interface StaleKeys extends LostPlace {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly entries: number;
}
