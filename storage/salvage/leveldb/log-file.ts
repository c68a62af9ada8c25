import { readU32 } from '../../little-endian.ts';
import { maskedChecksum } from './checksum.ts';

/** log_format.md: blocks of so many bytes; records never span two, but fragments make one of several. */
const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** What was written in one go. `isSound`: every checksum over it is right, and none of it is missing. */
export interface LogRecord {
  readonly payload: Uint8Array;
  readonly isSound: boolean;
}

interface Fragment {
  readonly start: number;
  readonly end: number;
  readonly type: number;
  readonly isSound: boolean;
}

/**
 * The records of a LevelDB log, those with damage in them too: what a fragment was can often be told from its place, and
 * then the damage costs no more than the values that it hit.
 */
export function readLog(file: Uint8Array): LogRecord[] {
  const records: LogRecord[] = [];
  let parts: Fragment[] = [];
  const finish = (isEnded: boolean) => {
    if (parts.length > 0) records.push(joined(file, parts, isEnded));
    parts = [];
  };
  for (let block = 0; block < file.length; block += BLOCK_BYTES) {
    for (const fragment of fragmentsIn(file, block, Math.min(block + BLOCK_BYTES, file.length), () => parts.length > 0)) {
      const { type } = fragment;
      if (type === FULL || type === FIRST) finish(false);
      parts.push(fragment);
      if (type === FULL || type === LAST) finish(true);
    }
  }
  finish(false);
  return records;
}

function joined(file: Uint8Array, parts: readonly Fragment[], isEnded: boolean): LogRecord {
  const isSound = isEnded && (parts[0].type === FULL || parts[0].type === FIRST) && parts.every((part) => part.isSound);
  if (parts.length === 1) return { payload: file.subarray(parts[0].start, parts[0].end), isSound };
  const payload = new Uint8Array(parts.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of parts) {
    payload.set(file.subarray(start, end), at);
    at += end - start;
  }
  return { payload, isSound };
}

/** `isOpen`: is a record under way, so that what cannot be read goes on with it? */
function* fragmentsIn(file: Uint8Array, block: number, limit: number, isOpen: () => boolean): Iterable<Fragment> {
  let at = block;
  while (at + HEADER_BYTES <= limit) {
    const fragment = fragmentAt(file, at, limit);
    // Nothing, or the zeros that end a block.
    if (fragment === undefined && isZero(file, at, limit)) return;
    if (fragment?.isSound) {
      yield fragment;
      at = fragment.end;
      continue;
    }
    // Its length is right if a sound one, or the end, is behind it; if not, it is taken to fill the block, as middle ones do.
    const isPlaced =
      fragment !== undefined && (fragment.end > limit - HEADER_BYTES || fragmentAt(file, fragment.end, limit)?.isSound === true);
    const end = isPlaced ? fragment.end : limit;
    const type = isPlaced ? fragment.type : isOpen() ? MIDDLE : FIRST;
    yield { start: at + HEADER_BYTES, end, type, isSound: false };
    at = end;
  }
}

function fragmentAt(file: Uint8Array, at: number, limit: number): Fragment | undefined {
  if (at + HEADER_BYTES > limit) return undefined;
  const type = file[at + 6];
  const start = at + HEADER_BYTES;
  const end = start + (file[at + 4] | (file[at + 5] << 8));
  if (type < FULL || type > LAST || end > limit) return undefined;
  return { start, end, type, isSound: maskedChecksum(file, at + 6, end) === readU32(file, at) };
}

function isZero(file: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (file[at] !== 0) return false;
  return true;
}
