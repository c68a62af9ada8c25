import type { KeyRange } from '../entry.ts';
import { compareBytes } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Order, Place } from './contract.ts';
import { byMinKey, touches } from './ranges.ts';

/** A key at which some input table can be cut, and the bytes of that table from there to its next such key. */
export interface Boundary {
  readonly key: Uint8Array;
  readonly bytes: number;
}

/**
 * Cuts an order into key ranges of at most about `sliceBytes` of input each; together they cover every key. Cuts stand
 * on user keys, so all versions of a key are in one slice. They stand on `anchors`, the first keys of the tables that
 * the order replaces in its target, wherever what lies between two of these fits into a slice: then each slice can be
 * committed by itself. A slice can be larger by what the boundaries cannot tell.
 */
export function cutSlices(
  order: Pick<Order, 'minKey'>,
  boundaries: readonly Boundary[],
  sliceBytes: number,
  anchors: readonly Uint8Array[] = [],
): KeyRange[] {
  const cuts: Uint8Array[] = [];
  let bytes = 0;
  for (const { key, bytes: more, ahead } of withBytesAhead(boundaries, anchors)) {
    const isNew = compareBytes(key, cuts.at(-1) ?? order.minKey) > 0;
    if (isNew && bytes > 0 && bytes + ahead > sliceBytes) {
      cuts.push(key);
      bytes = 0;
    }
    bytes += more;
  }
  return [...cuts, undefined].map((lt, i) => rangeOf(cuts[i - 1], lt));
}

interface Step extends Boundary {
  /** What a slice has to have room for to go on here: at an anchor everything up to the next one. */
  readonly ahead: number;
}

/** In key order, the anchors among them. */
function withBytesAhead(boundaries: readonly Boundary[], anchors: readonly Uint8Array[]): Step[] {
  const all = [...anchors.map((key) => ({ key, bytes: 0, isAnchor: true })), ...boundaries.map((one) => ({ ...one, isAnchor: false }))];
  all.sort((a, b) => compareBytes(a.key, b.key) || Number(b.isAnchor) - Number(a.isAnchor));
  const steps: Step[] = [];
  let ahead = 0;
  for (const { key, bytes, isAnchor } of all.reverse()) {
    ahead += bytes;
    steps.push({ key, bytes, ahead: isAnchor ? ahead : bytes });
    if (isAnchor) ahead = 0;
  }
  return steps.reverse();
}

export function rangeOf(gte: Uint8Array | undefined, lt: Uint8Array | undefined): KeyRange {
  return { ...(gte && { gte }), ...(lt && { lt }) };
}

/** The inputs that a merge of this range reads, as runs of disjoint, ascending tables: each minor one, each level one. */
export function runsOf(order: Pick<Order, 'inputs'>, range: KeyRange = {}): TableMeta[][] {
  const levels = new Map<Place, TableMeta[]>();
  const runs: TableMeta[][] = [];
  for (const { place, table } of order.inputs) {
    if (!touches(table, range)) continue;
    const run = place === 'minor' ? undefined : levels.get(place);
    if (run) run.push(table);
    else runs.push(newRun(levels, place, table));
  }
  for (const run of runs) run.sort(byMinKey);
  return runs;
}

function newRun(levels: Map<Place, TableMeta[]>, place: Place, table: TableMeta): TableMeta[] {
  const run = [table];
  if (place !== 'minor') levels.set(place, run);
  return run;
}
