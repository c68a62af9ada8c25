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
  /** Bytes of keys and values of those. Absent: none. */
  readonly shadowedBytes?: number;
  /** Sequences that were held between its oldest and its newest when it was written: who those are kept for. Absent: none. */
  readonly heldBetween?: number;
  /** Every range delete up to this sequence has been applied: nothing that one covers is left. Absent: none has. */
  readonly clearedTo?: number;
  /** Written before its place in time was known: all entries stand in it with sequence 0 and have the sequence `minSeq` (= `maxSeq`). */
  readonly ingested?: boolean;
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

/** What is added to the sequences that stand in the table: see `ingested`. */
export function seqBaseOf({ ingested, minSeq }: TableMeta): number {
  return ingested === true ? minSeq : 0;
}
