import type { Pair, Store } from './subject.ts';

interface WriteOptions {
  readonly sync?: boolean;
}

/** What is used of a database of the Level family; lithify's and classic-level's own types differ in their options. */
export interface LevelLike {
  put(key: Uint8Array, value: Uint8Array, options: object): Promise<void>;
  batch(operations: { type: 'put'; key: Uint8Array; value: Uint8Array }[], options: object): Promise<void>;
  get(key: Uint8Array, options: object): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array, options: object): Uint8Array | undefined;
  iterator(options: object): LevelIteratorLike;
}

interface LevelIteratorLike extends AsyncIterable<Pair> {
  nextv(size: number): Promise<Pair[]>;
  close(): Promise<void>;
}

const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const;
const SCAN_CHUNK = 1000;

/** Both are used in exactly the same way: the same calls with the same options. */
export function levelOperations(level: LevelLike, write: WriteOptions): Pick<Store, 'put' | 'batch' | 'get' | 'getSync' | 'scan' | 'loop'> {
  const options = { ...BYTES, ...write };
  return {
    put: (key, value) => level.put(key, value, options),
    batch: (pairs) =>
      level.batch(
        pairs.map(([key, value]) => ({ type: 'put', key, value })),
        options,
      ),
    get: (key) => level.get(key, BYTES),
    getSync: (key) => level.getSync(key, BYTES),
    scan: () => scan(level.iterator(BYTES)),
    loop: () => loop(level.iterator(BYTES)),
  };
}

async function scan(iterator: LevelIteratorLike): Promise<number> {
  let entries = 0;
  for (let chunk = await iterator.nextv(SCAN_CHUNK); chunk.length > 0; chunk = await iterator.nextv(SCAN_CHUNK)) entries += chunk.length;
  await iterator.close();
  return entries;
}

async function loop(iterator: LevelIteratorLike): Promise<number> {
  let entries = 0;
  for await (const [key] of iterator) if (key.length > 0) entries++;
  return entries;
}
