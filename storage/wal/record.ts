import type { Checksum } from '../jobs/job.ts';
import { readU32, writeU32 } from '../little-endian.ts';

/**
 * A record of the log: one atomic group. Little-endian:
 *
 *     0  u32  CRC-32 of all that follows, continued from the CRC of the segment's header: what binds it to its segment
 *     4  u32  length of the whole record
 *     8  u32  number of the record in its segment, from 0
 *    12  u32  marker: what a search for records looks for
 *    16  u64  sequence of the first entry
 *    24  u32  how many records of the segment were on disk when this one was written
 *    28       sections: u8 kind, 3 zeros, u32 count, u32 bytes, then so many bytes
 *
 * A section of a kind that a reader does not know makes it refuse the log, by name: it may not drop what it cannot read.
 */
export const RECORD_HEADER_BYTES = 28;
export const SECTION_HEADER_BYTES = 12;
export const MIN_RECORD_BYTES = RECORD_HEADER_BYTES + SECTION_HEADER_BYTES;
export const MAX_RECORD_BYTES = 2 ** 31 - 1;
export const RECORD_MARKER = 0x3170_7267;

/** On disk, so fixed for ever. */
export const SectionKind = { entries: 1, logRecords: 2, groupOffsets: 3 } as const;

export function sectionName(kind: number): string {
  const known = Object.entries(SectionKind).find(([, value]) => value === kind);
  return known === undefined ? `kind ${kind}` : known[0];
}

/**
 * Gives a sealed record its place: its number, the records before it that are on disk, and the checksum, which holds in
 * this segment only. `seed`: the checksum of the segment's header.
 */
export function stampRecord(record: Uint8Array, number: number, synced: number, seed: number, checksum: Checksum): void {
  writeU32(record, 8, number);
  writeU32(record, 24, synced);
  writeU32(record, 0, checksum(record.subarray(4), seed));
}

export function recordChecksum(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at);
}
export function recordLength(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 4);
}
export function recordNumber(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 8);
}
export function recordSynced(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 24);
}

/** Could a record begin here? Needs its header; `room`: bytes from `at` to where the segment ends. */
export function looksLikeRecord(bytes: Uint8Array, at: number, room: number): boolean {
  if (readU32(bytes, at + 12) !== RECORD_MARKER) return false;
  const length = recordLength(bytes, at);
  return length >= MIN_RECORD_BYTES && length <= room;
}

/** Needs the whole record. */
export function hasRightChecksum(bytes: Uint8Array, at: number, seed: number, checksum: Checksum): boolean {
  return checksum(bytes.subarray(at + 4, at + recordLength(bytes, at)), seed) === recordChecksum(bytes, at);
}
