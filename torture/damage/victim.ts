import { nodeRuntime } from '../../platform/node-runtime.ts';
import { MANIFEST_PREFIX, manifestKey } from '../../storage/blobs/keys.ts';
import { logBlobs } from '../../storage/log/catalog.ts';
import { replay } from '../../storage/tablet/manifest-replay.ts';
import { allTables } from '../../storage/tablet/version.ts';
import { type BuildOptions, LOCATION } from './builder.ts';
import { smallStore } from './store.ts';
import type { Victim } from './try-damage.ts';

/** A small store, and which parts of it matter. */
export async function makeVictim(seed: number, options: BuildOptions = {}): Promise<Victim> {
  const store = await smallStore(seed, options);
  const entries = store.disk.databases
    .get(`${LOCATION}/manifest`)
    ?.entries({ gte: manifestKey(0), lt: Uint8Array.of(MANIFEST_PREFIX + 1) });
  const { version } = replay(entries ?? [], options.checksum ?? nodeRuntime().checksum).state;
  const live = new Set([...allTables(version), ...logBlobs(version.logs)].map(({ id }) => id));
  const newest = store.disk.tree.files().findLast(([path]) => path.endsWith('.wal'));
  if (newest === undefined) throw new Error('a store has a log');
  return { ...store, live, newest: newest[0] };
}
