import { LithifyError } from '../../protocol/errors.ts';
import { compareRanges, EntryKind } from '../entry.ts';
import { readU32 } from '../little-endian.ts';
import { type Cursor, Step } from '../merge/cursor.ts';
import { PAIR_HEADER_BYTES, type SharedPairs } from './packed-pairs.ts';

/** Walks over packed pairs; every entry is a put of sequence 0, and never lacks a block. */
export class PackedCursor implements Cursor {
  readonly bytes: Uint8Array;
  readonly kind = EntryKind.put;
  readonly seq = 0;
  readonly #end: number;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;

  constructor({ buffer, bytes }: SharedPairs) {
    this.bytes = new Uint8Array(buffer);
    this.#end = bytes;
  }

  step(): Step {
    const { bytes } = this;
    const at = this.valueEnd;
    if (at >= this.#end) return Step.end;
    this.keyStart = at + PAIR_HEADER_BYTES;
    this.keyEnd = this.valueStart = this.keyStart + (bytes[at] | (bytes[at + 1] << 8));
    this.valueEnd = this.valueStart + readU32(bytes, at + 2);
    if (this.valueEnd > this.#end) throw beyondEnd(at);
    return Step.entry;
  }

  async fill(): Promise<void> {}
  fillSync(): void {}

  seek(target: Uint8Array): void {
    let before = 0;
    this.valueEnd = 0;
    while (this.step() === Step.entry && compareRanges(this.bytes, this.keyStart, this.keyEnd, target, 0, target.length) < 0) {
      before = this.valueEnd;
    }
    this.valueEnd = before;
  }
}

function beyondEnd(at: number): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `The packed pair at byte ${at} does not end with the others.`, { details: { at } });
}
