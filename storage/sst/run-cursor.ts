import type { BlobId } from '../../protocol/messages.ts';
import { compareBytes, type KeyRange, MAX_SEQUENCE } from '../entry.ts';
import { readU32 } from '../little-endian.ts';
import { type Cursor, Step } from '../merge/cursor.ts';
import type { Block, BlockPlace } from './block.ts';
import { lowerBound } from './block-search.ts';
import type { BlockSource } from './block-source.ts';
import { EntryView } from './entry-view.ts';
import { BlockType } from './format.ts';
import { seqBaseOf, type TableMeta } from './table.ts';

export interface RunCursorOptions extends KeyRange {
  readonly source: BlockSource;
  readonly reverse?: boolean;
  /**
   * Two places of equal size for data blocks, used in turn. Blocks are then copied there, so that a merge has all its
   * bytes in one array, and an entry's bytes stay only until the cursor has been stepped twice more.
   */
  readonly arena?: BlockArena;
}

export interface BlockArena {
  readonly bytes: Uint8Array;
  readonly base: number;
  /** Of one of the two places. */
  readonly size: number;
}

/** Walks over tables that are disjoint and ascending, as one sorted run. */
export function runCursor(tables: readonly TableMeta[], options: RunCursorOptions): RunCursor {
  return new RunCursor(tables, options);
}

/**
 * The way down to an entry is footer → index → data; each has a position here. Blocks that are in memory are taken at
 * once, one that is not is named in `#place` and fetched by `fill`. Bounds are applied once a data block, by binary
 * search, so that a step only counts.
 */
export class RunCursor extends EntryView implements Cursor {
  readonly #tables: readonly TableMeta[];
  readonly #source: BlockSource;
  readonly #gte: Uint8Array | undefined;
  readonly #lt: Uint8Array | undefined;
  readonly #reverse: boolean;
  readonly #arena: BlockArena | undefined;
  #arenaTurn = 0;

  #table: number;
  #footer: Block | undefined;
  #partition = 0;
  #index: Block | undefined;
  #entry = 0;
  #data: Block | undefined;
  /** The next entry to give, and where the block's part within the bounds ends (exclusive; in reverse from above). */
  #at = 0;
  #stop = 0;
  /** The run's last block: nothing within the bounds follows it. */
  #isLast = false;
  /** Where the descent is headed: the first entry not before (target, targetSeq), in reverse the last one before it. */
  #target: Uint8Array | undefined;
  #targetSeq = MAX_SEQUENCE;
  readonly #place = new Place();
  #fetched: Block | undefined;

  constructor(tables: readonly TableMeta[], options: RunCursorOptions) {
    super();
    this.#tables = tables;
    this.#source = options.source;
    this.#gte = options.gte;
    this.#lt = options.lt;
    this.#reverse = options.reverse ?? false;
    this.#arena = options.arena;
    this.#table = this.#aim(this.#reverse ? this.#lt : this.#gte, MAX_SEQUENCE);
  }

