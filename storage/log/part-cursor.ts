import type { Offset } from '../../protocol/log.ts';
import type { Block } from '../sst/block.ts';
import { LogBlockCursor } from './log-block-cursor.ts';
import type { LogPart, StagedValue } from './part.ts';
import { blockFor } from './part-index.ts';
import type { PartReader } from './part-reader.ts';
import type { RecordView } from './record.ts';

/**
 * Walks the records of parts, which are ascending, from an offset on, for jobs:
 *
 *     while (inThread ? cursor.fillSync() : await cursor.fill()) {   // one block
 *       while (cursor.next(view)) …                                  // its records
 *     }
 */
export class PartCursor {
  readonly #parts: readonly LogPart[];
  readonly #reader: PartReader;
  readonly #from: Offset;
  readonly #records = new LogBlockCursor();
  #part = 0;
  /** The block to fetch; undefined: the part has not been looked at. */
  #block: number | undefined;
  #last: Offset = -1;
  #isOpen = false;
  /** Taken from the reader, cached or not. */
  bytesRead = 0;
  blocksRead = 0;

  constructor(parts: readonly LogPart[], from: Offset, reader: PartReader) {
    this.#parts = parts;
    this.#reader = reader;
    this.#from = from;
    while (this.#part < parts.length && parts[this.#part].lastOffset < from) this.#part++;
  }

  /** The part that the records come from; undefined before the first block. */
  get part(): LogPart | undefined {
    return this.#isOpen ? this.#parts[this.#part] : undefined;
  }

  /** The block that the records come from, by its place in the part. */
  get block(): number {
    return (this.#block ?? 0) - 1;
  }

  /** Where the value is of the record that `next` gave, when it is staged. */
  get staged(): StagedValue | undefined {
    return this.#records.staged;
  }

  /** Fetches the next block; false: there is none. */
  async fill(): Promise<boolean> {
    const part = this.#nextPart();
    if (part === undefined) return false;
    this.#block ??= this.#isWhole(part) ? 0 : blockFor(await this.#reader.loadIndex(part), this.#from);
    this.#open(await this.#reader.loadBlock(part, this.#block));
    return true;
  }

  fillSync(): boolean {
    const part = this.#nextPart();
    if (part === undefined) return false;
    this.#block ??= this.#isWhole(part) ? 0 : blockFor(this.#reader.loadIndexSync(part), this.#from);
    this.#open(this.#reader.loadBlockSync(part, this.#block));
    return true;
  }

  /** Points the view at the next record; false: the block has no further one, `fill` is due. */
  next(view: RecordView): boolean {
    if (!this.#isOpen) return false;
    while (this.#records.next(view)) {
      this.#last = view.offset;
      if (view.offset >= this.#from) return true;
    }
    return false;
  }

  #isWhole(part: LogPart): boolean {
    return part.firstOffset >= this.#from;
  }

  #nextPart(): LogPart | undefined {
    const part = this.#parts[this.#part];
    if (part === undefined || this.#block === undefined || this.#block < part.blocks) return part;
    this.#block = undefined;
    return this.#parts[++this.#part];
  }

  #open(block: Block): void {
    this.#records.open(block, this.#last);
    this.#isOpen = true;
    this.#block = (this.#block ?? 0) + 1;
    this.bytesRead += block.size;
    this.blocksRead++;
  }
}

export function partCursor(parts: readonly LogPart[], from: Offset, reader: PartReader): PartCursor {
  return new PartCursor(parts, from, reader);
}
