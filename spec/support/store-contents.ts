import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checksum } from '../../platform/checksum.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { createBlobStore } from '../../storage/blobs/database-blob-store.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { Manifest, type ManifestState } from '../../storage/tablet/manifest.ts';

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

/** What the manifest of a closed store says. */
export async function manifestIn(directory: string): Promise<ManifestState> {
  const database = await openLevelDatabase(join(directory, 'manifest'), { writeBufferBytes: 64 * 1024, createIfMissing: false });
  try {
    const { state } = await Manifest.open(database, { checksum, createIfMissing: false });
    return state;
  } finally {
    await database.close();
  }
}

/**
 * What is wrong with the blobs of a closed store that had come to rest: one that nobody needs, one that is missing, garbage
 * that was not deleted, a large value that no part refers to, or more or fewer of these than `large`. undefined: nothing.
 */
export async function faultInBlobs(directory: string, large: number): Promise<string | undefined> {
  const { version, garbage } = await manifestIn(directory);
  const parts = [...version.logs.partitions.values()].flatMap((state) => state.parts);
  const values = parts.flatMap((part) => part.staged.map(({ id }) => id));
  const tables = [...version.minors, ...version.levels.flat()].map(({ id }) => id);
  const needed = new Set([...tables, ...values, ...parts.map(({ blob }) => blob.id)]);
  const stored = new Set(await blobsIn(directory));
  const faults = {
    'not needed': [...stored].filter((id) => !needed.has(id)),
    missing: [...needed].filter((id) => !stored.has(id)),
    garbage: garbage.map(({ id }) => id),
    'large values without a record': [...version.logs.staged.keys()],
  };
  const found = Object.entries(faults).flatMap(([what, ids]) => (ids.length > 0 ? [`${what}: ${ids}`] : []));
  if (values.length !== large) found.push(`${values.length} large values, not ${large}`);
  return found.length > 0 ? found.join('; ') : undefined;
}

/** Names of all files below a directory, sorted. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
