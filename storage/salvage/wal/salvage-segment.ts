import type { Checksum } from '../../jobs/job.ts';
import { looksLikeRecord, MIN_RECORD_BYTES, RECORD_MARKER, recordLength, recordNumber } from '../../wal/record.ts';
import { RecordSums } from '../../wal/record-sums.ts';
import { SEGMENT_HEADER_BYTES, seedOf } from '../../wal/segment.ts';

/** A stretch of a segment that is no record of it. */
export interface Gap {
  readonly offset: number;
  readonly bytes: number;
  /** Records that were there; undefined: nobody knows how many. */
  readonly groups: number | undefined;
}

export interface SegmentWalk {
  readonly gaps: readonly Gap[];
  readonly records: number;
}

/** Where a record's marker stands in it. */
const MARKER_AT = 12;
const CRC_AT = SEGMENT_HEADER_BYTES - 4;

/** What the checksums of the segment's records continue from: the header's own, if it or the rest of the header is sound. */
export function seedsOf(segment: Uint8Array, checksum: Checksum): number[] {
  if (segment.length < SEGMENT_HEADER_BYTES) return [];
  return [...new Set([seedOf(segment), checksum(segment.subarray(0, CRC_AT))])];
}

/**
 * Every whole record from the header to `limit`. After a bad one it goes on at the next marker behind which a sound one
 * stands. Between two calls of `onRecord` the event loop may have had its turn.
 */
export async function walkSegment(
  segment: Uint8Array,
  limit: number,
  seeds: readonly number[],
  checksum: Checksum,
  onRecord: (record: Uint8Array, offset: number) => void | Promise<void>,
): Promise<SegmentWalk> {
  const sums = new RecordSums(segment, checksum);
  const gaps: Gap[] = [];
  let expected = 0;
  let records = 0;
  for (let offset = SEGMENT_HEADER_BYTES; offset < limit; ) {
    const at = soundRecordFrom(segment, offset, limit, seeds, sums);
    if (at === undefined) {
      gaps.push({ offset, bytes: limit - offset, groups: undefined });
      break;
    }
    const number = recordNumber(segment, at);
    // One that is missing without a gap was never there in this file.
    if (at > offset || number > expected) gaps.push({ offset, bytes: at - offset, groups: Math.max(0, number - expected) });
    offset = at + recordLength(segment, at);
    if (number < expected) continue;
    expected = number + 1;
    records++;
    const handled = onRecord(segment.subarray(at, offset), at);
    if (handled !== undefined) await handled;
  }
  return { gaps, records };
}

/** How many records stand at the beginning, one behind the other, but no more than `most`. */
export function recordsAtStart(segment: Uint8Array, seeds: readonly number[], most: number, checksum: Checksum): number {
  const sums = new RecordSums(segment, checksum);
  let offset = SEGMENT_HEADER_BYTES;
  for (let records = 0; records < most; records++) {
    if (!isRecord(segment, offset, segment.length, seeds, sums)) return records;
    offset += recordLength(segment, offset);
  }
  return most;
}

function soundRecordFrom(segment: Uint8Array, from: number, limit: number, seeds: readonly number[], sums: RecordSums): number | undefined {
  for (let at = from; at + MIN_RECORD_BYTES <= limit; at++) {
    if (isRecord(segment, at, limit, seeds, sums)) return at;
    const marker = segment.indexOf(RECORD_MARKER & 255, at + 1 + MARKER_AT);
    if (marker < 0) return undefined;
    at = marker - MARKER_AT - 1;
  }
  return undefined;
}

function isRecord(segment: Uint8Array, at: number, limit: number, seeds: readonly number[], sums: RecordSums): boolean {
  if (at + MIN_RECORD_BYTES > limit || !looksLikeRecord(segment, at, limit - at)) return false;
  return seeds.some((seed) => sums.isRight(at, seed));
}
