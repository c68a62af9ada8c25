import type { Offset } from '../../protocol/log.ts';
import type { Block } from '../sst/block.ts';
import { corruption } from '../sst/damage.ts';
import { STAGED_REFERENCE_BYTES } from './frame.ts';
import { readReference } from './frame-reader.ts';
import type { StagedValue } from './part.ts';
import type { RecordView } from './record.ts';

/** Above what a record's size can be; a varint that reaches it is damage. */
const TOO_LARGE = 2 ** 32;

/**
 * Walks the records of log blocks, one block after the other. The block's checksum has been checked, so that a frame that
 * makes no sense means a defect or malice: LITHIFY_CORRUPTION with blob, block and offset.
 */
export class LogBlockCursor {
  #block: Block | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #limit = 0;
  #left = 0;
  #last: Offset = -1;
  #staged = false;
  #stagedAt = 0;

  /** `after`: the offset that the block before ended with; what comes must be above it. */
  open(block: Block, after: Offset = -1): void {
    this.#block = block;
    this.#bytes = block.bytes;
    this.#at = block.start;
    this.#limit = block.limit;
    this.#left = block.count;
    this.#last = after;
    this.#staged = false;
  }

  /** Of the record that the view points at. */
  get offset(): Offset {
    return this.#last;
  }

  /** Where the value is of the record that `next` gave, when it is staged. */
  get staged(): StagedValue | undefined {
    return this.#staged ? readReference(this.#bytes, this.#stagedAt) : undefined;
  }

  /** Points the view at the next record; false: there is no further one in this block. */
  next(view: RecordView): boolean {
    if (this.#left === 0) {
      if (this.#at !== this.#limit) throw this.#damage(this.#at, 'bytes after the last record');
      return false;
    }
    const size = this.#size();
    const end = this.#at + Math.floor(size / 2);
    if (end > this.#limit) throw this.#damage(this.#at, 'a record that is longer than its block');
    this.#staged = (size & 1) === 1;
    this.#stagedAt = this.#staged ? end - STAGED_REFERENCE_BYTES : end;
    this.#read(view);
    if (view.offset <= this.#last || view.offset > Number.MAX_SAFE_INTEGER)
      throw this.#damage(this.#at, `offset ${view.offset} after ${this.#last}`);
    this.#last = view.offset;
    this.#at = end;
    this.#left--;
    return true;
  }

  #read(view: RecordView): void {
    if (!view.tryRead(this.#bytes, this.#at, this.#stagedAt)) throw this.#damage(view.faultAt, view.faultReason);
    if (view.end !== this.#stagedAt) throw this.#damage(view.end, 'bytes after a record');
  }

  /** Read beyond the last record it is a number of no meaning, but one that ends behind the block. */
  #size(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let unit = 1; unit < TOO_LARGE; unit *= 128) {
      const byte = bytes[this.#at++];
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
    throw this.#damage(this.#at, 'a size that is too long');
  }

  #damage(at: number, what: string): Error {
    const { blobId = 0, number = 0, base = 0 } = this.#block ?? {};
    return corruption(blobId, number, what, { offset: at - base });
  }
}
