import type { BlobId, CompactionKind, MessageKey } from './messages.ts';

/** The tree as it is at one moment: what the inspector draws. Bytes and counts; keys as messages have them. */
export interface StoreShape {
  /** The version's number; it ascends with every commit. */
  readonly version: number;
  /** Newest first; they may overlap. */
  readonly minors: readonly TableShapeInfo[];
  /** By level, from the shallowest; inside a level disjoint and ascending. */
  readonly levels: readonly (readonly TableShapeInfo[])[];
  readonly orders: readonly OrderInfo[];
  readonly garbage: readonly GarbageInfo[];
  readonly leases: readonly LeaseInfo[];
}

export interface TableShapeInfo {
  readonly id: BlobId;
  readonly bytes: number;
  readonly entries: number;
  readonly tombstones: number;
  /** Both inclusive. Keys that are not UTF-8 text come as Base64; long ones whole. */
  readonly minKey: MessageKey;
  readonly maxKey: MessageKey;
  /** Bytes that are in it for snapshots only, about. */
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

export interface GarbageInfo {
  readonly id: BlobId;
  readonly bytes: number;
  /** A reader still sees it. */
  readonly pinned: boolean;
}

export interface LeaseInfo {
  readonly owner: string;
  readonly ageMs: number;
  readonly version: number;
  /** Garbage that only this and later releases let go. */
  readonly pinnedBlobs: number;
  readonly pinnedBytes: number;
}
