import { approximateSize } from '../actors/approximate-size.ts';
import type { Core } from '../actors/core.ts';
import { ingest } from '../actors/ingest.ts';
import type { KeyRange } from '../storage/entry.ts';
import { getFrom, getSyncFrom } from '../storage/read/view.ts';
import { propertyOf } from './properties.ts';
import type { KvSource, Moment } from './source.ts';

/** A loop of gets that memory answers would hold the event loop as long as it runs. */
const ANSWERS_PER_TURN = 1024;

/** What a `Level` needs of a store, from an engine's core. */
export function engineSource(of: () => Core, compactRange: (range: KeyRange) => Promise<void>): KvSource {
  let answered = 0;
  return {
    get: (key, at) => {
      const found = get(of(), key, at);
      if (++answered % ANSWERS_PER_TURN !== 0) return found;
      return of()
        .runtime.turn()
        .then(() => found);
    },
    getSync: (key, at) => {
      const { tables, writer } = of();
      return getSyncFrom(of().view(), tables, key, at?.sequence ?? writer.lastSequence);
    },
    put: (key, value, sync) => of().writer.put(key, value, sync),
    delete: (key, sync) => of().writer.delete(key, sync),
    batch: (operations, sync) => of().writer.batch(operations, sync),
    deleteRange: (range, sync) => of().writer.deleteRange(range, sync),
    snapshot: () => of().snapshots.hold(of().writer.lastSequence, 'snapshot'),
    ingest: (pairs) => ingest(of(), pairs),
    approximateSize: (range) => approximateSize(of(), range),
    compactRange,
    property: (name) => propertyOf(of(), name),
    scan: (range) => {
      const { scans, writer, tables, scanTables } = of();
      // It holds its moment itself: a snapshot may be closed while an iterator over it lives on.
      const cursor = scans.open(range, range.at?.sequence ?? writer.lastSequence, range.fillCache ? tables : scanTables);
      return { cursor, release: () => cursor.release() };
    },
    turn: () => of().runtime.turn(),
  };
}

/** What must be waited for is leased meanwhile, so that no collection takes the table away. */
function get(core: Core, key: Uint8Array, at: Moment | undefined): Uint8Array | undefined | Promise<Uint8Array | undefined> {
  const found = getFrom(core.view(), core.tables, key, at?.sequence ?? core.writer.lastSequence);
  if (!(found instanceof Promise)) return found;
  const lease = core.lease('get');
  return found.finally(() => lease.release());
}
