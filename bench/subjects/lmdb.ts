import { open } from 'lmdb';
import type { Store, StoreOptions } from './subject.ts';

/** It reads out of a memory map, synchronously, and has neither a cache of its own nor a compaction. */
export async function openLmdb(location: string, { durability }: StoreOptions): Promise<Store> {
  const sync = durability === 'fsync';
  // Without `overlappingSync` a write's promise resolves after the sync, not before; it was also the faster of the two.
  const db = open<Uint8Array, Uint8Array>({
    path: location,
    encoding: 'binary',
    keyEncoding: 'binary',
    noSync: !sync,
    overlappingSync: false,
  });
  const loop = async (): Promise<number> => {
    let entries = 0;
    for (const { key } of db.getRange({})) if (key.length > 0) entries++;
    return entries;
  };
  return {
    put: (key, value) => db.put(key, value),
    batch: (pairs) =>
      db.batch(() => {
        for (const [key, value] of pairs) void db.put(key, value);
      }),
    get: (key) => db.get(key),
    getSync: (key) => db.get(key),
    scan: loop,
    loop,
    close: () => db.close(),
  };
}
