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
  readonly bytes: number;
  readonly entries: number;
  readonly tombstones: number;
  /** Both inclusive. Keys that are not UTF-8 text come as Base64; long ones whole. */
  readonly minKey: MessageKey;
  readonly maxKey: MessageKey;
  /** Of its bytes those that are in it for snapshots and iterators only, about. */
  readonly heldBytes: number;
  /** The running order that reads it. */
  readonly order?: number;
}

/** A compaction under way. */
export interface OrderInfo {
  readonly id: number;
  readonly kind: CompactionKind;
  readonly reason: string;
  readonly inputs: readonly BlobId[];
  /** Level that it writes. */
  readonly target: number;
  readonly bytes: number;
  readonly minKey: MessageKey;
  readonly maxKey: MessageKey;
  /** Of how many slices how many are done. */
  readonly slices: number;
  readonly done: number;
}

/** An obsolete blob that is still on disk. */
export interface GarbageInfo {
  readonly id: BlobId;
  readonly bytes: number;
  /** A reader still sees it. */
  readonly pinned: boolean;
}

/** A reader that holds a version of the tree. */
export interface LeaseInfo {
  /** What reads, such as 'iterator', 'subscription' or 'checkpoint'. */
  readonly owner: string;
  readonly ageMs: number;
  readonly version: number;
  /** Garbage that it still sees: it stays at least until this is released, and others may see the same. */
  readonly pinnedBlobs: number;
  readonly pinnedBytes: number;
}
