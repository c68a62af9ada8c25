import type { BlobId } from '../../protocol/messages.ts';
import { compareBytes, compareRanges } from '../entry.ts';
import { readU32 } from '../little-endian.ts';
import type { Block, BlockPlace } from './block.ts';
import { lowerBound, lowerBoundWithin } from './block-search.ts';
import { mayContain } from './bloom.ts';
import { corruption } from './damage.ts';
import { EntryView } from './entry-view.ts';
import { BlockType, POINTER_BYTES } from './format.ts';
import { seqBaseOf, type TableMeta } from './table.ts';

/** A version of a key. */
export interface FoundEntry {
  /** One of EntryKind: a delete is found like everything else. */
  readonly kind: number;
  readonly seq: number;
  /** A view into a block that others read too: copy it before it leaves the engine. */
  readonly value: Uint8Array;
}

/**
 * One point read in one table, as a routine that does no reading: it names the block that it needs (it is itself that
 * block's place), `take` brings it, and true means that the answer is known. Whoever drives it decides whether to wait.
 */
export class Lookup implements BlockPlace {
  readonly blobId: BlobId;
  number: number;
  type: BlockType = BlockType.footer;
  found: FoundEntry | undefined;
  readonly #key: Uint8Array;
  readonly #seq: number;
  /** What the table's entries are counted from. */
  readonly #seqBase: number;
  #index = 0;

  /** The newest version of `key` whose sequence is at most `seq`. */
  constructor(table: TableMeta, key: Uint8Array, seq: number) {
    this.blobId = table.id;
    this.number = table.blocks - 1;
    this.#key = key;
    this.#seq = seq;
    this.#seqBase = seqBaseOf(table);
  }

  /** true: the answer is known, in `found`. false: needs the block that its fields name now. */
  take(block: Block): boolean {
    switch (block.type) {
      case BlockType.footer:
        return this.#takeFooter(block);
      case BlockType.filter:
        return !mayContain(block, this.#key) || this.#need(this.#index, BlockType.index);
      case BlockType.index:
        return !this.#follow(block) || this.#need(target, BlockType.data);
      case BlockType.data:
        return this.#takeData(block);
      default:
        throw corruption(block.blobId, block.number, 'not a block of a table', { found: block.type });
    }
  }

  #takeFooter(footer: Block): boolean {
    if (!this.#follow(footer)) return true;
    this.#index = target;
    return this.#need(target - 1, BlockType.filter);
  }

  #takeData(block: Block): boolean {
    // The index has it between the block's first and last key.
    const at = lowerBoundWithin(block, this.#key, this.#seq);
    if (at === block.count) return true;
    view.decode(block, at);
    const { bytes, keyStart, keyEnd, kind, seq } = view;
    if (compareRanges(bytes, keyStart, keyEnd, this.#key, 0, this.#key.length) === 0) {
      this.found = { kind, seq: seq + this.#seqBase, value: view.value() };
    }
    return true;
  }

  /** Sets `target` to where the pointers of a footer or an index lead; false: the key lies in a gap between them. */
  #follow(block: Block): boolean {
    const at = lowerBound(block, this.#key, this.#seq);
    if (at === block.count) return false;
    view.decode(block, at);
    target = readU32(view.bytes, view.valueStart);
    return compareRanges(view.bytes, view.valueStart + POINTER_BYTES, view.valueEnd, this.#key, 0, this.#key.length) <= 0;
  }

  #need(number: number, type: BlockType): false {
    this.number = number;
    this.type = type;
    return false;
  }
}

/** Could the table hold a version of this key that a read at `seq` sees? Answered from the manifest's knowledge alone. */
export function mayHold(table: TableMeta, key: Uint8Array, seq: number): boolean {
  return table.minSeq <= seq && compareBytes(key, table.minKey) >= 0 && compareBytes(key, table.maxKey) <= 0;
}

const view = new EntryView();
/** The block number that `#follow` read last: a second result without an object. */
let target = 0;
