import { readU32 } from '../../little-endian.ts';
import { PUT, type VisitEntry } from './entry.ts';
import { readVarint, varintEnd } from './varint.ts';

/** Sequence and type, behind every key. */
const TRAILER_BYTES = 8;

/**
 * Visits the entries of a LevelDB block (table_format.md: shared, non-shared and value length as varints, rest of the key,
 * value; then restart points). false: the block ended in what is no entry; those before it were visited.
 */
export function visitBlock(bytes: Uint8Array, isSound: boolean, visit: VisitEntry): boolean {
  return walkBlock(bytes, (internalKey, valueStart, valueEnd) => {
    const length = internalKey.length - TRAILER_BYTES;
    if (length < 0) return false;
    const sequence = readU32(internalKey, length + 1) + (internalKey[length + 5] | (internalKey[length + 6] << 8)) * 2 ** 32;
    const isPut = internalKey[length] === PUT;
    visit({
      key: internalKey.subarray(0, length),
      sequence: sequence + internalKey[length + 7] * 2 ** 48,
      ...{ isPut, bytes, valueStart, valueEnd, isSound },
    });
    return true;
  });
}

type VisitRaw = (internalKey: Uint8Array, valueStart: number, valueEnd: number) => boolean;

/** The same for any block, an index too; the key is a view of a buffer that the next entry changes. */
export function walkBlock(bytes: Uint8Array, visit: VisitRaw): boolean {
  const limit = entriesEnd(bytes);
  let key: Uint8Array = new Uint8Array(64);
  let keyLength = 0;
  for (let at = 0; at < limit; ) {
    const shared = readVarint(bytes, at, limit);
    const own = shared === undefined ? undefined : readVarint(bytes, varintEnd(), limit);
    const value = own === undefined ? undefined : readVarint(bytes, varintEnd(), limit);
    const keyStart = varintEnd();
    if (shared === undefined || own === undefined || value === undefined) return false;
    if (shared > keyLength || keyStart + own + value > limit) return false;
    keyLength = shared + own;
    if (keyLength > key.length) key = grown(key, shared, 2 * keyLength);
    key.set(bytes.subarray(keyStart, keyStart + own), shared);
    if (!visit(key.subarray(0, keyLength), keyStart + own, keyStart + own + value)) return false;
    at = keyStart + own + value;
  }
  return true;
}

/** Restart points stand behind the entries, their number last. Where that cannot be, everything may be entries. */
function entriesEnd(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  const end = bytes.length - 4 - 4 * readU32(bytes, bytes.length - 4);
  return end >= 0 ? end : bytes.length;
}

function grown(key: Uint8Array, kept: number, size: number): Uint8Array {
  const larger = new Uint8Array(size);
  larger.set(key.subarray(0, kept));
  return larger;
}
