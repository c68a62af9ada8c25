import { crc32 } from 'node:zlib';

/** CRC-32 (IEEE 802.3, as in zlib), continued from `seed`; an unsigned 32-bit number. */
export function checksum(bytes: Uint8Array, seed = 0): number {
  return crc32(bytes, seed);
}
