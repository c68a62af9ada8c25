import { codeOf, LithifyError } from '../protocol/errors.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Files, Runtime } from '../protocol/runtime.ts';
import type { Database, DatabaseOptions } from '../storage/database.ts';
import { openLevelDatabase } from '../storage/level-database.ts';
import { openMemoryDatabase } from '../storage/memory-database.ts';
import { writeBufferBytes } from './limits.ts';
import type { StorePaths } from './store-files.ts';

/**
 * The two LevelDBs of a store. Manifest entries among the blobs would make every new file overlap the next one, and
 * LevelDB rewrite both: 2.4 instead of 1.5 bytes written for each byte of blobs (docs/decisions/0007).
 */
export interface Databases {
  readonly blobs: Database;
  readonly manifest: Database;
  close(): Promise<void>;
}

/** A manifest entry is a few hundred bytes, a snapshot of a large store a few hundred KiB. */
const MANIFEST_BUFFER_BYTES = 256 * 1024;

/** Opens both or none. LITHIFY_LOCKED when another process has them; LITHIFY_CORRUPTION when a store lacks one. */
export async function openDatabases(
  paths: StorePaths,
  options: Pick<EngineOptions, 'memoryBytes'>,
  createIfMissing: boolean,
  { openDatabase = openLevelDatabase }: Pick<Runtime, 'openDatabase'>,
): Promise<Databases> {
  const openOne = (location: string, buffer: number) => openPart(openDatabase, location, { writeBufferBytes: buffer, createIfMissing });
  const blobs = await openOne(paths.blobs, writeBufferBytes(options));
  try {
    return pairOf(blobs, await openOne(paths.manifest, MANIFEST_BUFFER_BYTES));
  } catch (error) {
    await blobs.close().catch(() => undefined);
    throw error;
  }
}

/** What is only in memory lives as long as the memory's files, which are the other half of the same store. */
const IN_MEMORY = new WeakMap<Files, Databases>();

/** For `storage: 'memory'`. Never closed: there is nothing to let go of, and they may be opened again. */
export async function memoryDatabases(files: Files): Promise<Databases> {
  const databases = IN_MEMORY.get(files) ?? {
    blobs: await openMemoryDatabase(),
    manifest: await openMemoryDatabase(),
    close: async () => {},
  };
  IN_MEMORY.set(files, databases);
  return databases;
}

function pairOf(blobs: Database, manifest: Database): Databases {
  return {
    blobs,
    manifest,
    close: async () => {
      const closed = await Promise.allSettled([manifest.close(), blobs.close()]);
      for (const one of closed) if (one.status === 'rejected') throw one.reason;
    },
  };
}

async function openPart(open: typeof openLevelDatabase, location: string, options: DatabaseOptions): Promise<Database> {
  try {
    return await open(location, options);
  } catch (error) {
    if (options.createIfMissing || codeOf(error) !== 'LITHIFY_NOT_FOUND') throw error;
    throw new LithifyError('LITHIFY_CORRUPTION', `The store lacks ${location}, a part of it. Restore it from a copy.`, {
      cause: error,
      details: { file: location, expected: 'a LevelDB', found: 'nothing' },
    });
  }
}
