import { open } from 'lmdb';
import { type LogOptions, type LogStore, offsetKey } from '../log.ts';

/** As in ../lmdb.ts: synchronous reads out of a memory map, and nothing to settle. */
export async function openLmdbLog(location: string, { durability }: LogOptions): Promise<LogStore> {
  const noSync = durability === 'os';
  const db = open<Uint8Array, Uint8Array>({
    path: location,
    encoding: 'binary',
    keyEncoding: 'binary',
    noSync,
    overlappingSync: false,
  });
  let next = 0;
  const loop = (range: { start?: Uint8Array; limit?: number }): number => {
    let records = 0;
    for (const { key } of db.getRange(range)) if (key.length > 0) records++;
    return records;
  };
  return {
    append: ({ value }) => db.put(offsetKey(next++), value),
    appendMany: (entries) =>
      db.batch(() => {
        for (const { value } of entries) void db.put(offsetKey(next++), value);
      }),
    settle: async () => {},
    readAll: async () => loop({}),
    loop: async () => loop({}),
    readFrom: (offset, count) => loop({ start: offsetKey(offset), limit: count }),
    close: () => db.close(),
  };
}
