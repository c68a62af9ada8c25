import type { BlobId } from '../../protocol/messages.ts';

/**
 * Where things stand in LevelDB. Ids ascend, so new blobs always go behind everything older and LevelDB mostly moves
 * their files instead of rewriting them. The manifest stands behind all blobs: a flushed write buffer that holds both
 * then spans only the newest blobs, whereas keys before the blobs would stretch it over every blob there is, and each
 * flush would be merged with all of them.
 */
export const BLOB_PREFIX = 0x42;
export const MANIFEST_PREFIX = 0x6d;

/** The block number under which a blob's seal stands: behind all of its blocks. */
export const SEAL_BLOCK = 0xffff_ffff;
export const MAX_BLOCKS = SEAL_BLOCK;

const BLOCK_KEY_BYTES = 1 + 8 + 4;
const HIGH = 2 ** 32;

/** Prefix, id as 8 bytes, block number as 4, both big-endian, so that byte order is the order of ids and blocks. */
export function blockKey(id: BlobId, block: number): Uint8Array {
  const key = new Uint8Array(BLOCK_KEY_BYTES);
  key[0] = BLOB_PREFIX;
  putUint32(key, 1, Math.floor(id / HIGH));
  putUint32(key, 5, id % HIGH);
  putUint32(key, 9, block);
  return key;
}

export function sealKey(id: BlobId): Uint8Array {
  return blockKey(id, SEAL_BLOCK);
}

export function blobIdOf(key: Uint8Array): BlobId {
  return uint32At(key, 1) * HIGH + uint32At(key, 5);
}

/** Behind every key of every blob. */
export function blobsEnd(): Uint8Array {
  return Uint8Array.of(BLOB_PREFIX + 1);
}

/** Key of the manifest's n-th entry; any safe integer. */
export function manifestKey(n: number): Uint8Array {
  const key = new Uint8Array(1 + 8);
  key[0] = MANIFEST_PREFIX;
  putUint32(key, 1, Math.floor(n / HIGH));
  putUint32(key, 5, n % HIGH);
  return key;
}

export function manifestNumberOf(key: Uint8Array): number {
  return uint32At(key, 1) * HIGH + uint32At(key, 5);
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
