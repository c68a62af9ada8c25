import { readU32, readU64 } from '../../little-endian.ts';
import { PUT, type VisitEntry } from './entry.ts';
import type { LogRecord } from './log-file.ts';
import { readVarint, varintEnd } from './varint.ts';

/** Sequence u64, count u32. */
const HEADER_BYTES = 12;

/** Visits what a record of LevelDB's log writes (write_batch.cc); false: it ended in what makes no sense. */
export function visitBatch({ payload, isSound }: LogRecord, visit: VisitEntry): boolean {
  if (payload.length < HEADER_BYTES) return false;
  const sequence = readU64(payload, 0);
  const count = readU32(payload, 8);
  let at = HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    if (at >= payload.length) return false;
    const isPut = payload[at++] === PUT;
    const keyEnd = stretchEnd(payload, at);
    if (keyEnd === undefined) return false;
    const key = payload.subarray(varintEnd(), keyEnd);
    const valueEnd = isPut ? stretchEnd(payload, keyEnd) : keyEnd;
    if (valueEnd === undefined) return false;
    const valueStart = isPut ? varintEnd() : keyEnd;
    visit({ key, sequence: sequence + i, isPut, bytes: payload, valueStart, valueEnd, isSound });
    at = valueEnd;
  }
  return at === payload.length;
}

/** Of what stands behind its own length; it begins where the varint ends. */
function stretchEnd(bytes: Uint8Array, at: number): number | undefined {
  const length = readVarint(bytes, at, bytes.length);
  if (length === undefined || varintEnd() + length > bytes.length) return undefined;
  return varintEnd() + length;
}
