import { copyBytes } from '../../sst/copy-bytes.ts';
import { readVarint, varintEnd } from './varint.ts';

/** A copy of 64 bytes takes three: no sound block stands for more than that. */
const MOST_EXPANSION = 22;
/** A literal of up to 60 bytes has its length in the tag, a longer one in one to four bytes behind it. */
const LONG_LITERAL = 60;

/**
 * The bytes that a Snappy block (google/snappy, format_description.txt) stands for; undefined: it is damaged. Reads nothing
 * outside of bytes[start, end), and does not let a damaged length take memory.
 */
export function uncompress(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const length = readVarint(bytes, start, end);
  if (length === undefined || length > MOST_EXPANSION * (end - start)) return undefined;
  const out = new Uint8Array(length);
  let from = varintEnd();
  let to = 0;
  while (from < end) {
    const tag = bytes[from++];
    let size = (tag >>> 2) + 1;
    if ((tag & 3) === 0) {
      if (size > LONG_LITERAL) {
        const width = size - LONG_LITERAL;
        size = littleEndian(bytes, from, width) + 1;
        from += width;
      }
      // Said so that a NaN, which is what reading past the end gives, is refused as well.
      if (!(from + size <= end && to + size <= length)) return undefined;
      copyBytes(out, to, bytes, from, from + size);
      from += size;
    } else {
      let distance: number;
      if ((tag & 3) === 1) {
        size = ((tag >>> 2) & 7) + 4;
        distance = ((tag >>> 5) << 8) | bytes[from++];
      } else {
        const width = (tag & 3) === 2 ? 2 : 4;
        distance = littleEndian(bytes, from, width);
        from += width;
      }
      if (from > end || !(distance > 0 && distance <= to && to + size <= length)) return undefined;
      // Bytes that the copy itself brings may be copied again, so it goes one by one.
      for (let i = to; i < to + size; i++) out[i] = out[i - distance];
    }
    to += size;
  }
  return to === length ? out : undefined;
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i];
  return value;
}
