import type { KeyRange } from '../entry.ts';
import { compareBytes } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';
import type { LeasedRange, Place } from './contract.ts';

/** A range of user keys, both ends inclusive. */
export interface Bounds {
  readonly minKey: Uint8Array;
  readonly maxKey: Uint8Array;
}

export function overlaps(a: Bounds, b: Bounds): boolean {
  return compareBytes(a.minKey, b.maxKey) <= 0 && compareBytes(b.minKey, a.maxKey) <= 0;
}

export function isWithin(inner: Bounds, outer: Bounds): boolean {
  return compareBytes(inner.minKey, outer.minKey) >= 0 && compareBytes(inner.maxKey, outer.maxKey) <= 0;
}

export function touches(bounds: Bounds, range: KeyRange): boolean {
  if (range.gte !== undefined && compareBytes(bounds.maxKey, range.gte) < 0) return false;
  return range.lt === undefined || compareBytes(bounds.minKey, range.lt) < 0;
}

/** Is every key of the bounds in the range? */
export function isInside(bounds: Bounds, { gte, lt }: KeyRange): boolean {
  return (gte === undefined || compareBytes(bounds.minKey, gte) >= 0) && (lt === undefined || compareBytes(bounds.maxKey, lt) < 0);
}

/** The smallest range that holds all of them; there must be at least one. */
export function hullOf(items: readonly Bounds[]): Bounds {
  let { minKey, maxKey } = items[0];
  for (const item of items) {
    if (compareBytes(item.minKey, minKey) < 0) minKey = item.minKey;
    if (compareBytes(item.maxKey, maxKey) > 0) maxKey = item.maxKey;
  }
  return { minKey, maxKey };
}

/** The tables of a level (disjoint, ascending) that overlap the bounds: two binary searches. */
export function overlapping(level: readonly TableMeta[], bounds: Bounds): readonly TableMeta[] {
  const from = firstIndex(level, (table) => compareBytes(table.maxKey, bounds.minKey) >= 0);
  const to = firstIndex(level, (table) => compareBytes(table.minKey, bounds.maxKey) > 0);
  return from < to ? level.slice(from, to) : [];
}

/** The first index for which `isBehind` holds; it must stay true once it is. */
export function firstIndex(level: readonly TableMeta[], isBehind: (table: TableMeta) => boolean): number {
  let low = 0;
  let high = level.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(level[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function byMinKey(a: Bounds, b: Bounds): number {
  return compareBytes(a.minKey, b.minKey);
}

/** Sorted by `byMinKey`, is no key in two of them? */
export function areDisjoint(sorted: readonly Bounds[]): boolean {
  for (let i = 1; i < sorted.length; i++) {
    if (compareBytes(sorted[i - 1].maxKey, sorted[i].minKey) >= 0) return false;
  }
  return true;
}

export function isLeased(leased: readonly LeasedRange[], place: Place, bounds: Bounds): boolean {
  return leased.some((lease) => lease.place === place && overlaps(lease, bounds));
}

export function bytesOf(tables: readonly { readonly bytes: number }[]): number {
  let bytes = 0;
  for (const table of tables) bytes += table.bytes;
  return bytes;
}
