import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import type { BlobStore } from '../../storage/blobs/blob-store.ts';
import { type BlobStoreOptions, createBlobStore } from '../../storage/blobs/database-blob-store.ts';
import type { Database } from '../../storage/database.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { openMemoryDatabase } from '../../storage/memory-database.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;

export type DatabaseKind = 'level' | 'memory';
export const DATABASE_KINDS: readonly DatabaseKind[] = ['level', 'memory'];

export function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lithify-blobs-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A fresh database, closed before its directory is removed (AVA runs teardowns last to first). */
export async function openDatabase(t: ExecutionContext, kind: DatabaseKind, writeBufferBytes = 4 * MiB): Promise<Database> {
  const location = kind === 'level' ? temporaryDirectory(t) : '';
  const database =
    kind === 'level' ? await openLevelDatabase(location, { writeBufferBytes, createIfMissing: true }) : await openMemoryDatabase();
  t.teardown(() => database.close());
  return database;
}

export function storeOn(database: Database, options: Partial<BlobStoreOptions> = {}): BlobStore {
  return createBlobStore(database, { checksum: crc32, ...options });
}

export async function writeBlob(store: BlobStore, id: number, blocks: readonly Uint8Array[]): Promise<void> {
  const writer = store.create(id);
  for (const block of blocks) await writer.append(block);
  await writer.close();
}

/** Everything goes through to `database`, except what is replaced. */
export function wrapped(database: Database, replaced: Partial<Database>): Database {
  return {
    get: (key) => database.get(key),
    getSync: (key) => database.getSync(key),
    write: (puts, deletes) => database.write(puts, deletes),
    keys: (range) => database.keys(range),
    entries: (range) => database.entries(range),
    close: () => database.close(),
    ...replaced,
  };
}

export function bytesOf(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}
