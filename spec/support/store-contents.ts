import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checksum } from '../../platform/checksum.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { createBlobStore } from '../../storage/blobs/database-blob-store.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';

/** The blobs that LevelDB holds in a closed store, finished or not. */
export async function blobsIn(directory: string): Promise<BlobId[]> {
  const database = await openLevelDatabase(join(directory, 'blobs'), { writeBufferBytes: 64 * 1024, createIfMissing: false });
  try {
    const blobs = createBlobStore(database, { checksum });
    return [...(await blobs.list()), ...(await blobs.listUnfinished())];
  } finally {
    await database.close();
  }
}

/** Names of all files below a directory, sorted. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
