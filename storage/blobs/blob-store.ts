import type { BlobId } from '../../protocol/messages.ts';

/**
 * Immutable, numbered byte objects made of numbered blocks. A blob becomes visible, whole and durable, when its
 * writer closes; until then `read`, `size` and `list` behave as if it were not there.
 */
export interface BlobStore {
  /** Ids ascend; an id is used once in the life of a store. */
  create(id: BlobId): BlobWriter;
  /** Rejects with LITHIFY_READER_UNAVAILABLE when the block is missing, LITHIFY_BLOB_STORE when reading fails. */
  read(id: BlobId, block: number): Promise<Uint8Array>;
  /** The same without leaving the thread. */
  readSync(id: BlobId, block: number): Uint8Array;
  /** undefined: no such (visible) blob. */
  size(id: BlobId): Promise<BlobSize | undefined>;
  /** Durable. Deleting what is missing succeeds. `blocks`: how many there are, when the caller knows; saves a look-up. */
  delete(id: BlobId, blocks?: number): Promise<void>;
  /** Visible blobs, ascending. */
  list(): Promise<BlobId[]>;
  /** Blobs without a closed writer: what a crash left behind. Only meaningful while nobody writes. */
  listUnfinished(): Promise<BlobId[]>;
  /**
   * Gives the space of deleted blobs back to the file system, in small steps; `shouldStop` is asked between steps.
   * `blobs`: what was deleted, ascending, with its bytes.
   */
  reclaim(blobs: readonly DeletedBlob[], shouldStop: () => boolean): Promise<ReclaimReport>;
}

export interface BlobSize {
  readonly blocks: number;
  /** Sum of the blocks' lengths. */
  readonly bytes: number;
}

export interface DeletedBlob {
  readonly id: BlobId;
  readonly bytes: number;
  /** How many blocks there were; lets the space of a large blob be given back in several steps. */
  readonly blocks?: number;
}

export interface ReclaimReport {
  /** Blobs whose space has been given back; the rest is for a later call. */
  readonly done: readonly BlobId[];
  readonly stopped: boolean;
}

export interface BlobWriter {
  readonly id: BlobId;
  /** Blocks appended so far: the number that the next block gets. */
  readonly blocks: number;
  readonly bytes: number;
  /**
   * Appends a block; the writer owns the bytes from here on. A returned promise is back-pressure: await it before the
   * next call. Errors of earlier writes surface here or in `close`.
   */
  append(block: Uint8Array): Promise<void> | undefined;
  /** Makes the blob durable, then visible. */
  close(): Promise<BlobSize>;
  /** Deletes what was written so far; never rejects. */
  abort(): Promise<void>;
}
