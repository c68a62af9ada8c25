import { join } from 'node:path';
import { BLOB_PREFIX, blobIdOf, blobsEnd, SEAL_BLOCK } from '../../../storage/blobs/keys.ts';
import { openLevelDatabase } from '../../../storage/level-database.ts';
import type { StoredBlock } from '../../support/damage.ts';

/** Deletes blocks, or the blobs that they are of, behind the back of a closed store; the ids of those blobs. */
export async function removeBlocks(location: string, isHit: (block: StoredBlock) => boolean, what: 'block' | 'blob'): Promise<number[]> {
  const database = await openLevelDatabase(join(location, 'blobs'), { writeBufferBytes: 64 * 1024, createIfMissing: false });
  try {
    const stored = await database.entries({ gte: Uint8Array.of(BLOB_PREFIX), lt: blobsEnd() });
    const numberOf = (key: Uint8Array) => new DataView(key.buffer, key.byteOffset).getUint32(9);
    const hit = stored.filter(
      ({ key, value }) => numberOf(key) !== SEAL_BLOCK && isHit({ blobId: blobIdOf(key), number: numberOf(key), bytes: value }),
    );
    const ids = new Set(hit.map(({ key }) => blobIdOf(key)));
    const gone = what === 'block' ? hit : stored.filter(({ key }) => ids.has(blobIdOf(key)));
    await database.write(
      [],
      gone.map(({ key }) => key),
    );
    return [...ids];
  } finally {
    await database.close();
  }
}
