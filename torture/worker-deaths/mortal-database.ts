import type { Database, DatabasePut } from '../../storage/database.ts';
import type { Deaths, Kind, Way } from './deaths.ts';

/** So small that the blocks of a few keys are several writes: a thread can end between any two of them. */
const PUTS_PER_WRITE = 2;
const DELETES_PER_WRITE = 6;

/** A thread's database, whose operations are the moments at which the thread may end. */
export class MortalDatabase implements Database {
  readonly #inner: Database;
  readonly #deaths: Deaths;
  /** Of the job that runs. */
  kind: Kind | undefined;

  constructor(inner: Database, deaths: Deaths) {
    this.#inner = inner;
    this.#deaths = deaths;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#met(() => this.#inner.get(key));
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const way = this.meets();
    if (way === 'before' || way === 'terminated') end(way, this.#deaths);
    if (way === 'thrown') breakSoon();
    const value = this.#inner.getSync(key);
    if (way === 'after' || way === 'under') end(way, this.#deaths);
    return value;
  }

  async write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[] = []): Promise<void> {
    for (let at = 0; at < puts.length; at += PUTS_PER_WRITE) {
      await this.#met(() => this.#inner.write(puts.slice(at, at + PUTS_PER_WRITE)));
    }
    for (let at = 0; at < deletes.length; at += DELETES_PER_WRITE) {
      await this.#met(() => this.#inner.write([], deletes.slice(at, at + DELETES_PER_WRITE)));
    }
  }

  keys(range: Parameters<Database['keys']>[0]): Promise<Uint8Array[]> {
    return this.#met(() => this.#inner.keys(range));
  }

  entries(range: Parameters<Database['entries']>[0]): Promise<DatabasePut[]> {
    return this.#met(() => this.#inner.entries(range));
  }

  async compactRange(start: Uint8Array, end: Uint8Array): Promise<void> {
    await this.#met(async () => this.#inner.compactRange?.(start, end));
  }

  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number> {
    return this.#met(async () => this.#inner.approximateSize?.(start, end) ?? 0);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  meets(): Way | undefined {
    return this.kind === undefined ? undefined : this.#deaths.meets(this.kind);
  }

  async #met<T>(work: () => Promise<T>): Promise<T> {
    const way = this.meets();
    if (way === undefined) return work();
    if (way === 'thrown') return broken();
    if (way === 'before' || way === 'terminated') end(way, this.#deaths);
    const done = work();
    if (way === 'under') end(way, this.#deaths);
    await done;
    return end(way, this.#deaths);
  }
}

/** At once. */
export function end(way: Exclude<Way, 'thrown'>, deaths: Deaths): never {
  return way === 'terminated' ? deaths.standStill() : process.exit(1);
}

/** Ends the thread by an exception, before anybody can go on. */
export function broken(): Promise<never> {
  breakSoon();
  return new Promise(() => {});
}

function breakSoon(): void {
  process.nextTick(() => {
    throw new Error('Injected: the thread breaks.');
  });
}
