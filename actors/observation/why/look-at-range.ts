import type { MessageRange } from '../../../protocol/messages.ts';
import { bytesOfKey } from '../../../protocol/validate.ts';
import { compareBytes, type KeyRange } from '../../../storage/entry.ts';
import { canApplyAny } from '../../../storage/range-deletes/coverage.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import type { Version } from '../../../storage/tablet/contract.ts';
import { pinnedIn } from '../../../storage/tablet/pinned.ts';
import { obsoleteEntries } from '../../../storage/tablet/plan-settled.ts';
import { bytesOf, touches } from '../../../storage/tablet/ranges.ts';
import type { Core } from '../../core.ts';
import { muchGarbage } from '../../noticing.ts';
import type { Observed } from '../observation.ts';
import { ordersOf } from '../shape.ts';
import type { RangeFacts } from './range-facts.ts';
import { surroundingsOf } from './surroundings.ts';

/** So many who hold something are named. */
const MOST_HOLDS = 5;

export function lookAtRange(engine: Observed, core: Core, range: MessageRange): RangeFacts {
  const { tablet, snapshots, memtables, writer } = core;
  const { version } = tablet.state;
  const keys = keyRange(range);
  const isIn = isEmpty(keys) ? () => false : (table: Pick<TableMeta, 'minKey' | 'maxKey'>) => touches(table, keys);
  const inRange = (tables: readonly TableMeta[]) => tables.filter(isIn);
  const minors = inRange(version.minors);
  const levels = version.levels.map((level, index) => ({ level: index, tables: inRange(level) })).filter(({ tables }) => tables.length > 0);
  const all = [minors, ...levels.map(({ tables }) => tables)].flat();
  const { order, notPicked } = tablet.planFor(snapshots.held);
  const planned = order && { kind: order.kind, reason: order.reason, touches: isIn(order) };
  const { active, sealed, bytes } = memtables.stats();
  const entries = active.entries + sealed.reduce((sum, one) => sum + one.entries, 0);
  return {
    range,
    around: surroundingsOf(engine),
    minors: sizeOf(minors),
    levels: levels.map(({ level, tables }) => ({ level, ...sizeOf(tables) })),
    running: runningIn(core, isIn),
    ...(planned && { planned }),
    notPicked,
    isGarbageFirst: isGarbageFirst(core),
    ...keptFor(core, all),
    obsolete: all.reduce((sum, table) => sum + droppable(version, table), 0),
    memory: { entries, bytes, sealed: sealed.length },
    failing: (['plan', 'slice'] as const).flatMap((work) => writer.room.failing(work) ?? []),
  };
}

function keyRange({ gte, lt }: MessageRange): KeyRange {
  return { ...(gte !== undefined && { gte: bytesOfKey(gte) }), ...(lt !== undefined && { lt: bytesOfKey(lt) }) };
}

function sizeOf(tables: readonly TableMeta[]): { tables: number; bytes: number } {
  return { tables: tables.length, bytes: bytesOf(tables) };
}

/** From a key to one that is not above it: nothing can be in there, though tables reach over it. */
function isEmpty({ gte, lt }: KeyRange): boolean {
  return gte !== undefined && lt !== undefined && compareBytes(gte, lt) >= 0;
}

function runningIn({ tablet: { state } }: Core, isIn: (order: Pick<TableMeta, 'minKey' | 'maxKey'>) => boolean): RangeFacts['running'] {
  const touching = new Set(state.orders.ids.filter((id) => isIn(state.orders.order(id))));
  return ordersOf(state).filter(({ id }) => touching.has(id));
}

function isGarbageFirst({ tablet, options }: Core): boolean {
  return bytesOf(tablet.collectable().deletable) >= muchGarbage(tablet.liveBytes, options);
}

/** Who reads at a moment for which one of the tables has been kept as it is. */
function keptFor({ tablet, snapshots }: Core, tables: readonly TableMeta[]): Pick<RangeFacts, 'keptBytes' | 'holds'> {
  const { held } = snapshots;
  if (held.length === 0) return { keptBytes: 0, holds: [] };
  const { version } = tablet.state;
  let keptBytes = 0;
  let [from, to] = [Number.POSITIVE_INFINITY, version.rangeDeletes.newest];
  for (const table of tables) {
    const bytes = pinnedIn(table, version, held);
    if (bytes === 0) continue;
    keptBytes += bytes;
    from = Math.min(from, table.minSeq);
    to = Math.max(to, table.maxSeq);
  }
  return { keptBytes: Math.round(keptBytes), holds: keptBytes === 0 ? [] : snapshots.holdsBetween(from, to, MOST_HOLDS) };
}

function droppable(version: Version, table: TableMeta): number {
  const { entries } = table;
  return canApplyAny(table, version.rangeDeletes, []) ? entries : obsoleteEntries(table);
}
