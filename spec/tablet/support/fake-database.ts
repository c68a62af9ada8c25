import type { Database, DatabasePut } from '../../../storage/database.ts';
import { compareBytes } from '../../../storage/entry.ts';

/** A database in memory that can be copied, damaged, and told how its next write ends. */
export class FakeDatabase implements Database {
  #stored: DatabasePut[] = [];
  /** What the next write does instead: fail before anything is stored, or after all of it is. */
  nextWrite: 'succeeds' | 'fails' | 'fails though it landed' = 'succeeds';
  writes = 0;

  get stored(): readonly DatabasePut[] {
    return this.#stored;
  }

  copy(change: (stored: DatabasePut[]) => readonly DatabasePut[] = (stored) => stored): FakeDatabase {
    const copy = new FakeDatabase();
    copy.#stored = [...change(this.#stored.map(({ key, value }) => ({ key: key.slice(), value: value.slice() })))].sort(byKey);
    return copy;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#stored.find((one) => compareBytes(one.key, key) === 0)?.value;
  }

  async write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[] = []): Promise<void> {
    await Promise.resolve();
    this.writes++;
    const ending = this.nextWrite;
    this.nextWrite = 'succeeds';
    if (ending === 'fails') throw new Error('I/O error');
    const changed = [...deletes, ...puts.map(({ key }) => key)];
    const kept = this.#stored.filter(({ key }) => !changed.some((other) => compareBytes(key, other) === 0));
    this.#stored = [...kept, ...puts.map(({ key, value }) => ({ key: key.slice(), value: value.slice() }))].sort(byKey);
    if (ending === 'fails though it landed') throw new Error('I/O error');
  }

  async keys(range: { gte: Uint8Array; lt: Uint8Array; limit?: number }): Promise<Uint8Array[]> {
    return (await this.entries(range)).map(({ key }) => key);
  }

  async entries({ gte, lt, limit }: { gte: Uint8Array; lt: Uint8Array; limit?: number }): Promise<DatabasePut[]> {
    return this.#stored.filter(({ key }) => compareBytes(key, gte) >= 0 && compareBytes(key, lt) < 0).slice(0, limit);
  }

  async close(): Promise<void> {}
}

function byKey(a: DatabasePut, b: DatabasePut): number {
  return compareBytes(a.key, b.key);
}
