import { join } from 'node:path';
import { BLOB_PREFIX, blobIdOf, blobsEnd, SEAL_BLOCK } from '../../storage/blobs/keys.ts';
import type { DatabasePut } from '../../storage/database.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';

/** A block as it stands in a store. */
export interface StoredBlock {
  readonly blobId: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What is to stand there instead; undefined: the block stays as it is. */
type Change = (block: StoredBlock, all: readonly StoredBlock[]) => Uint8Array | undefined;

/** Changes blocks behind the back of a store that is closed; returns how many. Seals stay: without them there would be no blob. */
export async function changeBlocks(location: string, change: Change): Promise<number> {
  const database = await openLevelDatabase(join(location, 'blobs'), { writeBufferBytes: 64 * 1024, createIfMissing: false });
  try {
    const stored = await database.entries({ gte: Uint8Array.of(BLOB_PREFIX), lt: blobsEnd() });
    const blocks = stored.map(blockOf);
    const changed = stored.flatMap(({ key }, at) => {
      const value = blocks[at].number === SEAL_BLOCK ? undefined : change(blocks[at], blocks);
      return value === undefined ? [] : [{ key, value }];
    });
    await database.write(changed);
    return changed.length;
  } finally {
    await database.close();
  }
}

function blockOf({ key, value }: DatabasePut): StoredBlock {
  return { blobId: blobIdOf(key), number: new DataView(key.buffer, key.byteOffset).getUint32(9), bytes: value };
}

/** The same with a bit in its middle turned over. */
export function flipped({ bytes }: StoredBlock): Uint8Array {
  const damaged = bytes.slice();
  damaged[damaged.length >> 1] ^= 1;
  return damaged;
}

/** Does this text stand in the block? */
export function holds({ bytes }: StoredBlock, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(text);
}
