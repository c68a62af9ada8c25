import { MAX_HEADER_BYTES, MAX_VALUE_BYTES } from '../../protocol/log.ts';
import { readU32 } from '../little-endian.ts';
import { crc32c } from './crc32c.ts';
import { MOST_MILLISECONDS, millisecondsOf } from './seconds.ts';
import { joined, readDouble } from './words.ts';

/** Bytes that are no record. */
export class RecordFault extends Error {
  override readonly name = 'RecordFault';
  /** Where in the bytes. */
  readonly at: number;
  readonly reason: string;
  /** The bytes ended before the record did. */
  readonly incomplete: boolean;

  constructor(at: number, reason: string, incomplete: boolean) {
    super(`${reason} at byte ${at}`);
    this.at = at;
    this.reason = reason;
    this.incomplete = incomplete;
  }
}

const NOTHING = new Uint8Array(0);
const CRC_BYTES = 4;
const TIMESTAMP_BYTES = 8;
const FIRST_UNSAFE_HIGH = 2 ** 21;
const FAILED = -1;

/**
 * Where the fields of one record lie (log-format.md 2.2), as numbers: reading allocates nothing, and one view serves for
 * every record of a scan. Accepts what streambed's reader accepts, over-long varints included, but for: a version other
 * than 0, which it would misread; a time beyond all calendars, on which it panics; and values and headers above what a
 * record may have here.
 */
export class RecordView {
  bytes: Uint8Array = NOTHING;
  start = 0;
  /** Behind the CRC. */
  end = 0;
  version = 0;
  headerCount = 0;
  /** The first header's key length. */
  headersStart = 0;
  /** Milliseconds since 1970, rounded; NaN: the record has none. */
  timestamp = Number.NaN;
  /** The key's halves, u32 each. */
  keyLow = 0;
  keyHigh = 0;
  valueStart = 0;
  valueEnd = 0;
  /** Infinity above 2^53 - 1; its halves are exact always. */
  offset = 0;
  offsetLow = 0;
  offsetHigh = 0;
  /** After a failed `tryRead`: what RecordFault says. */
  faultAt = 0;
  faultReason = '';
  incomplete = false;

  #limit = 0;
  #low = 0;
  #high = 0;

  get key(): bigint {
    return joined(this.keyLow, this.keyHigh);
  }

  /** Reads the record that begins at `start`, never anything from `limit` on; throws RecordFault. Looks at no checksum. */
  read(bytes: Uint8Array, start: number, limit: number): void {
    if (!this.tryRead(bytes, start, limit)) throw new RecordFault(this.faultAt, this.faultReason, this.incomplete);
  }

  /** The same without an error object, for who tries many places. After false only the fault's fields mean anything. */
  tryRead(bytes: Uint8Array, start: number, limit: number): boolean {
    this.bytes = bytes;
    this.start = start;
    this.end = start;
    this.#limit = limit;
    return this.#version() && this.#headers() && this.#timestamp() && this.#key() && this.#value() && this.#offset() && this.#checksum();
  }

  hasRightChecksum(): boolean {
    const end = this.end - CRC_BYTES;
    return crc32c(this.bytes, this.start, end) === readU32(this.bytes, end);
  }

  #version(): boolean {
    const version = this.#number('a version', 5, 0x0f);
    this.version = version;
    return version === 0 || (version !== FAILED && this.#fault(`A record of version ${version}, where only 0 is known,`));
  }

  #headers(): boolean {
    const count = this.#number('a number of headers', 10, 1);
    this.headerCount = count;
    this.headersStart = this.end;
    return count === 0 || (count !== FAILED && this.#skipHeaders(count));
  }

