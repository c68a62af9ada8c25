/**
 * CRC-32C (Castagnoli, also CRC-32/ISCSI) of bytes[start, end), unsigned; check("123456789") = 0xE3069283. Continued
 * from `seed`, the checksum of what stands before. It is what streambed-logged ends its records with (log-format.md 2.3).
 *
 * Eight bytes a step, then four, then one by one. Measured (Node 26, ns for 22, 45, 100 and 1,000 bytes): so 33, 44, 71
 * and 550; eight and one 36, 49, 84 and 663; four and one 39, 59, 120 and 946; one by one 53, 96, 206 and 1,980.
 * Sixteen a step gain nothing below 1,000 bytes and double the tables.
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let crc = ~seed;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    crc =
      TABLES[1792 + ((crc ^ bytes[at]) & 255)] ^
      TABLES[1536 + (((crc >>> 8) ^ bytes[at + 1]) & 255)] ^
      TABLES[1280 + (((crc >>> 16) ^ bytes[at + 2]) & 255)] ^
      TABLES[1024 + ((crc >>> 24) ^ bytes[at + 3])] ^
      TABLES[768 + bytes[at + 4]] ^
      TABLES[512 + bytes[at + 5]] ^
      TABLES[256 + bytes[at + 6]] ^
      TABLES[bytes[at + 7]];
  }
  if (at <= end - 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = TABLES[768 + (crc & 255)] ^ TABLES[512 + ((crc >>> 8) & 255)] ^ TABLES[256 + ((crc >>> 16) & 255)] ^ TABLES[crc >>> 24];
    at += 4;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at]) & 255];
  return ~crc >>> 0;
}

/** 0x1EDC6F41 with its bits in reverse order, as all bytes are taken. */
export const POLYNOMIAL = 0x82f63b78;

/** One behind the other: what a byte does to the checksum when 0 to 7 bytes follow it. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) tables[i] = (tables[i - 256] >>> 8) ^ tables[tables[i - 256] & 255];
  return tables;
}
