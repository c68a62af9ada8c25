import type { BlobId } from '../../../protocol/messages.ts';
import { compareBytes } from '../../entry.ts';
import type { TableMeta } from '../../sst/table.ts';

/** A table to be read, whatever is left of it. */
export interface SalvageTable {
  readonly id: BlobId;
  readonly blocks: number;
  /** All its keys are between these, both inclusive. */
  readonly minKey: Uint8Array;
  readonly maxKey: Uint8Array;
  /** Infinity where it is not known. */
  readonly maxSeq: number;
  /** Its entries stand in it without their sequence; this is it. */
  readonly ingestedAt?: number;
}

export function salvageTableOf({ id, blocks, minKey, maxKey, minSeq, maxSeq, ingested }: TableMeta): SalvageTable {
  return { id, blocks, minKey, maxKey, maxSeq, ...(ingested && { ingestedAt: minSeq }) };
}

/** As few rows of tables as can be in which none overlaps another: one cursor serves for each. */
export function rowsOf(tables: readonly SalvageTable[]): SalvageTable[][] {
  const rows: SalvageTable[][] = [];
  for (const table of tables.toSorted((a, b) => compareBytes(a.minKey, b.minKey))) {
    const row = rows.find((one) => compareBytes(one[one.length - 1].maxKey, table.minKey) < 0);
    if (row === undefined) rows.push([table]);
    else row.push(table);
  }
  return rows;
}
