/**
 * What one entry is, wherever it stands (WAL group, memtable, sorted table): a user key, a sequence number, a kind
 * and a value. Entries are ordered by key ascending (unsigned bytes, a prefix first), then by sequence descending, so
 * that the newest version of a key comes first.
 */

/**
 * On disk, so fixed for ever. Merges and expiring puts are reserved: readers refuse them by name. A range delete has where it
 * starts as its key and where it ends (exclusive; empty: nowhere) as its value, and stands in WAL groups and memtables only.
 */
export const EntryKind = {
  put: 0,
  delete: 1,
  rangeDelete: 2,
  merge: 3,
  expiringPut: 4,
} as const;

export const MAX_KEY_BYTES = 65_535;
/** Sequence numbers are safe integers; a snapshot at `MAX_SEQUENCE` sees everything. */
export const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;

/** Negative, zero or positive, as memcmp; the shorter one first when it is a prefix. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareRanges(a, 0, a.length, b, 0, b.length);
}

/** A plain loop: for keys under about 64 bytes it beats the call into native code. */
export function compareRanges(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Half-open bounds on user keys; a missing side is open. */
export interface KeyRange {
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
}
