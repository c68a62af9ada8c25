import { compareBytes } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Order, Place, Version, VersionEdit } from './contract.ts';
import { EMPTY_EDIT } from './manifest-state.ts';
import { leasesOf } from './orders.ts';
import type { Bounds } from './ranges.ts';
import { byMinKey, isLeased, overlaps } from './ranges.ts';

/** What decides where an ingested table may stand. */
export interface IngestView {
  readonly version: Version;
  /** The orders under way. */
  readonly running: readonly Pick<Order, 'inputs' | 'target' | 'minKey' | 'maxKey'>[];
}

/**
 * Takes tables in whose sequences are given here: one each, ascending from `firstSequence`, above everything in the tree.
 * Tables ascend and are disjoint. Each one goes as deep as it may: nothing above it overlaps it, so that a read which
 * stops at the first version of a key finds the newest, and nothing older is on its way to a place above it.
 */
export function ingestEdit(view: IngestView, tables: readonly TableMeta[], firstSequence: number): VersionEdit {
  const minors = unionOf(view.version.minors);
  const added = tables.map((table, index) => ({ place: placeOf(view, minors, table), table: stamped(table, firstSequence + index) }));
  return { ...EMPTY_EDIT, added, lastSequence: firstSequence + tables.length - 1 };
}

/** Range deletes so far have lower sequences: for this table they are done with. */
function stamped(table: TableMeta, sequence: number): TableMeta {
  return { ...table, ingested: true, clearedTo: sequence, minSeq: sequence, maxSeq: sequence };
}

function placeOf({ version, running }: IngestView, minors: readonly Bounds[], table: Bounds): Place {
  if (touchesAny(minors, table)) return 'minor';
  const met = running.filter((order) => overlaps(order, table));
  const blocked = version.levels.findIndex((level) => touchesAny(level, table));
  // What a running order writes is older than the table.
  const below = Math.min(blocked < 0 ? version.levels.length : blocked, ...met.map(({ target }) => target));
  const leased = met.flatMap(leasesOf);
  for (let level = below - 1; level >= 0; level--) if (!isLeased(leased, level, table)) return level;
  return 'minor';
}

/** Disjoint, ascending ranges that together cover what these cover. */
function unionOf(ranges: readonly Bounds[]): readonly Bounds[] {
  const union: { minKey: Uint8Array; maxKey: Uint8Array }[] = [];
  for (const { minKey, maxKey } of [...ranges].sort(byMinKey)) {
    const last = union.at(-1);
    if (last === undefined || compareBytes(minKey, last.maxKey) > 0) union.push({ minKey, maxKey });
    else if (compareBytes(maxKey, last.maxKey) > 0) last.maxKey = maxKey;
  }
  return union;
}

/** `sorted`: disjoint and ascending. */
function touchesAny(sorted: readonly Bounds[], bounds: Bounds): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(sorted[middle].maxKey, bounds.minKey) < 0) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && compareBytes(sorted[low].minKey, bounds.maxKey) <= 0;
}
