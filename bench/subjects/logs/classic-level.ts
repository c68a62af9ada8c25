import { ClassicLevel } from 'classic-level';
import { type LogOptions, type LogStore, offsetKey } from '../log.ts';

const CHUNK = 1000;

export async function openClassicLevelLog(location: string, { durability, cacheBytes }: LogOptions): Promise<LogStore> {
  const bytes = { keyEncoding: 'view', valueEncoding: 'view' } as const;
  const level = new ClassicLevel<Uint8Array, Uint8Array>(location, { cacheSize: cacheBytes, ...bytes });
  await level.open();
  const options = { sync: durability === 'fsync' };
  let next = 0;
  return {
    append: ({ value }) => level.put(offsetKey(next++), value, options),
    appendMany: (entries) =>
      level.batch(
        entries.map(({ value }) => ({ type: 'put', key: offsetKey(next++), value })),
        options,
      ),
    settle: () => level.compactRange(offsetKey(0), offsetKey(next)),
    readAll: () => readAll(level),
    loop: () => loop(level),
    readFrom: async (offset, count) => (await level.iterator({ gte: offsetKey(offset), limit: count }).all()).length,
    close: () => level.close(),
  };
}

async function readAll(level: ClassicLevel<Uint8Array, Uint8Array>): Promise<number> {
  const iterator = level.iterator();
  let records = 0;
  for (let chunk = await iterator.nextv(CHUNK); chunk.length > 0; chunk = await iterator.nextv(CHUNK)) records += chunk.length;
  await iterator.close();
  return records;
}

async function loop(level: ClassicLevel<Uint8Array, Uint8Array>): Promise<number> {
  let records = 0;
  for await (const [key] of level.iterator()) if (key.length > 0) records++;
  return records;
}
