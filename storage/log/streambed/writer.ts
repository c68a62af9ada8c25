import { LithifyError } from '../../../protocol/errors.ts';
import { writeU32 } from '../../little-endian.ts';
import { copyBytes } from '../../sst/copy-bytes.ts';
import { crc32c } from '../crc32c.ts';
import type { RecordView } from '../record.ts';
import { writeNumber, writeVarint } from '../words.ts';

const BUFFER_BYTES = 256 * 1024;
const CRC_BYTES = 4;
const MOST_NUMBER_BYTES = 10;
/** Streambed's `max_record_size` unless told otherwise: it acknowledges larger ones and cannot read them (D5). */
export const STREAMBED_RECORD_BYTES = 16 * 1024;

/** What was written. */
export interface Written {
  /** How many. */
  readonly records: number;
  /** Of them, as they stand in the file. */
  readonly bytes: number;
  /** Records above STREAMBED_RECORD_BYTES: that system reads them only with a larger `max_record_size`. */
  readonly large: number;
}

/** Takes bytes that are its own until it resolves. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/**
 * Records as a file of streambed-logged: their bytes as they are stored, one behind the other, nothing else
 * (log-format.md 2.2). Holds one buffer; a record whose value is kept elsewhere goes through in pieces.
 */
export class StreambedWriter {
  readonly #write: WriteBytes;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #records = 0;
  #bytes = 0;
  #large = 0;

  constructor(write: WriteBytes) {
    this.#write = write;
  }

  /** Copies the record; waits only when the promise is there: when the buffer was full. */
  add(view: RecordView): Promise<void> | undefined {
    const size = view.end - view.start;
    this.#count(size);
    if (size > BUFFER_BYTES - this.#used) return this.#addThrough(view);
    copyBytes(this.#buffer, this.#used, view.bytes, view.start, view.end);
    this.#used += size;
    return undefined;
  }

  /**
   * A record that was staged: the view has all of it but the value, whose `valueBytes` come in pieces. The checksum is
   * that of the record with its value. Throws LITHIFY_CORRUPTION if the pieces are more or fewer bytes than that.
   */
  async addStaged(view: RecordView, valueBytes: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    await this.#flush();
    // The view's own value is empty: one byte says so.
    const fields = view.valueStart - 1 - view.start;
    const head = new Uint8Array(fields + MOST_NUMBER_BYTES);
    copyBytes(head, 0, view.bytes, view.start, view.valueStart - 1);
    const headBytes = writeNumber(head, fields, valueBytes);
    const tail = new Uint8Array(MOST_NUMBER_BYTES + CRC_BYTES);
    const tailBytes = writeVarint(tail, 0, view.offsetLow, view.offsetHigh);

    let sum = crc32c(head, 0, headBytes);
    await this.#write(head.subarray(0, headBytes));
    sum = await this.#writeValue(valueBytes, pieces, sum);
    writeU32(tail, tailBytes, crc32c(tail, 0, tailBytes, sum));
    await this.#write(tail.subarray(0, tailBytes + CRC_BYTES));
    this.#count(headBytes + valueBytes + tailBytes + CRC_BYTES);
  }

  /** Writes what is left, and says what all was. */
  async end(): Promise<Written> {
    await this.#flush();
    return { records: this.#records, bytes: this.#bytes, large: this.#large };
  }

  async #writeValue(valueBytes: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, seed: number): Promise<number> {
    let sum = seed;
    let found = 0;
    for await (const piece of pieces) {
      found += piece.length;
      if (found > valueBytes) break;
      sum = crc32c(piece, 0, piece.length, sum);
      await this.#write(piece);
    }
    if (found !== valueBytes) throw wrongValue(valueBytes, found);
    return sum;
  }

  async #addThrough(view: RecordView): Promise<void> {
    await this.#flush();
    await this.#write(view.bytes.subarray(view.start, view.end));
  }

  async #flush(): Promise<void> {
    if (this.#used === 0) return;
    await this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #count(size: number): void {
    this.#records++;
    this.#bytes += size;
    if (size > STREAMBED_RECORD_BYTES) this.#large++;
  }
}

function wrongValue(expected: number, found: number): LithifyError {
  const message = `A large value has ${found > expected ? 'more than ' : ''}${Math.min(found, expected)} of its ${expected} bytes; its blob is not what was written.`;
  return new LithifyError('LITHIFY_CORRUPTION', message, { details: { expected, found } });
}
