import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../jobs/job.ts';
import type { BlobSize } from './blob-store.ts';
import { SEAL_BLOCK, sealKey } from './keys.ts';

/**
 * What stands under a blob's seal key: blocks (u32), bytes (u64), and a checksum (u32) over the key and both, all
 * big-endian. The key is in the checksum because LevelDB does not verify its own on reads: a seal that turns up under
 * another blob's key must not pass.
 */
const SEAL_BYTES = 16;
const CHECKED_BYTES = 12;

export function encodeSeal(id: BlobId, size: BlobSize, checksum: Checksum): Uint8Array {
  const seal = new Uint8Array(SEAL_BYTES);
  const view = new DataView(seal.buffer);
  view.setUint32(0, size.blocks);
  view.setBigUint64(4, BigInt(size.bytes));
  view.setUint32(CHECKED_BYTES, sealChecksum(id, seal, checksum));
  return seal;
}

/** Throws LITHIFY_CORRUPTION when the bytes are not what `encodeSeal` made for this blob. */
export function decodeSeal(id: BlobId, seal: Uint8Array, checksum: Checksum): BlobSize {
  if (seal.length !== SEAL_BYTES) throw damagedSeal(id, `${SEAL_BYTES} bytes`, `${seal.length} bytes`);
  const view = new DataView(seal.buffer, seal.byteOffset, seal.length);
  const expected = view.getUint32(CHECKED_BYTES);
  const found = sealChecksum(id, seal, checksum);
  if (found !== expected) throw damagedSeal(id, `checksum ${expected}`, `${found}`);
  return { blocks: view.getUint32(0), bytes: Number(view.getBigUint64(4)) };
}

function sealChecksum(id: BlobId, seal: Uint8Array, checksum: Checksum): number {
  return checksum(seal.subarray(0, CHECKED_BYTES), checksum(sealKey(id)));
}

function damagedSeal(id: BlobId, expected: string, found: string): LithifyError {
  return new LithifyError(
    'LITHIFY_CORRUPTION',
    `The seal of blob ${id} is damaged: expected ${expected}, found ${found}. Restore it from a backup, or repair the store.`,
    {
      details: { blobIds: [id], block: SEAL_BLOCK, offset: 0, expected, found },
    },
  );
}
