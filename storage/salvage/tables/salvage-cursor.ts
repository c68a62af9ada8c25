import { LithifyError, messageOf } from '../../../protocol/errors.ts';
import { compareBytes, compareRanges } from '../../entry.ts';
import { type Cursor, Step } from '../../merge/cursor.ts';
import type { Block } from '../../sst/block.ts';
import { EntryView } from '../../sst/entry-view.ts';
import { BlockType } from '../../sst/format.ts';
import { isFlaw, type SalvageBlocks } from '../salvage-blocks.ts';
import type { KeyLoss } from './key-losses.ts';
import type { SalvageTable } from './salvage-table.ts';
import { TableMap } from './table-map.ts';

interface BadBlock {
  readonly number: number;
  readonly reason: string;
  /** The last key before it, if there is one. */
  readonly after: Uint8Array | undefined;
}

/**
 * Every entry that is left of tables which do not overlap, ascending. It needs neither indexes nor footers: it goes from block
 * to block, and each says what it is. What is bad it passes over, and tells before it gives an entry behind it.
 */
export class SalvageCursor extends EntryView implements Cursor {
  readonly #tables: readonly SalvageTable[];
  readonly #blocks: SalvageBlocks;
  readonly #onLoss: (loss: KeyLoss) => void;
  #table = 0;
  /** The next one to load. */
  #number = 0;
  #block: Block | undefined;
  #entry = 0;
  #isFinished = false;
  /** Bad blocks of which nobody knows what was in them: it was between the entries around them. */
  #bad: BadBlock[] = [];
  #map: TableMap | undefined;
  /** Of the table's entries so far. */
  #lastKey: Uint8Array | undefined;

  constructor(tables: readonly SalvageTable[], blocks: SalvageBlocks, onLoss: (loss: KeyLoss) => void) {
    super();
    this.#tables = tables;
    this.#blocks = blocks;
    this.#onLoss = onLoss;
  }

  step(): Step {
    if (this.#isFinished) return Step.end;
    const block = this.#block;
    if (block === undefined || this.#entry >= block.count) return Step.needsBlock;
    try {
      this.decode(block, this.#entry);
    } catch (error) {
      this.#passOver(block, messageOf(error));
      return Step.needsBlock;
    }
    this.#entry++;
    const { ingestedAt } = this.#tables[this.#table];
    if (ingestedAt !== undefined) this.seq = ingestedAt;
    return Step.entry;
  }

  /** To the next block that can be read; at the end the next step says so. */
  async fill(): Promise<void> {
    if (this.#block !== undefined && this.#entry < this.#block.count) return;
    this.#endBlock();
    while (!this.#isFinished) {
      const table = this.#tables[this.#table];
      if (table === undefined) this.#isFinished = true;
      else if (this.#number >= table.blocks || !this.#blocks.index.has(table.id)) this.#endTable(table);
      else if (await this.#load(table, this.#number++)) return;
    }
  }

  fillSync(): void {
    throw forwardOnly();
  }

  seek(): void {
    throw forwardOnly();
  }

  /** true: the block has entries to give. */
  async #load(table: SalvageTable, number: number): Promise<boolean> {
    const block = await this.#blocks.open(table.id, number);
    if (isFlaw(block)) {
      await this.#noteBad(table, number, block.flaw);
      return false;
    }
    if (block.type !== BlockType.data || block.count === 0) return false;
    const [first, last] = endsOf(block);
    if (first === undefined || last === undefined || isOutOfOrder(this.#lastKey, first)) {
      await this.#noteBad(table, number, 'its entries make no sense');
      return false;
    }
    this.#tellBad(table, first);
    this.#block = block;
    this.#entry = 0;
    return true;
  }

  /** The block's entries have been given. */
  #endBlock(): void {
    if (this.#block !== undefined) this.#lastKey = this.key();
    this.#block = undefined;
  }

  #endTable(table: SalvageTable): void {
    if (this.#number === 0) this.#lose(table, { from: table.minKey, to: table.maxKey }, undefined, 'the blob is missing');
    this.#tellBad(table, table.maxKey);
    this.#lastKey = undefined;
    this.#map = undefined;
    this.#number = 0;
    this.#table++;
  }

  async #noteBad(table: SalvageTable, number: number, reason: string): Promise<void> {
    this.#map ??= await TableMap.of(table, this.#blocks);
    const span = this.#map.spanOf(number);
    if (span === 'nothing') return;
    if (span === undefined) this.#bad.push({ number, reason, after: this.#lastKey });
    else this.#lose(table, span, number, reason);
  }

  #tellBad(table: SalvageTable, to: Uint8Array): void {
    for (const { number, reason, after } of this.#bad) this.#lose(table, { from: after ?? table.minKey, to }, number, reason);
    this.#bad = [];
  }

  /** An entry that cannot be, in a block whose checksum is right: what comes behind it cannot be told either. */
  #passOver(block: Block, reason: string): void {
    const { number } = block;
    if (this.#entry > 0) this.decode(block, this.#entry - 1);
    this.#lastKey = this.#entry > 0 ? this.key() : this.#lastKey;
    this.#bad.push({ number, reason, after: this.#lastKey });
    this.#block = undefined;
  }

  #lose(
    { id: blobId, maxSeq }: SalvageTable,
    span: { from?: Uint8Array; to?: Uint8Array },
    block: number | undefined,
    reason: string,
  ): void {
    this.#onLoss({ ...span, blobId, ...(block !== undefined && { block }), reason, maxSeq });
  }
}

/** First and last key; undefined where they cannot be read. */
function endsOf(block: Block): [Uint8Array | undefined, Uint8Array | undefined] {
  const view = new EntryView();
  try {
    view.decode(block, 0);
    const first = view.key();
    view.decode(block, block.count - 1);
    return compareRanges(first, 0, first.length, view.bytes, view.keyStart, view.keyEnd) > 0 ? [undefined, undefined] : [first, view.key()];
  } catch {
    return [undefined, undefined];
  }
}

function isOutOfOrder(before: Uint8Array | undefined, key: Uint8Array): boolean {
  return before !== undefined && compareBytes(before, key) > 0;
}

function forwardOnly(): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', 'A salvage goes forward, block by block.');
}
