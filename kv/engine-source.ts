import type { Core } from '../actors/core.ts';
import { getFrom, getSyncFrom, scanOf } from '../storage/read/view.ts';
import type { KvSource } from './source.ts';

/** A loop of gets that memory answers would hold the event loop as long as it runs. */
const ANSWERS_PER_TURN = 1024;

/** A `Level` on an engine that is open already, and stays open when the database is closed. */
export function engineSource(of: () => Core): KvSource {
  let answered = 0;
  return {
    opened: async () => {},
    closed: async () => {},
    get: (key) => {
      const found = get(of(), key);
      if (++answered % ANSWERS_PER_TURN !== 0) return found;
      return of()
        .runtime.turn()
        .then(() => found);
    },
    getSync: (key) => {
      const { tables, writer } = of();
      return getSyncFrom(of().view(), tables, key, writer.lastSequence);
    },
    put: (key, value, sync) => of().writer.put(key, value, sync),
    delete: (key, sync) => of().writer.delete(key, sync),
    batch: (operations, sync) => of().writer.batch(operations, sync),
    scan: (range) => {
      const core = of();
      const lease = core.lease('iterator');
      const tables = range.fillCache ? core.tables : core.scanTables;
      const cursor = scanOf(core.view(), tables, core.writer.lastSequence, range);
      return { cursor, release: () => lease.release() };
    },
    turn: () => of().runtime.turn(),
  };
}

/** What must be waited for is leased meanwhile, so that no collection takes the table away. */
function get(core: Core, key: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined> {
  const found = getFrom(core.view(), core.tables, key, core.writer.lastSequence);
  if (!(found instanceof Promise)) return found;
  const lease = core.lease('get');
  return found.finally(() => lease.release());
}
