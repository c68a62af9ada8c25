import { codeOf } from '../../../protocol/errors.ts';
import type { BlobId } from '../../../protocol/messages.ts';
import type { OrderInfo } from '../../../protocol/shape.ts';
import { messageKey } from '../../../storage/message-key.ts';
import { coveredShare } from '../../../storage/range-deletes/coverage.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import type { Place, Version } from '../../../storage/tablet/contract.ts';
import { sees } from '../../../storage/tablet/leases.ts';
import { obsoleteEntries } from '../../../storage/tablet/plan-settled.ts';
import { bytesOf, overlapping } from '../../../storage/tablet/ranges.ts';
import type { Core } from '../../core.ts';
import { muchGarbage } from '../../noticing.ts';
import type { Observed } from '../observation.ts';
import { ordersOf } from '../shape.ts';
import type { BlobFacts, CollectionFacts, GarbageFacts, TableFacts } from './blob-facts.ts';
import { logsIn, valueIn } from './look-at-logs.ts';
import { surroundingsOf } from './surroundings.ts';

/** So many who hold something are named. */
const MOST_HOLDS = 5;

/** Everything about a blob that this moment knows. */
export function lookAtBlob(engine: Observed, core: Core, id: BlobId): BlobFacts {
  const { tablet, store } = core;
  const { version } = tablet.state;
  const found = tableOf(version, id);
  const obsolete = tablet.state.obsolete(id);
  const recordOf = valueIn(engine, core, id);
  const outputOf = orderThatWrote(core, id);
  const ingest = core.ingests.holding(id);
  return {
    id,
    around: surroundingsOf(engine),
    ...(found && { table: tableFacts(core, found) }),
    logs: logsIn(engine, core, id),
    ...(recordOf && { recordOf }),
    isStaged: version.logs.staged.has(id),
    ...(obsolete && { garbage: garbageFacts(engine, core, obsolete) }),
    ...(outputOf && { outputOf }),
    ...(ingest && { ingest }),
    ...(store.isOpen && { isStored: isStored(core, id) }),
    wasGiven: store.isOpen ? store.hasGiven(id) : true,
  };
}

interface Found {
  readonly place: Place;
  readonly table: TableMeta;
}

function tableOf({ minors, levels }: Version, id: BlobId): Found | undefined {
  const minor = minors.find((table) => table.id === id);
  if (minor !== undefined) return { place: 'minor', table: minor };
  for (const [place, level] of levels.entries()) {
    const table = level.find((one) => one.id === id);
    if (table !== undefined) return { place, table };
  }
  return undefined;
}

function tableFacts({ tablet, snapshots, runtime }: Core, { place, table }: Found): TableFacts {
  const { state } = tablet;
  const { rangeDeletes } = state.version;
  const { bytes, entries, tombstones, shadowed = 0, shadowedBytes = 0, minSeq, maxSeq } = table;
  const origin = state.originOf(table.id);
  const order = ordersOf(state).find(({ inputs }) => inputs.includes(table.id));
  const deletedShare = coveredShare(table, rangeDeletes, []);
  return {
    ...{ place, bytes, entries, tombstones, shadowed, shadowedBytes, obsolete: obsoleteEntries(table) },
    minKey: messageKey(table.minKey),
    maxKey: messageKey(table.maxKey),
    ...(origin && { origin: { by: origin.by, version: origin.version, ageMs: runtime.clock.now() - origin.at } }),
    hasOlder: hasOlder(state.version, place, table),
    holds: snapshots.holdsBetween(minSeq, maxSeq, MOST_HOLDS),
    ...{ deletedShare, freeableShare: deletedShare === 0 ? 0 : coveredShare(table, rangeDeletes, snapshots.held) },
    deletedHolds: deletedShare === 0 ? [] : snapshots.holdsBetween(minSeq, rangeDeletes.newest, MOST_HOLDS),
    ...(order && { order }),
  };
}

/** Deeper, or among the minors below it. */
function hasOlder({ minors, levels }: Version, place: Place, table: TableMeta): boolean {
  if (place === 'minor' && minors.some((minor) => minor.maxSeq < table.minSeq && overlapping([minor], table).length > 0)) return true;
  return levels.slice(place === 'minor' ? 0 : place + 1).some((level) => overlapping(level, table).length > 0);
}

function garbageFacts(engine: Observed, core: Core, obsolete: { bytes: number; addedAt: number; obsoleteAt: number }): GarbageFacts {
  const holders = core.tablet.state.holders().filter(({ version }) => sees(version, obsolete));
  return { bytes: obsolete.bytes, since: obsolete.obsoleteAt, holders, collection: collectionFacts(engine, core) };
}

function collectionFacts({ notices }: Observed, { tablet, writer, options }: Core): CollectionFacts {
  const failing = writer.room.failing('collect');
  return {
    deletableBytes: bytesOf(tablet.collectable().deletable),
    startsAtBytes: Math.round(muchGarbage(tablet.liveBytes, options)),
    isTidying: notices.isTidying,
    ...(failing && { failing: { forMs: failing.forMs, code: failing.error.code, message: failing.error.message } }),
  };
}

function orderThatWrote({ tablet }: Core, id: BlobId): OrderInfo | undefined {
  const { orders } = tablet.state;
  const order = orders.ids.find((one) => orders.outputs(one).some((table) => table.id === id));
  return order === undefined ? undefined : ordersOf(tablet.state).find((one) => one.id === order);
}

/** One look-up: a blob that is there has a first block. One whose look-up fails is there, and damaged. */
function isStored({ store }: Core, id: BlobId): boolean {
  try {
    store.blobs.readSync(id, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'LITHIFY_READER_UNAVAILABLE';
  }
}
