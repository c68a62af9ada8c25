import { writeU32 } from '../little-endian.ts';
import { copyBytes } from '../sst/copy-bytes.ts';
import { crc32c } from './crc32c.ts';
import type { RecordView } from './record-view.ts';
import { secondsOf } from './seconds.ts';
import { highHalf, lowHalf, numberSize, varintSize, writeDouble, writeNumber, writeVarint } from './words.ts';

export { RecordFault, RecordView } from './record-view.ts';
export { toLogRecord } from './to-log-record.ts';

export interface EncodedHeader {
  /** UTF-8. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A record that was looked at (new-record.ts): encoding it cannot fail. */
export interface EncodableRecord {
  readonly key: bigint;
  readonly value: Uint8Array;
  readonly headers: readonly EncodedHeader[];
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
}

/**
 * Largest number of bytes of a record beside its value and its headers (each with its lengths): version 5, number of
 * headers 10, timestamp 9, key 10, value's length 10, offset 10, CRC 4. What we write takes 45 at most; over-long
 * numbers are read as streambed reads them.
 */
export const MOST_RECORD_OVERHEAD = 58;

const CRC_BYTES = 4;
const VERSION = 0;

/** Exact bytes of the record, in streambed-logged's format (log-format.md 2.2), CRC included. */
export function encodedSize(record: EncodableRecord, offset: number): number {
  const { value, headers, key } = record;
  const rest = 2 + (record.timestamp === undefined ? 0 : 8) + CRC_BYTES;
  const keyBytes = varintSize(lowHalf(key), highHalf(key));
  const valueBytes = numberSize(value.length) + value.length;
  return rest + headersSize(headers) + keyBytes + valueBytes + numberSize(offset);
}

/** With their number in front. */
export function headersSize(headers: readonly EncodedHeader[]): number {
  let size = numberSize(headers.length);
  for (const { key, value } of headers) size += numberSize(key.length) + key.length + numberSize(value.length) + value.length;
  return size;
}

/** Writes the record at `at`; returns the end, behind the CRC. `out` has room. */
export function encodeRecord(out: Uint8Array, at: number, record: EncodableRecord, offset: number): number {
  let end = at;
  out[end++] = VERSION;
  end = writeHeaders(out, end, record.headers);
  end = writeTimestamp(out, end, record.timestamp);
  end = writeVarint(out, end, lowHalf(record.key), highHalf(record.key));
  end = writeSized(out, end, record.value);
  return writeEnd(out, at, end, offset);
}

/** The same record with another offset, encoded anew at `at`; returns the end. */
export function encodeWithOffset(out: Uint8Array, at: number, view: RecordView, offset: number): number {
  copyBytes(out, at, view.bytes, view.start, view.valueEnd);
  return writeEnd(out, at, at + view.valueEnd - view.start, offset);
}

/** The same record, byte for byte, but with an empty value: its own is kept elsewhere. Returns the end. */
export function encodeWithoutValue(out: Uint8Array, at: number, view: RecordView, offset: number): number {
  const { bytes, start, valueStart } = view;
  // Back over the value's length: what stands before it ends with a byte that says so.
  let fieldsEnd = valueStart - 1;
  while (bytes[fieldsEnd - 1] > 127) fieldsEnd--;
  copyBytes(out, at, bytes, start, fieldsEnd);
  const end = at + fieldsEnd - start;
  out[end] = 0;
  return writeEnd(out, at, end + 1, offset);
}

function writeHeaders(out: Uint8Array, at: number, headers: readonly EncodedHeader[]): number {
  let end = writeNumber(out, at, headers.length);
  for (let i = 0; i < headers.length; i++) {
    end = writeSized(out, end, headers[i].key);
    end = writeSized(out, end, headers[i].value);
  }
  return end;
}

function writeTimestamp(out: Uint8Array, at: number, timestamp: number | undefined): number {
  if (timestamp === undefined) {
    out[at] = 0;
    return at + 1;
  }
  out[at] = 1;
  writeDouble(out, at + 1, secondsOf(timestamp));
  return at + 9;
}

function writeSized(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const start = writeNumber(out, at, bytes.length);
  copyBytes(out, start, bytes, 0, bytes.length);
  return start + bytes.length;
}

function writeEnd(out: Uint8Array, start: number, at: number, offset: number): number {
  const end = writeNumber(out, at, offset);
  writeU32(out, end, crc32c(out, start, end));
  return end + CRC_BYTES;
}