  step(): Step {
    const data = this.#data;
    if (data === undefined || this.#at === this.#stop) return this.#stepOverBlock();
    this.decode(data, this.#at);
    if (this.#reverse) this.#at--;
    else this.#at++;
    return Step.entry;
  }

  seek(target: Uint8Array): void {
    const { start, seq } = this.#reverse ? this.#clampReverse(target) : { start: this.#clampForward(target), seq: MAX_SEQUENCE };
    this.#table = this.#aim(start, seq);
  }

  async fill(): Promise<void> {
    if (!this.#place.wanted || this.#fetched !== undefined) return;
    const { blobId, number, type } = this.#place;
    const block = await this.#source.load({ blobId, number, type });
    // A seek, or another fill, may have come in between.
    if (this.#place.wanted && this.#place.blobId === blobId && this.#place.number === number) this.#fetched = block;
  }

  fillSync(): void {
    if (this.#place.wanted && this.#fetched === undefined) this.#fetched = this.#source.loadSync(this.#place);
  }

  /** Forgets where it is and remembers where to go; the table to begin with. */
  #aim(target: Uint8Array | undefined, seq: number): number {
    this.#target = target;
    this.#targetSeq = seq;
    this.#footer = this.#index = this.#data = this.#fetched = undefined;
    this.#place.wanted = false;
    this.#isLast = false;
    if (target === undefined) return this.#reverse ? this.#tables.length - 1 : 0;
    const table = firstTableReaching(this.#tables, target);
    if (!this.#reverse) return table;
    const startsAfter = table < this.#tables.length && compareBytes(this.#tables[table].minKey, target) > 0;
    return startsAfter || table === this.#tables.length ? table - 1 : table;
  }

  #clampForward(target: Uint8Array): Uint8Array {
    return this.#gte !== undefined && compareBytes(target, this.#gte) < 0 ? this.#gte : target;
  }

  #clampReverse(target: Uint8Array): { start: Uint8Array; seq: number } {
    const outside = this.#lt !== undefined && compareBytes(target, this.#lt) >= 0;
    return outside && this.#lt !== undefined ? { start: this.#lt, seq: MAX_SEQUENCE } : { start: target, seq: -1 };
  }

  /** Goes on to the next data block that has entries within the bounds. */
  #stepOverBlock(): Step {
    while (true) {
      if (this.#data !== undefined) {
        if (this.#isLast) return Step.end;
        this.#data = undefined;
        this.#entry += this.#reverse ? -1 : 1;
      }
      const step = this.#descend();
      if (step !== Step.entry) return step;
      if (this.#at !== this.#stop) return this.step();
    }
  }

  /** `entry`: a data block is open. */
  #descend(): Step {
    while (true) {
      if (this.#table < 0 || this.#table >= this.#tables.length) return Step.end;
      const table = this.#tables[this.#table];
      if (this.#footer === undefined) {
        if (this.#beyond(table)) return Step.end;
        this.seqBase = seqBaseOf(table);
        this.#footer = this.#take(table.id, table.blocks - 1, BlockType.footer);
        if (this.#footer === undefined) return Step.needsBlock;
        this.#partition = this.#enter(this.#footer);
      }
      if (this.#partition < 0 || this.#partition >= this.#footer.count) {
        this.#footer = undefined;
        this.#table += this.#reverse ? -1 : 1;
        continue;
      }
      if (this.#index === undefined) {
        this.#index = this.#take(table.id, this.#pointer(this.#footer, this.#partition), BlockType.index);
        if (this.#index === undefined) return Step.needsBlock;
        this.#entry = this.#enter(this.#index);
      }
      if (this.#entry < 0 || this.#entry >= this.#index.count) {
        this.#index = undefined;
        this.#partition += this.#reverse ? -1 : 1;
        continue;
      }
      const data = this.#take(table.id, this.#pointer(this.#index, this.#entry), BlockType.data);
      if (data === undefined) return Step.needsBlock;
      this.#open(data);
      return Step.entry;
    }
  }

  /** The place inside a footer or index where the way to the target leads on. */
  #enter(block: Block): number {
    const last = block.count - 1;
    if (this.#target === undefined) return this.#reverse ? last : 0;
    const found = lowerBound(block, this.#target, this.#targetSeq);
    // In reverse the entry that is looked for is before the target, but may be in the block that reaches past it.
    return this.#reverse ? Math.min(found, last) : found;
  }

  /** A target is always within the bounds, so that only the far bound needs a search of its own. */
  #open(given: Block): void {
    const data = this.#intoArena(given);
    const target = this.#target === undefined ? undefined : lowerBound(data, this.#target, this.#targetSeq);
    this.#data = data;
    if (this.#reverse) {
      const low = this.#gte === undefined ? 0 : lowerBound(data, this.#gte, MAX_SEQUENCE);
      this.#stop = low - 1;
      this.#at = Math.max(this.#stop, (target ?? data.count) - 1);
      this.#isLast = low > 0;
    } else {
      this.#stop = this.#lt === undefined ? data.count : lowerBound(data, this.#lt, MAX_SEQUENCE);
      this.#at = Math.min(this.#stop, target ?? 0);
      this.#isLast = this.#stop < data.count;
    }
    // From here on every block is entered at its edge.
    this.#target = undefined;
  }

  #intoArena(block: Block): Block {
    const arena = this.#arena;
    if (arena === undefined || block.size > arena.size) return block;
    this.#arenaTurn ^= 1;
    return block.copyTo(arena.bytes, arena.base + this.#arenaTurn * arena.size);
  }

  /** Nothing of this table, nor of those after it, is within the bounds. */
  #beyond(table: TableMeta): boolean {
    if (this.#reverse) return this.#gte !== undefined && compareBytes(table.maxKey, this.#gte) < 0;
    return this.#lt !== undefined && compareBytes(table.minKey, this.#lt) >= 0;
  }

  #pointer(block: Block, at: number): number {
    pointer.decode(block, at);
    return readU32(pointer.bytes, pointer.valueStart);
  }

  #take(blobId: BlobId, number: number, type: BlockType): Block | undefined {
    const place = this.#place;
    if (!place.wanted) place.want(blobId, number, type);
    const block = this.#fetched ?? this.#source.cached(place);
    this.#fetched = undefined;
    if (block !== undefined) place.wanted = false;
    return block;
  }
}

/** Reused by every cursor: decoding a pointer never calls out. */
const pointer = new EntryView();

/** The block that the cursor lacks. */
class Place implements BlockPlace {
  blobId = 0;
  number = 0;
  type: BlockType = BlockType.data;
  wanted = false;

  want(blobId: BlobId, number: number, type: BlockType): void {
    this.blobId = blobId;
    this.number = number;
    this.type = type;
    this.wanted = true;
  }
}

/** Index of the first table whose last key is at least `key`; their number when there is none. */
export function firstTableReaching(tables: readonly TableMeta[], key: Uint8Array): number {
  let low = 0;
  let high = tables.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(tables[middle].maxKey, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
