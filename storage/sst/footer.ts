import { readU64, writeU64 } from '../little-endian.ts';
import type { Block } from './block.ts';
import { corruption } from './damage.ts';
import { FOOTER_BYTES, HEADER_BYTES, TABLE_MAGIC, TABLE_VERSION } from './format.ts';

/** What the footer says of the table as a whole; its entries, one a partition, say the rest. */
export interface TableTotals {
  readonly entries: number;
  readonly tombstones: number;
  readonly minSeq: number;
  readonly maxSeq: number;
}

export function encodeTotals(totals: TableTotals): Uint8Array {
  const preamble = new Uint8Array(FOOTER_BYTES);
  preamble.set(TABLE_MAGIC);
  preamble[7] = TABLE_VERSION;
  writeU64(preamble, 8, totals.entries);
  writeU64(preamble, 16, totals.tombstones);
  writeU64(preamble, 24, totals.minSeq);
  writeU64(preamble, 32, totals.maxSeq);
  return preamble;
}

/** LITHIFY_CORRUPTION when the footer is not one of a table, or of a version that this one cannot read. */
export function decodeTotals(footer: Block): TableTotals {
  const { bytes } = footer;
  const at = footer.base + HEADER_BYTES;
  const isTable = TABLE_MAGIC.every((byte, index) => bytes[at + index] === byte);
  if (!isTable) throw corruption(footer.blobId, footer.number, 'not the footer of a sorted table', { offset: HEADER_BYTES });
  if (bytes[at + 7] !== TABLE_VERSION) {
    throw corruption(footer.blobId, footer.number, 'unknown version of the table format', {
      expected: TABLE_VERSION,
      found: bytes[at + 7],
    });
  }
  return {
    entries: readU64(bytes, at + 8),
    tombstones: readU64(bytes, at + 16),
    minSeq: readU64(bytes, at + 24),
    maxSeq: readU64(bytes, at + 32),
  };
}
