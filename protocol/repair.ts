import type { Offset } from './log.ts';
import type { BlobId } from './messages.ts';
import type { OpenOptions } from './options.ts';
import type { Runtime } from './runtime.ts';

/** What `repair` takes; all of it may be left out. */
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

/** How far a repair is in the phase that is under way. */
export interface RepairProgress {
  /** In this order. `reading`: LevelDB's files; `keys` and `records`: into the new store; `verifying` that. */
  readonly phase: 'reading' | 'keys' | 'records' | 'verifying';
  /** Bytes of this phase so far. */
  readonly done: number;
  /** About how many bytes there will be. */
  readonly total: number;
}

/** What was salvaged, and what was not. */
export interface RepairReport {
  /** The real path of the new store. */
  readonly location: string;
  /** Keys that the new store has. */
  readonly entries: number;
  /** Records of topics that it has. */
  readonly records: number;
  /** Topics that it has. */
  readonly topics: number;
  /** Nothing in here: everything that was acknowledged is in the new store. */
  readonly lost: readonly Lost[];
  /** Keys that may have had a newer value, or may have been deleted; see `keepStale`. */
  readonly stale: readonly StaleKeys[];
  /** Damage that was found, and what else one should know. */
  readonly warnings: readonly string[];
  /** Milliseconds that all of it took. */
  readonly ms: number;
}

export type Lost = LostKeys | LostRecords | LostWrites | LostManifest;

/** Where it was, and why it is lost. */
interface LostPlace {
  /** Absent: nobody knows which. */
  readonly blobId?: BlobId;
  /** Its number in the blob; absent: the blob as a whole. */
  readonly block?: number;
  /** A sentence. */
  readonly reason: string;
}

/** Whatever stood there under these keys, both inclusive; a missing end is open. */
export interface LostKeys extends LostPlace {
  readonly what: 'keys';
  /** The first; absent: from the first that there was. */
  readonly from?: Uint8Array;
  /** The last; absent: to the last that there was. */
  readonly to?: Uint8Array;
}

/** Records of a topic partition, both offsets inclusive; offsets that a compaction had left out are not told from others. */
export interface LostRecords extends LostPlace {
  readonly what: 'records';
  /** The topic's name. */
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** The first. */
  readonly from: Offset;
  /** Absent: to the last one. */
  readonly to?: Offset;
}

/** Groups of writes in the log, of keys and topics that nobody knows. */
export interface LostWrites {
  readonly what: 'writes';
  /** In `wal/`. */
  readonly file: string;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** Absent: the file is not there. */
  readonly bytes?: number;
  /** Absent: nobody knows how many. */
  readonly groups?: number;
  /** A sentence. */
  readonly reason: string;
}

/** What the manifest said: there may have been tables and topics that nothing else speaks of, and what was deleted may be back. */
export interface LostManifest {
  readonly what: 'manifest';
  /** A sentence. */
  readonly reason: string;
}

/** Keys of which an older version was found beside a damaged place that may have held a newer one; both inclusive. */
export interface StaleKeys extends LostPlace {
  /** The first. */
  readonly from: Uint8Array;
  /** The last. */
  readonly to: Uint8Array;
  /** How many of them the new store has. */
  readonly entries: number;
}
