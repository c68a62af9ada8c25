import { LithifyError } from '../../protocol/errors.ts';
import { MAX_HEADER_BYTES, MAX_U64, MAX_VALUE_BYTES, type NewRecord, type RecordHeader } from '../../protocol/log.ts';
import { type EncodableRecord, type EncodedHeader, headersSize } from './record.ts';
import { MOST_MILLISECONDS } from './seconds.ts';

const encoder = new TextEncoder();
const NO_HEADERS: readonly EncodedHeader[] = Object.freeze([]);

/** What a producer handed over, text as UTF-8; bytes are not copied. Throws LITHIFY_INVALID_ARGUMENT, which says what is wrong. */
export function encodable(record: NewRecord): EncodableRecord {
  if (typeof record !== 'object' || record === null) throw wrong('A record', 'an object with key and value', kindOf(record));
  const { key, timestamp } = record;
  if (typeof key !== 'bigint' || key < 0n || key > MAX_U64) throw wrong("A record's key", 'a bigint from 0n to 2n ** 64n - 1n', shown(key));
  const value = valueOf(record.value);
  const headers = record.headers === undefined ? NO_HEADERS : headersOf(record.headers);
  if (timestamp === undefined) return { key, value, headers };
  // Said so that NaN is refused as well.
  if (typeof timestamp !== 'number' || !(Math.abs(timestamp) <= MOST_MILLISECONDS))
    throw wrong("A record's timestamp", `a number of milliseconds since 1970, within ${MOST_MILLISECONDS}`, shown(timestamp));
  return { key, value, headers, timestamp };
}

function valueOf(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? textBytes("A record's value", value) : value;
  if (!(bytes instanceof Uint8Array)) throw wrong("A record's value", 'a Uint8Array or a string', kindOf(value));
  if (bytes.length > MAX_VALUE_BYTES) throw wrong("A record's value", `at most ${MAX_VALUE_BYTES} bytes`, `${bytes.length} bytes`);
  return bytes;
}

function headersOf(headers: readonly RecordHeader[]): readonly EncodedHeader[] {
  if (!Array.isArray(headers)) throw wrong("A record's headers", 'an array', kindOf(headers));
  const encoded = headers.map(headerOf);
  const bytes = headersSize(encoded);
  if (bytes > MAX_HEADER_BYTES) throw wrong("A record's headers", `at most ${MAX_HEADER_BYTES} bytes together`, `${bytes} bytes`);
  return encoded;
}

function headerOf(header: RecordHeader, index: number): EncodedHeader {
  const { key, value } = header ?? {};
  if (typeof key !== 'string') throw wrong(`The key of header ${index}`, 'a string', kindOf(key));
  if (!(value instanceof Uint8Array)) throw wrong(`The value of header ${index}`, 'a Uint8Array', kindOf(value));
  return { key: textBytes(`The key of header ${index}`, key), value };
}

function textBytes(what: string, text: string): Uint8Array {
  // UTF-8 cannot hold half a surrogate pair; encoding it would store another text than the one given.
  if (!text.isWellFormed()) throw wrong(what, 'text', 'a lone surrogate');
  if (text.length * MOST_PER_UNIT > SCRATCH_BYTES) return encoder.encode(text);
  // `encode` makes its result a buffer outside the heap, which takes ten times as long for a few bytes.
  return scratch.slice(0, encoder.encodeInto(text, scratch).written);
}

/** UTF-8 takes at most three bytes for each unit of a string. */
const MOST_PER_UNIT = 3;
const SCRATCH_BYTES = 4096;
const scratch = new Uint8Array(SCRATCH_BYTES);

function wrong(what: string, expected: string, found: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `${what} must be ${expected}, not ${found}.`, {
    details: { expected, found },
  });
}

function shown(value: unknown): string {
  return typeof value === 'bigint' || typeof value === 'number' ? `${typeof value} ${value}` : kindOf(value);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
