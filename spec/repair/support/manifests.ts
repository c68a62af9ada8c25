import { join } from 'node:path';
import { MANIFEST_PREFIX, manifestKey } from '../../../storage/blobs/keys.ts';
import type { Database, DatabasePut } from '../../../storage/database.ts';
import { openLevelDatabase } from '../../../storage/level-database.ts';

/** The entries of a closed store's manifest, and the newest's number; the head is number 0. */
export interface StoredManifest {
  readonly puts: readonly DatabasePut[];
  readonly last: number;
}

/** Does something to the manifest of a closed store behind its back. */
export async function changeManifest(
  location: string,
  change: (database: Database, stored: StoredManifest) => Promise<void>,
): Promise<void> {
  const database = await openLevelDatabase(join(location, 'manifest'), { writeBufferBytes: 64 * 1024, createIfMissing: false });
  try {
    const puts = await database.entries({ gte: manifestKey(0), lt: Uint8Array.of(MANIFEST_PREFIX + 1) });
    const newest = puts[puts.length - 1].key;
    await change(database, { puts, last: Number(new DataView(newest.buffer, newest.byteOffset).getBigUint64(1)) });
  } finally {
    await database.close();
  }
}

/** Flips a byte of one entry. */
export function damageEntry(location: string, numberOf: (manifest: StoredManifest) => number): Promise<void> {
  return changeManifest(location, async (database, stored) => {
    const key = manifestKey(numberOf(stored));
    const value = (await database.get(key))?.slice();
    if (value === undefined) throw new Error('There is no such entry.');
    value[value.length >> 1] ^= 1;
    await database.write([{ key, value }]);
  });
}
