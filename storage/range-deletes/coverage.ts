import { compareBytes, MAX_SEQUENCE } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';
import type { CoverTree } from './cover-tree.ts';
import { keyFraction } from './key-fraction.ts';
import type { RangeDelete, RangeDeletes } from './range-deletes.ts';
import { stretchesIn } from './stretches.ts';

/** What is looked at of a table. */
export type Span = Pick<TableMeta, 'minKey' | 'maxKey' | 'minSeq' | 'maxSeq' | 'clearedTo'>;

/**
 * Snapshots cut the sequences into stripes: how many of them do not see this one. Two sequences of one stripe are seen by
 * the same snapshots. `snapshots`: ascending.
 */
export function stripeOf(snapshots: readonly number[], seq: number): number {
  let low = 0;
  let high = snapshots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (snapshots[middle] < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many snapshots tell the oldest from the newest version of such a table. */
export function heldBetween({ minSeq, maxSeq }: Pick<TableMeta, 'minSeq' | 'maxSeq'>, snapshots: readonly number[]): number {
  return stripeOf(snapshots, maxSeq) - stripeOf(snapshots, minSeq);
}

/**
 * Range deletes up to this sequence can be applied to such a table without a rest; of what a newer one covers, the
 * oldest snapshot that reads in the table may see something.
 */
export function clearableTo(minSeq: number, snapshots: readonly number[]): number {
  return snapshots[stripeOf(snapshots, minSeq)] ?? MAX_SEQUENCE;
}

/** `clearedTo` of a table that was written with all range deletes up to `appliedTo`. */
export function clearedTo(minSeq: number, appliedTo: number, snapshots: readonly number[]): number {
  return Math.min(appliedTo, clearableTo(minSeq, snapshots));
}

/** May the table hold something that the range delete covers? */
export function isUnapplied(table: Span, { start, end, seq }: RangeDelete): boolean {
  if (table.minSeq >= seq || (table.clearedTo ?? -1) >= seq || compareBytes(table.maxKey, start) < 0) return false;
  return end === undefined || compareBytes(table.minKey, end) < 0;
}

/** Would rewriting the table take out all that the range delete covers? */
export function canApply(table: Span, one: RangeDelete, snapshots: readonly number[]): boolean {
  return isUnapplied(table, one) && one.seq <= clearableTo(table.minSeq, snapshots);
}

/** Is there one for which `canApply` holds? Without asking each. */
export function canApplyAny(table: Span, rangeDeletes: RangeDeletes, snapshots: readonly number[]): boolean {
  const applied = appliedTo(table);
  if (applied >= rangeDeletes.newest) return false;
  return stretchesUnder(table, rangeDeletes, snapshots).some(({ seq }) => seq > applied);
}

/** No range delete up to here covers anything in the table. */
function appliedTo({ minSeq, clearedTo = -1 }: Span): number {
  return Math.max(minSeq, clearedTo);
}

/** In its range, of those that could be applied without a rest. */
function stretchesUnder({ minKey, maxKey, minSeq }: Span, rangeDeletes: RangeDeletes, snapshots: readonly number[]): CoverTree[] {
  return stretchesIn(rangeDeletes.treeAt(clearableTo(minSeq, snapshots)), minKey, maxKey);
}

/** Is everything in the table deleted, and does nobody read at a moment from before that? */
export function isGone(table: Span, rangeDeletes: RangeDeletes, snapshots: readonly number[]): boolean {
  const { minKey, maxKey, maxSeq } = table;
  if (maxSeq >= rangeDeletes.newest) return false;
  let reached: Uint8Array | undefined = minKey;
  for (const { start, end, seq } of stretchesUnder(table, rangeDeletes, snapshots)) {
    if (reached === undefined || compareBytes(start, reached) > 0 || seq <= maxSeq) return false;
    reached = end;
  }
  // Without a stretch the first key is as far as it goes.
  return reached === undefined || compareBytes(reached, maxKey) > 0;
}

/**
 * The share of the table, 0 to 1, that rewriting it would free: an estimate from its bounds alone, as if its keys and
 * sequences were spread evenly between them. 0 also where nothing can be applied without a rest.
 */
export function coveredShare(table: Span, rangeDeletes: RangeDeletes, snapshots: readonly number[]): number {
  const { minSeq, maxSeq } = table;
  const applied = appliedTo(table);
  if (applied >= rangeDeletes.newest) return 0;
  let share = 0;
  for (const stretch of stretchesUnder(table, rangeDeletes, snapshots)) {
    if (stretch.seq > applied) share += widthIn(table, stretch) * Math.min(1, (stretch.seq - minSeq) / (maxSeq - minSeq + 1));
  }
  return Math.min(1, share);
}

function widthIn({ minKey, maxKey }: Span, { start, end }: CoverTree): number {
  const to = end === undefined || compareBytes(end, maxKey) > 0 ? 1 : keyFraction(end, minKey, maxKey);
  return to - (compareBytes(start, minKey) <= 0 ? 0 : keyFraction(start, minKey, maxKey));
}
