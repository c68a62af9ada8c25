import { ClassicLevel } from 'classic-level';
import { Level } from 'level';
import type { Database, DatabaseOptions, DatabasePut, DatabaseRange } from './database.ts';
import { levelError } from './level-errors.ts';
import { Poison } from './poison.ts';

/** What classic-level has beyond the type that `level` shares with browsers. */
interface Compacting {
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>;
}
type LevelHandle = Level<Uint8Array, Uint8Array> & Compacting;

const KiB = 1024;
const MiB = 1024 * KiB;

/** Naming the encodings here keeps abstract-level from cloning the options on every read. */
const READ = { fillCache: false, keyEncoding: 'view', valueEncoding: 'view' } as const;
const SYNCED = { sync: true } as const;

/**
 * LevelDB in a directory, which may be open in several threads of this process at once, provided that all of them
 * spell the location alike: open by its real path. The first to open must be the last to close.
 * Rejects with LITHIFY_LOCKED, LITHIFY_NOT_FOUND, LITHIFY_CORRUPTION, LITHIFY_DISK_FULL or LITHIFY_BLOB_STORE.
 */
export async function openLevelDatabase(location: string, options: DatabaseOptions): Promise<Database> {
  // In Node `level` is classic-level, whose class has these two methods.
  const level = new Level<Uint8Array, Uint8Array>(location, levelOptions(options)) as LevelHandle;
  try {
    await level.open();
  } catch (error) {
    throw levelError(error, `Opening ${location}`);
  }
  return new LevelDatabase(level, location);
}

/** Deletes its files, and the directory when nothing else is in it. LITHIFY_LOCKED: another process has it open. */
export async function destroyLevelDatabase(location: string): Promise<void> {
  try {
    await ClassicLevel.destroy(location);
  } catch (error) {
    throw levelError(error, `Deleting ${location}`);
  }
}

function levelOptions(options: DatabaseOptions) {
  return {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: options.createIfMissing,
    multithreading: true,
    writeBufferSize: options.writeBufferBytes,
    // The engine caches blocks itself.
    cacheSize: 256 * KiB,
    maxFileSize: fileBytes(options),
    // Snappy: half-compressible blocks took 105 instead of 193 MiB and a third less time and CPU to write and compact;
    // reading one of 32 KiB took 14.5 instead of 10.5 µs. Incompressible ones cost the same either way.
    compression: true,
  };
}

/**
 * LevelDB merges up to 25 files at once, so small stores need small files; it takes none below 1 MiB. Larger ones than
 * 2 MiB make it rewrite more beside what was deleted (docs/decisions/0002).
 */
function fileBytes({ writeBufferBytes }: DatabaseOptions): number {
  return Math.max(MiB, Math.min(2 * MiB, 8 * writeBufferBytes));
}

class LevelDatabase implements Database {
  readonly #level: LevelHandle;
  readonly #location: string;
  readonly #poison = new Poison();

  constructor(level: LevelHandle, location: string) {
    this.#level = level;
    this.#location = location;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return plain(await this.#level.get(key, READ));
    } catch (error) {
      throw levelError(error, `Reading from ${this.#location}`);
    }
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    try {
      return plain(this.#level.getSync(key, READ));
    } catch (error) {
      throw levelError(error, `Reading from ${this.#location}`);
    }
  }

  async write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[] = []): Promise<void> {
    const write = () => this.#level.batch(operations(puts, deletes), SYNCED);
    await this.#poison.guard(write, (error) => levelError(error, `Writing to ${this.#location}`));
  }

  async keys(range: DatabaseRange): Promise<Uint8Array[]> {
    try {
      return (await this.#level.keys({ ...range, fillCache: false }).all()).map(view);
    } catch (error) {
      throw levelError(error, `Listing keys of ${this.#location}`);
    }
  }

  async entries(range: DatabaseRange): Promise<DatabasePut[]> {
    try {
      const found = await this.#level.iterator({ ...range, fillCache: false }).all();
      return found.map(([key, value]) => ({ key: view(key), value: view(value) }));
    } catch (error) {
      throw levelError(error, `Listing entries of ${this.#location}`);
    }
  }

  async compactRange(start: Uint8Array, end: Uint8Array): Promise<void> {
    try {
      await this.#level.compactRange(start, end);
    } catch (error) {
      throw levelError(error, `Compacting ${this.#location}`);
    }
  }

  async approximateSize(start: Uint8Array, end: Uint8Array): Promise<number> {
    try {
      return await this.#level.approximateSize(start, end);
    } catch (error) {
      throw levelError(error, `Measuring ${this.#location}`);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#level.close();
    } catch (error) {
      throw levelError(error, `Closing ${this.#location}`);
    }
  }
}

type Operation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array };

function operations(puts: readonly DatabasePut[], deletes: readonly Uint8Array[]): Operation[] {
  const all: Operation[] = [];
  for (const { key, value } of puts) all.push({ type: 'put', key, value });
  for (const key of deletes) all.push({ type: 'del', key });
  return all;
}

function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : view(bytes);
}

/** classic-level answers with Buffers, whose `slice` does not copy; callers get what the type says. */
function view(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
