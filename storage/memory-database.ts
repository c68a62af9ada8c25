import { MemoryLevel } from 'memory-level';
import { asLithifyError } from '../protocol/errors.ts';
import type { Database, DatabasePut, DatabaseRange } from './database.ts';

/**
 * The same in this process's memory, forgotten on close. It keeps its own copies and hands out copies, as LevelDB does:
 * nobody's later writes reach what is stored. There is nothing to compact, so it has no `compactRange`.
 */
export async function openMemoryDatabase(): Promise<Database> {
  const level = new MemoryLevel<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view', storeEncoding: 'view' });
  await level.open();
  return new MemoryDatabase(level);
}

class MemoryDatabase implements Database {
  readonly #level: MemoryLevel<Uint8Array, Uint8Array>;

  constructor(level: MemoryLevel<Uint8Array, Uint8Array>) {
    this.#level = level;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    try {
      const value = this.#level.getSync(key);
      return value === undefined ? undefined : copy(value);
    } catch (error) {
      throw memoryError(error, 'Reading from memory');
    }
  }

  async write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[] = []): Promise<void> {
    const stored = puts.map(({ key, value }) => ({ type: 'put' as const, key: copy(key), value: copy(value) }));
    const removed = deletes.map((key) => ({ type: 'del' as const, key: copy(key) }));
    try {
      await this.#level.batch([...stored, ...removed]);
    } catch (error) {
      throw memoryError(error, 'Writing to memory');
    }
  }

  async keys(range: DatabaseRange): Promise<Uint8Array[]> {
    try {
      return (await this.#level.keys(range).all()).map(copy);
    } catch (error) {
      throw memoryError(error, 'Listing keys in memory');
    }
  }

  async entries(range: DatabaseRange): Promise<DatabasePut[]> {
    try {
      return (await this.#level.iterator(range).all()).map(([key, value]) => ({ key: copy(key), value: copy(value) }));
    } catch (error) {
      throw memoryError(error, 'Listing entries in memory');
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

/** Not `slice()`: a Buffer's does not copy. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function memoryError(error: unknown, what: string): Error {
  return asLithifyError(error, 'LITHIFY_BLOB_STORE', what);
}
