import type { AbstractSnapshot } from 'abstract-level';
import type { KeyWrite, ScanRange } from './operations.ts';
import type { Performer, Visible } from './performer.ts';
import type { KeyOperation, Stage, Steps } from './stage.ts';
import { expanded, shortened } from './values.ts';

type KeyKind = 'put' | 'del' | 'batch' | 'clear' | 'ingest' | 'sublevel' | 'get' | 'getMany' | 'scan';
type ReaderKind = 'snapshot' | 'release' | 'open' | 'step' | 'seek' | 'rest';

export const NO_SNAPSHOT = 'there is no such snapshot';
export const NO_ITERATOR = 'there is no such iterator';

export function keyOperations(stage: Stage): Pick<Performer, KeyKind> {
  return {
    put: ({ key, value, sync }) => done(stage.kv.put(key, expanded(value), asSync(stage, sync))),
    del: ({ key }) => done(stage.kv.del(key)),
    batch: ({ writes, chained }) => done(chained === true ? chain(stage, writes) : stage.kv.batch(writes.map(operationOf))),
    clear: ({ range, at }) => atMoment(stage, at, (moment) => done(stage.kv.clear({ ...range, ...moment }))),
    ingest: async ({ pairs }) => (await stage.kv.ingest(pairs.map(([key, value]) => [key, expanded(value)]))).entries,
    sublevel: async ({ name, writes, clear }) => {
      const sublevel = stage.sublevel(name);
      await sublevel.batch(writes.map(operationOf));
      if (clear !== undefined) await sublevel.clear(clear);
      return (await sublevel.iterator().all()).map(shownPair);
    },
    get: ({ key, at }) =>
      atMoment(stage, at, async (moment) => {
        const found = [stage.kv.get(key, moment), stage.kv.has(key, moment)] as const;
        const [value, isThere] = await Promise.all(found);
        // While LevelDB is opened again, who does not wait is told so.
        const atOnce = stage.ground.fails !== undefined ? value : stage.kv.getSync(key, moment);
        return [shown(value), shown(atOnce), isThere];
      }),
    getMany: ({ keys, at }) =>
      atMoment(stage, at, async (moment) => {
        const [values, are] = await Promise.all([stage.kv.getMany([...keys], moment), stage.kv.hasMany([...keys], moment)]);
        return [values.map(shown), are];
      }),
    scan: ({ what, range, at }) => atMoment(stage, at, (moment) => scan(stage, what, { ...range, ...moment })),
  };
}

/** An iterator keeps the moment of its beginning, whatever comes between two of its steps. */
export function readerOperations(stage: Stage): Pick<Performer, ReaderKind> {
  const { snapshots, iterators } = stage;
  const reading = (place: number, read: (iterator: Steps) => Promise<Visible>) => {
    const iterator = iterators.get(place);
    return iterator === undefined ? Promise.resolve(NO_ITERATOR) : read(iterator);
  };
  return {
    snapshot: async ({ place }) => {
      await snapshots.get(place)?.close();
      snapshots.set(place, stage.kv.snapshot());
      return null;
    },
    release: async ({ place }) => {
      await snapshots.get(place)?.close();
      return snapshots.delete(place);
    },
    open: async ({ place, range, at }) => {
      await iterators.get(place)?.close();
      iterators.delete(place);
      return atMoment(stage, at, async (moment) => {
        iterators.set(place, stage.kv.iterator({ ...range, ...moment }));
        return null;
      });
    },
    step: ({ place, count, many }) => reading(place, (iterator) => step(iterator, count, many)),
    seek: ({ place, target }) =>
      reading(place, async (iterator) => {
        iterator.seek(target);
        return null;
      }),
    rest: ({ place }) =>
      reading(place, async (iterator) => {
        const left = iterator.all();
        iterators.delete(place);
        return (await left.finally(() => iterator.close())).map(shownPair);
      }),
  };
}

type Moment = { snapshot?: AbstractSnapshot };

/** `read` is called in the same turn. */
function atMoment(stage: Stage, at: number | undefined, read: (moment: Moment) => Promise<Visible>): Promise<Visible> {
  const snapshot = at === undefined ? undefined : stage.snapshots.get(at);
  if (at !== undefined && snapshot === undefined) return Promise.resolve(NO_SNAPSHOT);
  return read(snapshot === undefined ? {} : { snapshot });
}

async function step(iterator: Steps, count: number, many: boolean): Promise<Visible> {
  const found: Visible[] = [];
  while (found.length < count) {
    // How many of those asked for come at once is the store's own affair.
    const part = many ? await iterator.nextv(count - found.length) : [await iterator.next()].filter((one) => one !== undefined);
    if (part.length === 0) break;
    found.push(...part.map(shownPair));
  }
  return found;
}

async function scan(stage: Stage, what: 'iterator' | 'keys' | 'values', options: ScanRange & Moment): Promise<Visible> {
  if (what === 'keys') return stage.kv.keys(options).all();
  if (what === 'values') return (await stage.kv.values(options).all()).map(shortened);
  return (await stage.kv.iterator(options).all()).map(shownPair);
}

/** Where power may be lost, who does not want a sync loses a write. */
function asSync({ ground }: Stage, sync: boolean | undefined): { sync?: boolean } {
  return sync === undefined || ground.death === 'power' ? {} : { sync };
}

function chain(stage: Stage, writes: readonly KeyWrite[]): Promise<void> {
  const batch = stage.kv.batch();
  for (const [key, value] of writes) {
    if (value === null) batch.del(key);
    else batch.put(key, expanded(value));
  }
  return batch.write();
}

function operationOf([key, value]: KeyWrite): KeyOperation {
  return value === null ? { type: 'del', key } : { type: 'put', key, value: expanded(value) };
}

function shown(value: string | undefined): Visible {
  return value === undefined ? null : shortened(value);
}

export function shownPair([key, value]: readonly [string, string]): string {
  return `${key}=${shortened(value)}`;
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}
