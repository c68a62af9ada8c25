import type { BlobId, MessageKey } from '../../protocol/messages.ts';
import type { GarbageInfo, OrderInfo, StoreShape, TableShapeInfo } from '../../protocol/shape.ts';
import { messageKey } from '../../storage/message-key.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { pinnedIn } from '../../storage/tablet/pinned.ts';
import type { TabletState } from '../../storage/tablet/tablet-state.ts';
import type { Core } from '../core.ts';

/** The tree as it is now. It is asked for often and tables live long: what of a table never changes is made once. */
export function shapeOf({ tablet, snapshots }: Pick<Core, 'tablet' | 'snapshots'>): StoreShape {
  const { state } = tablet;
  const { version } = state;
  const held = snapshots.sequences;
  const readers = readersOf(state);
  const infoOf = (table: TableMeta): TableShapeInfo => {
    const order = readers.get(table.id);
    const heldBytes = held.length === 0 ? 0 : Math.round(pinnedIn(table, version, held));
    return { ...fixedPart(table), heldBytes, ...(order !== undefined && { order }) };
  };
  return {
    version: version.number,
    minors: version.minors.map(infoOf),
    levels: version.levels.map((level) => level.map(infoOf)),
    orders: ordersOf(state),
    garbage: garbageOf(state),
    leases: state.holders(),
  };
}

/** The compactions under way, oldest first. */
export function ordersOf({ orders }: Pick<TabletState, 'orders'>): OrderInfo[] {
  return orders.ids.map((id) => {
    const { kind, reason, target, bytes, minKey, maxKey } = orders.order(id);
    const slices = orders.slices(id);
    return {
      ...{ id, kind, reason, target, bytes, minKey: messageKey(minKey), maxKey: messageKey(maxKey) },
      inputs: orders.inputs(id).map(({ table }) => table.id),
      slices: slices.length,
      done: slices.filter(({ state }) => state === 'done' || state === 'committed').length,
    };
  });
}

/** By table: the order that reads it. */
function readersOf({ orders }: TabletState): Map<BlobId, number> {
  return new Map(orders.ids.flatMap((id) => orders.inputs(id).map(({ table }) => [table.id, id] as const)));
}

function garbageOf(tablet: TabletState): GarbageInfo[] {
  const pinned = new Set(tablet.collectable().pinned);
  return tablet.state.garbage.map(({ id, bytes }) => ({ id, bytes, pinned: pinned.has(id) }));
}

type FixedPart = Omit<TableShapeInfo, 'heldBytes' | 'order'>;
const FIXED = new WeakMap<TableMeta, FixedPart>();

function fixedPart(table: TableMeta): FixedPart {
  const known = FIXED.get(table);
  if (known !== undefined) return known;
  const { id, bytes, entries, tombstones } = table;
  const [minKey, maxKey]: MessageKey[] = [messageKey(table.minKey), messageKey(table.maxKey)];
  const made: FixedPart = { id, bytes, entries, tombstones, minKey, maxKey };
  FIXED.set(table, made);
  return made;
}