  #skipHeaders(count: number): boolean {
    const most = this.headersStart + MAX_HEADER_BYTES;
    // A header takes two bytes at least; so a count cannot keep the loop busy for longer than its bytes are worth.
    if (count > MAX_HEADER_BYTES / 2) return this.#fault(`${count} headers, more than a record may have,`);
    for (let part = 0; part < 2 * count; part++) {
      const length = this.#number('the length of a header', 10, 1);
      if (length === FAILED) return false;
      if (this.end + length > most) return this.#fault(`Headers of more than ${MAX_HEADER_BYTES} bytes`);
      if (!this.#skip(length)) return false;
    }
    return true;
  }

  #timestamp(): boolean {
    const tag = this.end < this.#limit ? this.bytes[this.end] : FAILED;
    if (tag === 0) {
      this.timestamp = Number.NaN;
      this.end++;
      return true;
    }
    if (tag === FAILED) return this.#cut();
    if (tag !== 1) return this.#fault(`A timestamp's tag of ${tag}, not 0 or 1,`);
    this.end++;
    const at = this.end;
    if (!this.#skip(TIMESTAMP_BYTES)) return false;
    const timestamp = millisecondsOf(readDouble(this.bytes, at));
    this.timestamp = timestamp;
    // Said so that NaN is refused as well.
    return Math.abs(timestamp) <= MOST_MILLISECONDS || this.#fault('A timestamp that is no date');
  }

  #key(): boolean {
    if (!this.#varint('a key', 10, 1)) return false;
    this.keyLow = this.#low;
    this.keyHigh = this.#high;
    return true;
  }

  #value(): boolean {
    const length = this.#number("a value's length", 10, 1);
    if (length === FAILED) return false;
    if (length > MAX_VALUE_BYTES) return this.#fault(`A value of ${length} bytes, more than ${MAX_VALUE_BYTES},`);
    this.valueStart = this.end;
    this.valueEnd = this.end + length;
    return this.#skip(length);
  }

  #offset(): boolean {
    if (!this.#varint('an offset', 10, 1)) return false;
    this.offsetLow = this.#low;
    this.offsetHigh = this.#high;
    this.offset = this.#high < FIRST_UNSAFE_HIGH ? this.#high * 2 ** 32 + this.#low : Number.POSITIVE_INFINITY;
    return true;
  }

  #checksum(): boolean {
    return this.#skip(CRC_BYTES);
  }

  #skip(length: number): boolean {
    if (this.end + length > this.#limit) return this.#cut();
    this.end += length;
    return true;
  }

  /** FAILED, or the number; exact up to 2^53, which is more than there can be bytes. */
  #number(what: string, mostBytes: number, mostLast: number): number {
    const at = this.end;
    if (at < this.#limit && this.bytes[at] < 128) {
      this.end = at + 1;
      return this.bytes[at];
    }
    return this.#varint(what, mostBytes, mostLast) ? this.#high * 2 ** 32 + this.#low : FAILED;
  }

  /** Into #low and #high. At most so many bytes, and the last of them at most so large: what does not fit is an error. */
  #varint(what: string, mostBytes: number, mostLast: number): boolean {
    const { bytes } = this;
    const start = this.end;
    const limit = Math.min(start + mostBytes, this.#limit);
    let low = 0;
    let high = 0;
    let at = start;
    for (let shift = 0; at < limit; shift += 7) {
      const byte = bytes[at++];
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift > 28) high |= (byte & 127) << (shift - 32);
      else {
        low |= byte << 28;
        high = (byte & 127) >>> 4;
      }
      if (byte < 128) {
        if (at - start === mostBytes && byte > mostLast) break;
        this.end = at;
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return true;
      }
    }
    return at - start === mostBytes ? this.#fault(`A number too large for ${what}`) : this.#cut();
  }

  #fault(reason: string): false {
    this.faultAt = this.end;
    this.faultReason = reason;
    this.incomplete = false;
    return false;
  }

  #cut(): false {
    this.faultAt = this.#limit;
    this.faultReason = 'The bytes end inside a record';
    this.incomplete = true;
    return false;
  }
}
