import { LithifyError } from '../../protocol/errors.ts';
import type { Checksum } from '../jobs/job.ts';
import { readU32, readU64, writeU32, writeU64 } from '../little-endian.ts';

/**
 * A segment file: `wal/%016d.wal`, a header, then records. The header (little-endian):
 *
 *     0  'LITHWAL', u8 version
 *     8  u64  number of the segment
 *    16  u64  where the previous segment ends: what it has beyond is the rest of a failed append, never acknowledged
 *    24  u32  checksum of its last record until there; of its header, if there is none
 *    28  u32  salt: a record of another log, copied into a value, is none of this segment
 *    32  u32  0: begun by a rotation; until it has a record, the previous segment may still have gone on.
 *             n + 1: the previous segment failed and was given up; n of its records were moved to here, and from the
 *             moment that they are here it is at its end
 *    36  u32  CRC-32 of the above
 *
 * So a segment that lost its end, or that was exchanged, is found out by the one after it.
 */
export interface SegmentHeader {
  readonly segment: number;
  /** 0: there was no previous segment when this one was begun. */
  readonly previousLength: number;
  readonly previousChecksum: number;
  readonly salt: number;
  /** Records moved here from a previous segment that was given up; undefined: it was not. */
  readonly moved?: number;
}

export const SEGMENT_HEADER_BYTES = 40;
const MAGIC = [0x4c, 0x49, 0x54, 0x48, 0x57, 0x41, 0x4c] as const;
const VERSION = 1;
const CRC_AT = 36;

const NAME = /^(\d{16})\.wal$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(16, '0')}.wal`;
}

/** undefined: not the name of a segment. */
export function segmentNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  const number = Number(digits);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

export function encodeHeader(header: SegmentHeader, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  bytes.set(MAGIC);
  bytes[MAGIC.length] = VERSION;
  writeU64(bytes, 8, header.segment);
  writeU64(bytes, 16, header.previousLength);
  writeU32(bytes, 24, header.previousChecksum);
  writeU32(bytes, 28, header.salt);
  writeU32(bytes, 32, header.moved === undefined ? 0 : header.moved + 1);
  writeU32(bytes, CRC_AT, checksum(bytes.subarray(0, CRC_AT)));
  return bytes;
}

/** What the checksums of the segment's records continue from. */
export function seedOf(header: Uint8Array): number {
  return readU32(header, CRC_AT);
}

/** undefined: not a header, or a damaged one. Refuses later versions with LITHIFY_WAL. */
export function decodeHeader(bytes: Uint8Array, checksum: Checksum): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  if (checksum(bytes.subarray(0, CRC_AT)) !== readU32(bytes, CRC_AT)) return undefined;
  const version = bytes[MAGIC.length];
  if (version !== VERSION) {
    throw new LithifyError(
      'LITHIFY_WAL',
      `The log has format version ${version}, this lithify reads ${VERSION}; open it with a later one.`,
    );
  }
  const moved = readU32(bytes, 32);
  return {
    segment: readU64(bytes, 8),
    previousLength: readU64(bytes, 16),
    previousChecksum: readU32(bytes, 24),
    salt: readU32(bytes, 28),
    ...(moved > 0 && { moved: moved - 1 }),
  };
}
