import type { BlobId, CompactionKind, MessageKey } from './messages.ts';

/** The tree as it is at one moment: what the inspector draws. Bytes and counts; keys as messages have them. */
export interface StoreShape {
  /** The version's number; it ascends with every commit. */
  readonly version: number;
  /** Newest first; they may overlap. */
  readonly minors: readonly TableShapeInfo[];
  /** By level, from the shallowest; inside a level disjoint and ascending. */
  readonly levels: readonly (readonly TableShapeInfo[])[];
  /** Compactions under way. */
  readonly orders: readonly OrderInfo[];
  /** Obsolete blobs that are not deleted yet. */
  readonly garbage: readonly GarbageInfo[];
  /** Readers of the tree, each at a version that it keeps. */
  readonly leases: readonly LeaseInfo[];
}

/** A sorted table. */
export interface TableShapeInfo {
  /** What `engine.why.onDisk` takes. */
  readonly id: BlobId;
  /** Of its blocks, as they were before LevelDB compressed them. */
  readonly bytes: number;
  /** Tombstones and versions that are kept for snapshots included. */
  readonly entries: number;
  /** Deletions among these entries. */
  readonly tombstones: number;
  /** The first, inclusive. A key that is not UTF-8 text comes as Base64; a long one whole. */
  readonly minKey: MessageKey;
  /** The last, inclusive; written alike. */
  readonly maxKey: MessageKey;
  /** Of its bytes those that are in it for snapshots and iterators only, about. */
  readonly heldBytes: number;
  /** The running order that reads it. */
  readonly order?: number;
}

/** A compaction under way. */
export interface OrderInfo {
  /** Ascending from 1 since open. */
  readonly id: number;
  /** What it was made for. */
  readonly kind: CompactionKind;
  /** Why it was made, as a sentence. */
  readonly reason: string;
  /** Tables that it reads; those that finished slices have replaced go from the list. */
  readonly inputs: readonly BlobId[];
  /** Level that it writes. */
  readonly target: number;
  /** Of the tables that it began with. */
  readonly bytes: number;
  /** The first key of these, inclusive; as in a table. */
  readonly minKey: MessageKey;
  /** The last, inclusive. */
  readonly maxKey: MessageKey;
  /** Into how many it was cut, further ones that a yielding slice left included; 0: nothing is rewritten. */
  readonly slices: number;
  /** How many of them are. */
  readonly done: number;
}

/** An obsolete blob that is still on disk. */
export interface GarbageInfo {
  /** What `engine.why.onDisk` takes. */
  readonly id: BlobId;
  /** Of its blocks. */
  readonly bytes: number;
  /** A reader still sees it. */
  readonly pinned: boolean;
}

/** A reader that holds a version of the tree. */
export interface LeaseInfo {
  /** What reads, such as 'iterator', 'subscription' or 'checkpoint'. */
  readonly owner: string;
  /** Milliseconds since it began to hold it. */
  readonly ageMs: number;
  /** Number of the version that it keeps. */
  readonly version: number;
  /** Garbage that it still sees: it stays at least until this is released, and others may see the same. */
  readonly pinnedBlobs: number;
  /** Of these blobs. */
  readonly pinnedBytes: number;
}
