import type { KeyRange } from '../entry.ts';
import { canApplyAny, heldBetween } from '../range-deletes/coverage.ts';
import type { TableMeta } from '../sst/table.ts';
import type { LeasedRange, MajorPlan, MajorRequest, Place, PlanView } from './contract.ts';
import type { Input } from './orders.ts';
import { inputsAt, leasesOf, makeOrder } from './orders.ts';
import { isFree, obsoleteEntries } from './plan-settled.ts';
import type { Bounds } from './ranges.ts';
import { hullOf, overlapping, overlaps, touches } from './ranges.ts';
import { countText, placeText, sizeText } from './words.ts';

/**
 * One order that brings everything in the range into the last level. `nothing`: it is there already, and nothing in
 * it is obsolete; so asking twice is fine.
 */
export function planMajor(view: PlanView, request: MajorRequest): MajorPlan {
  const inputs = majorInputs(view, request.range ?? {});
  if (inputs.length === 0) return { kind: 'nothing', reason: 'everything is in the last level, and nothing in it is obsolete' };
  const target = view.version.levels.length - 1;
  const order = makeOrder(view, { kind: 'major', reason: reasonOf(inputs, target), inputs, target });
  const blockedBy = blockers(view, leasesOf(order));
  if (blockedBy.length === 0) return { kind: 'order', order };
  return {
    kind: 'wait',
    reason: `running orders hold parts of ${[...new Set(blockedBy.map(({ place }) => placeText(place)))].join(', ')}`,
    blockedBy,
  };
}

function blockers(view: PlanView, needed: readonly LeasedRange[]): LeasedRange[] {
  return view.leased.filter((lease) => needed.some((need) => need.place === lease.place && overlaps(need, lease)));
}

/**
 * From the newest place down: what touches the range, and whatever overlaps a table taken above it, since otherwise
 * the newer version would come to stand below the older one. So no older version of any key is left out.
 */
function majorInputs(view: PlanView, range: KeyRange): Input[] {
  const { minors, levels } = view.version;
  const inputs: Input[] = [];
  let hull: Bounds | undefined;
  const take = (place: Place, tables: readonly TableMeta[]) => {
    const above = hull;
    const taken = tables.filter((table) => touches(table, range) || (above !== undefined && overlaps(table, above)));
    if (taken.length === 0) return;
    inputs.push(...inputsAt(place, taken));
    hull = hullOf([above ?? taken[0], ...taken]);
  };
  for (const minor of minors) take('minor', [minor]);
  for (let level = 0; level < levels.length - 1; level++) take(level, levels[level]);
  return [...inputs, ...inputsAt(levels.length - 1, lastLevelInputs(view, range, hull))];
}

/** Neighbours without a gap, since what is merged between two of them would stand across a table left out. */
function lastLevelInputs(view: PlanView, range: KeyRange, hull: Bounds | undefined): readonly TableMeta[] {
  const last = view.version.levels[view.version.levels.length - 1];
  const obsolete = last.filter((table) => touches(table, range) && hasObsolete(view, table));
  const needed = [...obsolete, ...(hull === undefined ? [] : overlapping(last, hull))];
  if (needed.length === 0) return [];
  return overlapping(last, hullOf(hull === undefined ? needed : [...needed, hull]));
}

/** Something that rewriting the table takes out: also where only some of those have gone that it was kept for. */
function hasObsolete({ version, snapshots }: PlanView, table: TableMeta): boolean {
  const isHeldByFewer = heldBetween(table, snapshots) < (table.heldBetween ?? 0);
  if (obsoleteEntries(table) > 0 && (isFree(table, snapshots) || isHeldByFewer)) return true;
  return canApplyAny(table, version.rangeDeletes, snapshots);
}

function reasonOf(inputs: readonly Input[], target: number): string {
  const places = [...new Set(inputs.map(({ place }) => place))].map(placeText).join(', ');
  const bytes = inputs.reduce((sum, { table }) => sum + table.bytes, 0);
  return `asked for: ${countText(inputs.length, 'table')} (${sizeText(bytes)}) of ${places} into level ${target}.`;
}
