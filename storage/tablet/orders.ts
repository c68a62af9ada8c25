import type { TableMeta } from '../sst/table.ts';
import type { LeasedRange, Order, Place, PlanOptions, PlanView } from './contract.ts';
import type { Bounds } from './ranges.ts';
import { areDisjoint, byMinKey, bytesOf, hullOf, isLeased, overlapping, overlaps } from './ranges.ts';

export type Input = Order['inputs'][number];

export function inputsAt(place: Place, tables: readonly TableMeta[]): Input[] {
  return tables.map((table) => ({ place, table }));
}

/**
 * What an order holds while it runs: its whole range, at every place that it reads and at the one that it writes. One that
 * only drops tables holds these.
 */
export function leasesOf(order: Pick<Order, 'inputs' | 'target' | 'minKey' | 'maxKey' | 'drop'>): LeasedRange[] {
  if (order.drop) return order.inputs.map(({ place, table: { minKey, maxKey } }) => ({ place, minKey, maxKey }));
  const places = new Set<Place>([...order.inputs.map(({ place }) => place), order.target]);
  return [...places].map((place) => ({ place, minKey: order.minKey, maxKey: order.maxKey }));
}

export function isTaken(view: PlanView, places: readonly Place[], bounds: Bounds): boolean {
  return places.some((place) => isLeased(view.leased, place, bounds));
}

export interface Draft {
  readonly kind: Order['kind'];
  readonly reason: string;
  readonly inputs: readonly Input[];
  readonly target: number;
  /** undefined: the tables are rewritten even where moving them would do. */
  readonly moveUpTo?: PlanOptions;
}

/** The planners choose inputs so that nothing between them and the target is older than them and left out. */
export function makeOrder(view: PlanView, draft: Draft): Order {
  const tables = draft.inputs.map(({ table }) => table);
  const hull = hullOf(tables);
  const dropTombstones = !hasOlder(view, draft, hull);
  const move = draft.moveUpTo !== undefined && canMove(draft, tables, dropTombstones, draft.moveUpTo.tableBytes);
  const { kind, reason, inputs, target } = draft;
  return { kind, reason, inputs, target, ...hull, dropTombstones, move, bytes: bytesOf(tables) };
}

/**
 * Could a version of one of the order's keys exist that is older than the output and not part of the order? Deeper
 * than the target, also on its way there (hence the leases), or in an older minor that stays behind. What is as deep
 * as the target or less deep is an input, newer, or does not share a key.
 */
function hasOlder(view: PlanView, draft: Draft, hull: Bounds): boolean {
  const { levels } = view.version;
  for (let level = draft.target + 1; level < levels.length; level++) {
    if (overlapping(levels[level], hull).length > 0) return true;
  }
  const arriving = view.leased.some(({ place, ...range }) => place !== 'minor' && place > draft.target && overlaps(range, hull));
  return arriving || hasOlderMinor(view, draft.inputs);
}

function hasOlderMinor(view: PlanView, inputs: readonly Input[]): boolean {
  const minors = inputs.filter(({ place }) => place === 'minor').map(({ table }) => table);
  if (minors.length === 0) return false;
  const taken = new Set(minors.map(({ id }) => id));
  const newest = Math.max(...minors.map(({ maxSeq }) => maxSeq));
  const hull = hullOf(minors);
  return view.version.minors.some((minor) => !taken.has(minor.id) && minor.minSeq < newest && overlaps(minor, hull));
}

/** Small tables are better merged into one, huge ones cut; and a tombstone that may go should not be carried along. */
function canMove(draft: Draft, tables: readonly TableMeta[], dropTombstones: boolean, tableBytes: number): boolean {
  if (draft.inputs.some(({ place }) => place === draft.target)) return false;
  if (tables.length > 1 && bytesOf(tables) < (tables.length * tableBytes) / 4) return false;
  if (tables.some(({ bytes }) => bytes > 4 * tableBytes)) return false;
  if (dropTombstones && tables.some(({ tombstones }) => tombstones > 0)) return false;
  return areDisjoint([...tables].sort(byMinKey));
}
