import type { TopicId } from '../../protocol/log.ts';
import { readU32, readU48 } from '../little-endian.ts';
import { STAGED_REFERENCE_BYTES } from './frame.ts';
import type { StagedValue } from './part.ts';
import { RecordFault, RecordView } from './record.ts';

/** Walks frames (frame.ts) and allocates nothing for it. Throws RecordFault where they are not what they should be. */
export class FrameReader {
  readonly record = new RecordView();
  topic: TopicId = 0;
  partition = 0;
  /** The frame is bytes[frameStart, frameEnd). */
  frameStart = 0;
  frameEnd: number;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #isStaged = false;

  constructor(bytes: Uint8Array, start = 0, limit = bytes.length) {
    this.#bytes = bytes;
    this.#limit = limit;
    this.frameEnd = start;
  }

  /** false: there is no further frame. */
  next(): boolean {
    this.frameStart = this.frameEnd;
    if (this.frameStart >= this.#limit) return false;
    this.topic = this.#varint();
    this.partition = this.#varint();
    const size = this.#varint();
    this.#isStaged = size % 2 === 1;
    const start = this.frameEnd;
    const end = start + Math.floor(size / 2);
    if (end > this.#limit) throw new RecordFault(start, `a record of ${end - start} bytes where ${this.#limit - start} are left`, true);
    const recordEnd = this.#isStaged ? end - STAGED_REFERENCE_BYTES : end;
    this.record.read(this.#bytes, start, recordEnd);
    if (this.record.end !== recordEnd)
      throw new RecordFault(this.record.end, `a record that ends ${recordEnd - this.record.end} bytes early`, false);
    this.frameEnd = end;
    return true;
  }

  /** Where the record's value is, if it is not in the record. */
  get staged(): StagedValue | undefined {
    return this.#isStaged ? readReference(this.#bytes, this.record.end) : undefined;
  }

  #varint(): number {
    let value = 0;
    for (let unit = 1; unit <= 2 ** 49; unit *= 128) {
      if (this.frameEnd >= this.#limit) throw new RecordFault(this.frameEnd, 'a number that does not end', true);
      const byte = this.#bytes[this.frameEnd++];
      value += (byte & 127) * unit;
      if (byte > 127) continue;
      if (value <= Number.MAX_SAFE_INTEGER) return value;
      break;
    }
    throw new RecordFault(this.frameEnd, 'a number that is too long', false);
  }
}

/** What stands behind a record whose value is staged. */
export function readReference(bytes: Uint8Array, at: number): StagedValue {
  return { id: readU48(bytes, at), blocks: readU32(bytes, at + 6), bytes: readU32(bytes, at + 10) };
}
