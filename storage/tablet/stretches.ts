import { compareBytes } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Order } from './contract.ts';
import type { Slice } from './ledger.ts';
import { byMinKey, firstIndex, isInside } from './ranges.ts';
import { rangeOf } from './slices.ts';

/**
 * Neighbouring slices of an order that are all done and can be committed before the rest of it: no table of the target
 * lies across either end, so the outputs take the place of whole tables. The inputs from above stay where they are;
 * they hold the same versions as the outputs and hide what those dropped. (docs/decisions/0003)
 */
export interface Stretch {
  /** Indexes of the slices, in key order. */
  readonly slices: readonly number[];
  /** The order's inputs from its target that lie in the stretch: at least one. */
  readonly replaced: readonly TableMeta[];
}

/** The longest ones there are now. Where nothing of the target is replaced no space would be won, so those wait. */
export function stretchesOf(order: Pick<Order, 'inputs' | 'target'>, slices: readonly Slice[]): Stretch[] {
  const tables = targetInputs(order).sort(byMinKey);
  return runsOfDone(slices).flatMap((run) => stretchIn(run, tables));
}

/** The tables that the order reads in the level that it writes. */
export function targetInputs({ inputs, target }: Pick<Order, 'inputs' | 'target'>): TableMeta[] {
  return inputs.filter(({ place }) => place === target).map(({ table }) => table);
}

export function inKeyOrder(slices: readonly Slice[]): Slice[] {
  return slices.toSorted(({ range: a }, { range: b }) => {
    if (a.gte === undefined || b.gte === undefined) return Number(a.gte !== undefined) - Number(b.gte !== undefined);
    return compareBytes(a.gte, b.gte);
  });
}

function runsOfDone(slices: readonly Slice[]): Slice[][] {
  const runs: Slice[][] = [[]];
  for (const slice of inKeyOrder(slices)) {
    if (slice.state === 'done') runs[runs.length - 1].push(slice);
    else runs.push([]);
  }
  return runs;
}

function stretchIn(run: readonly Slice[], tables: readonly TableMeta[]): Stretch[] {
  const from = run.findIndex(({ range }) => cutsNone(range.gte, tables));
  const to = run.findLastIndex(({ range }) => cutsNone(range.lt, tables));
  if (from < 0 || to < from) return [];
  const range = rangeOf(run[from].range.gte, run[to].range.lt);
  const replaced = tables.filter((table) => isInside(table, range));
  return replaced.length === 0 ? [] : [{ slices: run.slice(from, to + 1).map(({ index }) => index), replaced }];
}

/** Does each table lie on one side of the key? `tables`: disjoint, ascending; an open end cuts none. */
function cutsNone(key: Uint8Array | undefined, tables: readonly TableMeta[]): boolean {
  if (key === undefined) return true;
  const next = tables[firstIndex(tables, ({ maxKey }) => compareBytes(maxKey, key) >= 0)];
  return next === undefined || compareBytes(next.minKey, key) >= 0;
}
