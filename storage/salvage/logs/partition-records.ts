import type { StagedValue } from '../../log/part.ts';
import type { RecordView } from '../../log/record.ts';
import type { SalvageBlocks } from '../salvage-blocks.ts';
import { type OffsetLoss, PartRecords } from './part-records.ts';
import type { SalvagePart } from './salvage-part.ts';

/** A record, good until the next one is asked for. */
export interface FoundRecord {
  readonly view: RecordView;
  readonly staged: StagedValue | undefined;
}

/**
 * Records of parts in the order of their offsets, each offset once. Parts of a sound store follow each other; where the
 * manifest is lost those that a compaction had replaced come too, and overlap with what it made of them.
 */
export class PartitionRecords {
  readonly #parts: readonly SalvagePart[];
  readonly #blocks: SalvageBlocks;
  readonly #onLoss: (loss: OffsetLoss) => void;
  /** The next part to begin with. */
  #next = 0;
  /** Each stands on a record. */
  #open: PartRecords[] = [];
  #given: PartRecords | undefined;
  #last = -1;

  constructor(parts: readonly SalvagePart[], blocks: SalvageBlocks, onLoss: (loss: OffsetLoss) => void) {
    this.#parts = parts.toSorted((a, b) => a.firstOffset - b.firstOffset);
    this.#blocks = blocks;
    this.#onLoss = onLoss;
  }

  /** undefined: there are no more. A promise only where something has to be read. */
  next(): FoundRecord | undefined | Promise<FoundRecord | undefined> {
    const given = this.#given;
    // As a rule there is one part at a time.
    if (given !== undefined && this.#open.length === 1 && given.step() && !this.#mustBegin(given.offset)) return this.#give(given);
    return this.#nextOf(given);
  }

  async #nextOf(given: PartRecords | undefined): Promise<FoundRecord | undefined> {
    if (given !== undefined && given.offset === this.#last) await this.#advance(given);
    for (;;) {
      let least = leastOf(this.#open);
      while (this.#mustBegin(least?.offset)) {
        await this.#begin(this.#parts[this.#next++]);
        least = leastOf(this.#open);
      }
      if (least === undefined) return undefined;
      if (least.offset > this.#last) return this.#give(least);
      await this.#advance(least);
    }
  }

  #give(part: PartRecords): FoundRecord {
    this.#given = part;
    this.#last = part.offset;
    return part;
  }

  #mustBegin(before: number | undefined): boolean {
    const part = this.#parts[this.#next];
    return part !== undefined && (before === undefined || part.firstOffset <= before);
  }

  async #begin(part: SalvagePart): Promise<void> {
    const records = new PartRecords(part, this.#blocks, this.#onLoss);
    this.#open.push(records);
    await this.#advance(records);
  }

  async #advance(records: PartRecords): Promise<void> {
    while (!records.step()) {
      if (await records.load()) continue;
      this.#open = this.#open.filter((one) => one !== records);
      return;
    }
  }
}

function leastOf(open: readonly PartRecords[]): PartRecords | undefined {
  let least = open[0];
  for (const one of open) if (one.offset < least.offset) least = one;
  return least;
}
