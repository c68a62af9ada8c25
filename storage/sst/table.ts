import type { BlobId } from '../../protocol/messages.ts';

/** What the manifest knows of one sorted table: enough to plan and to route reads without opening it. */
export interface TableMeta {
  readonly id: BlobId;
  /** Blocks of the blob, footer included; the footer is block `blocks - 1`. */
  readonly blocks: number;
  /** Bytes of all blocks. */
  readonly bytes: number;
  readonly entries: number;
  readonly tombstones: number;
  /** Entries behind a newer version of the same key in this table: kept for snapshots only. Absent: none. */
  readonly shadowed?: number;
  /** First and last user key, both inclusive. */
  readonly minKey: Uint8Array;
  readonly maxKey: Uint8Array;
  readonly minSeq: number;
  readonly maxSeq: number;
}

/** How tables are cut. All sizes in bytes. */
export interface TableShape {
  readonly blockBytes: number;
  readonly tableBytes: number;
  /** Bloom filter bits per key: 10 gives just under 1 % false positives. */
  readonly bloomBitsPerKey: number;
}
