import { messageOf } from '../../../protocol/errors.ts';
import type { Offset } from '../../../protocol/log.ts';
import type { BlobId } from '../../../protocol/messages.ts';
import { LogBlockCursor } from '../../log/log-block-cursor.ts';
import type { StagedValue } from '../../log/part.ts';
import { decodeIndex, type PartIndex } from '../../log/part-index.ts';
import { RecordView } from '../../log/record.ts';
import type { Block } from '../../sst/block.ts';
import { BlockType } from '../../sst/format.ts';
import { isFlaw, type SalvageBlocks } from '../salvage-blocks.ts';
import type { SalvagePart } from './salvage-part.ts';

/** Offsets, both inclusive. */
export interface OffsetLoss {
  readonly from: Offset;
  readonly to: Offset;
  readonly blobId: BlobId;
  readonly block?: number;
  readonly reason: string;
}

interface BadBlock {
  readonly number: number;
  readonly reason: string;
}

/** Every record that is left of one part, ascending; what is bad is passed over and told. */
export class PartRecords {
  readonly view = new RecordView();
  readonly #part: SalvagePart;
  readonly #blocks: SalvageBlocks;
  readonly #onLoss: (loss: OffsetLoss) => void;
  readonly #cursor = new LogBlockCursor();
  /** The next one to load, by its place in the part. */
  #place = 0;
  #isOpen = false;
  #last: Offset;
  /** Of which the index does not tell what was in them: it was between the records around them. */
  #bad: BadBlock[] = [];
  /** Read when a block is bad; null: it is bad itself. */
  #index: PartIndex | null | undefined;

  constructor(part: SalvagePart, blocks: SalvageBlocks, onLoss: (loss: OffsetLoss) => void) {
    this.#part = part;
    this.#blocks = blocks;
    this.#onLoss = onLoss;
    this.#last = part.firstOffset - 1;
  }

  /** Of the record that it stands on. */
  get offset(): Offset {
    return this.#last;
  }

  /** Where the record's value is, if it is not in the record. */
  get staged(): StagedValue | undefined {
    return this.#cursor.staged;
  }

  /** Points the view at the next record that is in memory; false: `load` is due. */
  step(): boolean {
    if (!this.#isOpen) return false;
    try {
      if (this.#cursor.next(this.view)) {
        this.#last = this.view.offset;
        return true;
      }
    } catch (error) {
      this.#bad.push({ number: this.#part.firstBlock + this.#place - 1, reason: messageOf(error) });
    }
    this.#isOpen = false;
    return false;
  }

  /** To the next block that can be read; false: there is none. */
  async load(): Promise<boolean> {
    const { blobId, firstBlock, blocks, firstOffset, lastOffset } = this.#part;
    if (!this.#blocks.index.has(blobId)) {
      if (this.#place === 0) this.#onLoss({ from: firstOffset, to: lastOffset, blobId, reason: 'the blob is missing' });
      this.#place = blocks;
      return false;
    }
    while (this.#place < blocks) {
      const number = firstBlock + this.#place++;
      const block = await this.#blocks.open(blobId, number);
      if (!isFlaw(block) && block.type === BlockType.log) {
        this.#cursor.open(block, this.#last);
        this.#isOpen = true;
        const first = this.#bad.length > 0 ? firstOffsetIn(block, this.#last) : undefined;
        if (first !== undefined) this.#tellBad(first);
        return true;
      }
      await this.#noteBad(number, isFlaw(block) ? block.flaw : 'it is no block of a log');
    }
    this.#tellBad(lastOffset + 1);
    return false;
  }

  async #noteBad(number: number, reason: string): Promise<void> {
    this.#index ??= await this.#loadIndex();
    const place = number - this.#part.firstBlock;
    const index = this.#index;
    if (index === null || place >= index.blocks) this.#bad.push({ number, reason });
    else this.#lose(index.firstOffsets[place], index.lastOffsets[place], number, reason);
  }

  async #loadIndex(): Promise<PartIndex | null> {
    const { blobId, firstBlock, blocks } = this.#part;
    const block = await this.#blocks.open(blobId, firstBlock + blocks);
    if (isFlaw(block) || block.type !== BlockType.logIndex) return null;
    try {
      return decodeIndex(block);
    } catch {
      return null;
    }
  }

  #tellBad(before: Offset): void {
    for (const { number, reason } of this.#bad) this.#lose(this.#last + 1, before - 1, number, reason);
    this.#bad = [];
  }

  #lose(from: Offset, to: Offset, block: number, reason: string): void {
    if (from <= to) this.#onLoss({ from, to, blobId: this.#part.blobId, block, reason });
  }
}

/** undefined: its first record makes no sense. */
function firstOffsetIn(block: Block, after: Offset): Offset | undefined {
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  cursor.open(block, after);
  try {
    return cursor.next(view) ? view.offset : undefined;
  } catch {
    return undefined;
  }
}
