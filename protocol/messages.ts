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
export interface MessageRange {
  readonly gte?: MessageKey;
  readonly lt?: MessageKey;
}

/** Closes the door, answers what waits, lets running work finish until the deadline, then aborts it. Idempotent. */
export interface Shutdown {
  readonly type: 'Shutdown';
  readonly deadlineMs?: number;
}
/** Writes sealed memtables, up to this one, each as one minor SST. Omitted: seals the active one and flushes now. */
export interface MinorCompact {
  readonly type: 'MinorCompact';
  readonly memtable?: MemtableNumber;
}
/** Flushes, then merges everything in the range (default: all) into the last level. */
export interface MajorCompaction {
  readonly type: 'MajorCompaction';
  readonly range?: MessageRange;
}
/** Deletes these blobs, or all recorded garbage, and gives the space back. Failures stay recorded for a later try. */
export interface GarbageCollect {
  readonly type: 'GarbageCollect';
  readonly blobIds?: readonly BlobId[];
}
/** Deletes one obsolete blob; the engine sends it by itself when the last lease lets go. */
export interface DeleteBlob {
  readonly type: 'DeleteBlob';
  readonly blobId: BlobId;
}

export type Message = Shutdown | MinorCompact | MajorCompaction | GarbageCollect | DeleteBlob;
export type MessageType = Message['type'];

export interface Envelope<M extends Message = Message> {
  readonly id: string;
  /** The envelope that this one follows from. */
  readonly causeId?: string;
  /** An address, not a reference: whom the reply is for. */
  readonly replyTo?: string;
  readonly message: M;
}

export interface ShutdownReport {
  readonly type: 'Shutdown';
  /** Requests that were answered with LITHIFY_SHUTTING_DOWN. */
  readonly refused: number;
  /** Jobs that the deadline cut off. */
  readonly aborted: number;
}
export interface CompactionReport {
  /** false: there was nothing to do, and that is fine. */
  readonly compacted: boolean;
  readonly inputBlobs: readonly BlobId[];
  readonly outputBlobs: readonly BlobId[];
  readonly entriesIn: number;
  readonly entriesOut: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}
export interface MinorCompactReport extends CompactionReport {
  readonly type: 'MinorCompact';
  /** The memtables that are now sorted tables, oldest first. */
  readonly memtables: readonly MemtableNumber[];
}
export interface MajorCompactionReport extends CompactionReport {
  readonly type: 'MajorCompaction';
  readonly slices: number;
}
export interface GarbageCollectReport {
  readonly type: 'GarbageCollect';
  readonly deleted: readonly BlobId[];
  /** Garbage that a reader still holds; it is deleted when the lease goes. */
  readonly pinned: readonly BlobId[];
}
export interface DeleteBlobReport {
  readonly type: 'DeleteBlob';
  readonly deleted: readonly BlobId[];
  readonly pinned: readonly BlobId[];
}

export interface ReportOf {
  Shutdown: ShutdownReport;
  MinorCompact: MinorCompactReport;
  MajorCompaction: MajorCompactionReport;
  GarbageCollect: GarbageCollectReport;
  DeleteBlob: DeleteBlobReport;
}
export type Report = ReportOf[MessageType];

/** What an order was made for; said in events and stats. */
export type CompactionKind = 'minor' | 'regular' | 'major' | 'flush';

/** Exactly one of these for every request. */
export type Reply<R extends Report = Report> =
  | { readonly id: string; readonly ok: true; readonly report: R }
  | { readonly id: string; readonly ok: false; readonly error: LithifyError };
