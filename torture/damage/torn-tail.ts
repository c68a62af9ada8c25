import { readU32 } from '../../storage/little-endian.ts';
import { SEGMENT_HEADER_BYTES } from '../../storage/wal/segment.ts';

interface Place {
  readonly start: number;
  readonly end: number;
  /** How many records of the segment were on disk when it was written. */
  readonly synced: number;
}

/**
 * What a sound newest segment of a log looks like to whoever finds `found` in its place, told by the format of records
 * alone: how many records are left when the rest is taken for a write that a crash tore, or that never was; undefined: it
 * cannot be that, and must be reported. A record is no torn one when a later one says that it was on disk.
 */
export function leftOfTornLog(whole: Uint8Array, found: Uint8Array | undefined): number | undefined {
  const records = recordsIn(whole);
  const first = firstDifference(whole, found ?? whole.subarray(0, 0));
  if (first === undefined || first >= whole.length) return records.length;
  if (found === undefined || found.length === first) return records.filter(({ end }) => end <= first).length;
  if (first < SEGMENT_HEADER_BYTES) return undefined;
  const torn = records.findIndex(({ end }) => first < end);
  const isWitnessed = records.some(({ start, end, synced }, n) => n > torn && synced > torn && isSame(whole, found, start, end));
  return isWitnessed ? undefined : torn;
}

function recordsIn(segment: Uint8Array): Place[] {
  const places: Place[] = [];
  for (let start = SEGMENT_HEADER_BYTES; start < segment.length; ) {
    const end = start + readU32(segment, start + 4);
    places.push({ start, end, synced: readU32(segment, start + 24) });
    start = end;
  }
  return places;
}

/** Where they part; the length of the shorter one if it is the other's beginning. */
function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const most = Math.min(a.length, b.length);
  for (let at = 0; at < most; at++) if (a[at] !== b[at]) return at;
  return a.length === b.length ? undefined : most;
}

function isSame(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (a[at] !== b[at]) return false;
  return true;
}
