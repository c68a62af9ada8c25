import type { LithifyError } from './errors.ts';

/**
 * The five messages and what they answer. Plain, JSON-able data: a message can be recorded, replayed and sent to
 * another host. (Source: the CompactorMessage enum of the seed `lsm-compactor.rs`.)
 */

/** Blob ids are safe integers, ascending in the order in which blobs were begun. */
export type BlobId = number;
/** Memtables are numbered from 1, ascending in the order in which they were begun, over the life of a store. */
export type MemtableNumber = number;

/** A key inside a message: UTF-8 text, or bytes as Base64. */
export type MessageKey = string | { readonly base64: string };
/** A range of keys inside a message. */
export interface MessageRange {
  /** The first key, inclusive. Default: from the first that there is. */
  readonly gte?: MessageKey;
  /** The key behind the last. Default: to the last that there is. */
  readonly lt?: MessageKey;
}

/** Closes the door, answers what waits, lets running work finish until the deadline, then aborts it. Idempotent. */
export interface Shutdown {
  readonly type: 'Shutdown';
  /** Milliseconds that running work may still take; 0: it is aborted at once. Default: `closeDeadlineMs`. */
  readonly deadlineMs?: number;
}
/** Writes sealed memtables, up to this one, each as one minor SST. Omitted: seals the active one and flushes now. */
export interface MinorCompact {
  readonly type: 'MinorCompact';
  /** The last one that is written, as `stats().memtables` numbers them. */
  readonly memtable?: MemtableNumber;
}
/** Flushes, then merges everything in the range (default: all) into the last level. */
export interface MajorCompaction {
  readonly type: 'MajorCompaction';
  /** Tables that reach over its ends are merged as a whole. */
  readonly range?: MessageRange;
}
/** Deletes these blobs, or all recorded garbage, and gives the space back. Failures stay recorded for a later try. */
export interface GarbageCollect {
  readonly type: 'GarbageCollect';
  /** Only these. For one that is live the reply is LITHIFY_BLOB_IN_USE; the others are deleted all the same. */
  readonly blobIds?: readonly BlobId[];
}
/** Deletes one obsolete blob; the engine sends it by itself when the last lease lets go. */
export interface DeleteBlob {
  readonly type: 'DeleteBlob';
  /** A live one is refused with LITHIFY_BLOB_IN_USE. */
  readonly blobId: BlobId;
}

export type Message = Shutdown | MinorCompact | MajorCompaction | GarbageCollect | DeleteBlob;
export type MessageType = Message['type'];

/** A message on its way. */
export interface Envelope<M extends Message = Message> {
  /** The reply has the same. */
  readonly id: string;
  /** The envelope that this one follows from. */
  readonly causeId?: string;
  /** An address, not a reference: whom the reply is for. */
  readonly replyTo?: string;
  /** What is asked for. */
  readonly message: M;
}

/** What closing came to. */
export interface ShutdownReport {
  readonly type: 'Shutdown';
  /** Requests that were answered with LITHIFY_SHUTTING_DOWN. */
  readonly refused: number;
  /** Jobs that the deadline cut off. */
  readonly aborted: number;
}
/** What was merged, or flushed. */
export interface CompactionReport {
  /** false: there was nothing to do, and that is fine. */
  readonly compacted: boolean;
  /** Tables that were replaced; none by a flush. */
  readonly inputBlobs: readonly BlobId[];
  /** Tables that took their place; tables that only moved are among both. */
  readonly outputBlobs: readonly BlobId[];
  /** Entries that were read from memory or tables, every version for itself. */
  readonly entriesIn: number;
  /** Entries that were written. */
  readonly entriesOut: number;
  /** Of blocks of tables; 0 for what came from memory. */
  readonly bytesRead: number;
  /** Of blocks of the new tables. */
  readonly bytesWritten: number;
}
/** What a MinorCompact came to. */
export interface MinorCompactReport extends CompactionReport {
  readonly type: 'MinorCompact';
  /** The memtables that are now sorted tables, oldest first. */
  readonly memtables: readonly MemtableNumber[];
}
/** What a MajorCompaction came to. */
export interface MajorCompactionReport extends CompactionReport {
  readonly type: 'MajorCompaction';
  /** Into how many it was cut; 0: there was nothing to rewrite. */
  readonly slices: number;
}
/** What a GarbageCollect came to. */
export interface GarbageCollectReport {
  readonly type: 'GarbageCollect';
  /** Gone from disk, their space given back. */
  readonly deleted: readonly BlobId[];
  /** Garbage that a reader still holds; it is deleted when the lease goes. */
  readonly pinned: readonly BlobId[];
}
/** What a DeleteBlob came to. */
export interface DeleteBlobReport {
  readonly type: 'DeleteBlob';
  /** The blob, if it is gone from disk. */
  readonly deleted: readonly BlobId[];
  /** The blob, if a reader still holds it; it is deleted when the lease goes. */
  readonly pinned: readonly BlobId[];
}

/** The report of each message, by its type. */
export interface ReportOf {
  /** When everything is closed. */
  Shutdown: ShutdownReport;
  /** When the memtables are sorted tables. */
  MinorCompact: MinorCompactReport;
  /** When the order is committed. */
  MajorCompaction: MajorCompactionReport;
  /** When the space was given back. */
  GarbageCollect: GarbageCollectReport;
  /** When it is deleted, or known to be held. */
  DeleteBlob: DeleteBlobReport;
}
export type Report = ReportOf[MessageType];

/** What an order was made for; said in events and stats. */
export type CompactionKind = 'minor' | 'regular' | 'major' | 'flush';

/** Exactly one of these for every request. */
export type Reply<R extends Report = Report> =
  | { readonly id: string; readonly ok: true; readonly report: R }
  | { readonly id: string; readonly ok: false; readonly error: LithifyError };
