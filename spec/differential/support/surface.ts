import type { AbstractLevel, AbstractSnapshot } from 'abstract-level';

type Format = string | Buffer | Uint8Array;
/** Bounds, order and number, as texts. */
export interface Bounds {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** An iterator that is asked by texts and answers in what can be compared. */
export interface Walk {
  next(): Promise<unknown>;
  nextv(count: number): Promise<unknown>;
  seek(target: string): void;
  close(): Promise<void>;
}

/** A database or a sublevel, whatever its encodings are, asked by texts. */
export interface Surface {
  put(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  batch(pairs: readonly Pair[]): Promise<unknown>;
  chained(pairs: readonly Pair[]): Promise<unknown>;
  get(key: string, snapshot: AbstractSnapshot | undefined): Promise<unknown>;
  getMany(keys: readonly string[], snapshot: AbstractSnapshot | undefined): Promise<unknown>;
  hasMany(keys: readonly string[], snapshot: AbstractSnapshot | undefined): Promise<unknown>;
  clear(bounds: Bounds, snapshot: AbstractSnapshot | undefined): Promise<unknown>;
  walk(what: 'iterator' | 'keys' | 'values', bounds: Bounds, snapshot: AbstractSnapshot | undefined): Walk;
}

/** null: a deletion. */
export type Pair = readonly [string, string | null];

/** The same calls for every pair of encodings. `key` and `value` make of a text what this database takes. */
export function surfaceOf<K, V>(db: AbstractLevel<Format, K, V>, key: (text: string) => K, value: (text: string) => V): Surface {
  const keyed = ({ gt, gte, lt, lte, ...rest }: Bounds) => ({
    ...rest,
    ...(gt !== undefined && { gt: key(gt) }),
    ...(gte !== undefined && { gte: key(gte) }),
    ...(lt !== undefined && { lt: key(lt) }),
    ...(lte !== undefined && { lte: key(lte) }),
  });
  const at = (snapshot: AbstractSnapshot | undefined) => (snapshot === undefined ? {} : { snapshot });
  return {
    put: (k, v) => db.put(key(k), value(v)),
    del: (k) => db.del(key(k)),
    batch: (pairs) =>
      db.batch(pairs.map(([k, v]) => (v === null ? { type: 'del', key: key(k) } : { type: 'put', key: key(k), value: value(v) }))),
    chained: (pairs) => {
      const batch = db.batch();
      for (const [k, v] of pairs) v === null ? batch.del(key(k)) : batch.put(key(k), value(v));
      return batch.write();
    },
    get: async (k, snapshot) => comparable(await db.get(key(k), at(snapshot))),
    getMany: async (keys, snapshot) => comparable(await db.getMany(keys.map(key), at(snapshot))),
    hasMany: (keys, snapshot) => db.hasMany(keys.map(key), at(snapshot)),
    clear: (bounds, snapshot) => db.clear({ ...keyed(bounds), ...at(snapshot) }),
    walk: (what, bounds, snapshot) => {
      const options = { ...keyed(bounds), ...at(snapshot) };
      const iterator = what === 'iterator' ? db.iterator<K, V>(options) : what === 'keys' ? db.keys<K>(options) : db.values<K, V>(options);
      return {
        next: async () => comparable(await iterator.next()),
        nextv: async (count) => comparable(await gathered(iterator, count)),
        seek: (target) => iterator.seek(key(target)),
        close: () => iterator.close(),
      };
    },
  };
}

/** `nextv` may give fewer than asked for; how it cuts them is each database's own affair. */
async function gathered(iterator: { nextv(count: number): Promise<readonly unknown[]> }, count: number): Promise<unknown[]> {
  const all: unknown[] = [];
  while (all.length < count) {
    const some = await iterator.nextv(count - all.length);
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}

/** Bytes as text, absent as null: what JSON can tell apart. */
function comparable(given: unknown): unknown {
  if (given === undefined) return null;
  if (given instanceof Uint8Array) return `bytes ${Buffer.from(given).toString('latin1')}`;
  if (Array.isArray(given)) return given.map(comparable);
  return given;
}
