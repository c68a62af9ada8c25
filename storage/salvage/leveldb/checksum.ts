import { crc32c } from '../../log/crc32c.ts';

const MASK_DELTA = 0xa282ead8;

/** As LevelDB stores a CRC-32C: turned, so that a checksum over bytes that hold checksums is no trouble. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

export function maskedChecksum(bytes: Uint8Array, start: number, end: number, seed?: number): number {
  return masked(crc32c(bytes, start, end, seed));
}
