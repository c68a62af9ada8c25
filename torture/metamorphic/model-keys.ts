import type { KeyWrite, Range, ScanRange } from './operations.ts';
import { NO_ITERATOR, NO_SNAPSHOT } from './perform-keys.ts';
import type { Performer, Visible } from './performer.ts';

type KeyKind = 'put' | 'del' | 'batch' | 'clear' | 'ingest' | 'sublevel' | 'get' | 'getMany' | 'scan';
type ReaderKind = 'snapshot' | 'release' | 'open' | 'step' | 'seek' | 'rest';
type Content = ReadonlyMap<string, string>;
type Entry = readonly [key: string, value: string];

interface ModelSnapshot {
  readonly content: Content;
  isOpen: boolean;
}

interface ModelIterator {
  readonly all: readonly Entry[];
  readonly range: ScanRange;
  readonly snapshot: ModelSnapshot | undefined;
  next: number;
  given: number;
}

/** Keys as they ought to be: a map, a copy of it for every snapshot, an array for every iterator. Values stay as the list writes them. */
export class ModelKeys {
  readonly content = new Map<string, string>();
  readonly #snapshots = new Map<number, ModelSnapshot>();
  readonly #iterators = new Map<number, ModelIterator>();

  letGo(): void {
    this.#snapshots.clear();
    this.#iterators.clear();
  }

  write(writes: readonly KeyWrite[]): void {
    for (const [key, value] of writes) value === null ? this.content.delete(key) : this.content.set(key, value);
  }

  keyOperations(): Pick<Performer, KeyKind> {
    return {
      put: async ({ key, value }) => this.#wrote([[key, value]]),
      del: async ({ key }) => this.#wrote([[key, null]]),
      batch: async ({ writes }) => this.#wrote(writes),
      clear: ({ range, at }) => this.#atMoment(at, ({ content }) => this.#wrote(within(content, range).map(([key]) => [key, null]))),
      ingest: async ({ pairs }) => {
        this.write(pairs);
        return pairs.length;
      },
      sublevel: async ({ name, writes, clear }) => this.#sublevel(`!${name}!`, writes, clear),
      get: ({ key, at }) => this.#atMoment(at, ({ content }) => [content.get(key) ?? null, content.get(key) ?? null, content.has(key)]),
      getMany: ({ keys, at }) =>
        this.#atMoment(at, ({ content }) => [keys.map((key) => content.get(key) ?? null), keys.map((key) => content.has(key))]),
      scan: ({ what, range, at }) =>
        this.#atMoment(at, ({ content }) =>
          within(content, range).map((one) => (what === 'iterator' ? pair(one) : one[what === 'keys' ? 0 : 1])),
        ),
    };
  }

  readerOperations(): Pick<Performer, ReaderKind> {
    return {
      snapshot: async ({ place }) => {
        this.#release(place);
        this.#snapshots.set(place, { content: new Map(this.content), isOpen: true });
        return null;
      },
      release: async ({ place }) => this.#release(place),
      open: ({ place, range, at }) => {
        this.#iterators.delete(place);
        return this.#atMoment(at, (moment) => {
          const { limit: _, ...unlimited } = range;
          const snapshot = at === undefined ? undefined : moment;
          this.#iterators.set(place, { all: within(moment.content, unlimited), range, snapshot, next: 0, given: 0 });
          return null;
        });
      },
      step: ({ place, count }) => this.#reading(place, (iterator) => taken(iterator, count)),
      seek: ({ place, target }) => this.#reading(place, (iterator) => seek(iterator, target)),
      rest: ({ place }) =>
        this.#reading(place, (iterator) => {
          this.#iterators.delete(place);
          return taken(iterator, Number.POSITIVE_INFINITY);
        }),
    };
  }

  #wrote(writes: readonly KeyWrite[]): null {
    this.write(writes);
    return null;
  }

  #release(place: number): boolean {
    const snapshot = this.#snapshots.get(place);
    if (snapshot !== undefined) snapshot.isOpen = false;
    return this.#snapshots.delete(place);
  }

  async #atMoment(at: number | undefined, read: (moment: ModelSnapshot) => Visible): Promise<Visible> {
    const moment = at === undefined ? { content: this.content, isOpen: true } : this.#snapshots.get(at);
    return moment === undefined ? NO_SNAPSHOT : read(moment);
  }

  async #reading(place: number, read: (iterator: ModelIterator) => Visible): Promise<Visible> {
    const iterator = this.#iterators.get(place);
    return iterator === undefined ? NO_ITERATOR : read(iterator);
  }

  /** abstract-level's sublevels are keys with a prefix, and `"` comes after `!`. */
  #sublevel(prefix: string, writes: readonly KeyWrite[], clear: Range | undefined): Visible {
    this.write(writes.map(([key, value]) => [prefix + key, value]));
    const inside = () =>
      new Map([...this.content].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]));
    if (clear !== undefined) this.write(within(inside(), clear).map(([key]) => [prefix + key, null]));
    return within(inside(), {}).map(pair);
  }
}

export function within(content: Content, { reverse, limit, ...range }: ScanRange): Entry[] {
  const all = [...content].filter(([key]) => isWithin(key, range)).sort(([a], [b]) => compare(a, b));
  if (reverse === true) all.reverse();
  return limit === undefined ? all : all.slice(0, limit);
}

function isWithin(key: string, { gt, gte, lt, lte }: Range): boolean {
  if (gt !== undefined && compare(key, gt) <= 0) return false;
  if (gte !== undefined && compare(key, gte) < 0) return false;
  if (lt !== undefined && compare(key, lt) >= 0) return false;
  return lte === undefined || compare(key, lte) <= 0;
}

/** A seek beyond the range leads to its end. */
function seek(iterator: ModelIterator, target: string): null {
  const { all, range } = iterator;
  const at = all.findIndex(([key]) => (range.reverse === true ? compare(key, target) <= 0 : compare(key, target) >= 0));
  iterator.next = at < 0 || !isWithin(target, range) ? all.length : at;
  return null;
}

/** What has been given counts towards the limit, wherever a seek leads. */
function taken(iterator: ModelIterator, count: number): Visible {
  if (iterator.snapshot?.isOpen === false) return '! LEVEL_SNAPSHOT_NOT_OPEN';
  const { all, next, given, range } = iterator;
  const found = all.slice(next, next + Math.min(count, (range.limit ?? Number.POSITIVE_INFINITY) - given));
  iterator.next += found.length;
  iterator.given += found.length;
  return found.map(pair);
}

function pair([key, value]: Entry): string {
  return `${key}=${value}`;
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
