import { compareBytes, type KeyRange } from '../entry.ts';
import { type Cursor, Step } from '../merge/cursor.ts';
import type { Arena } from './arena.ts';
import { keyLengthAt, keyStartAt, valueLengthAt } from './entry-layout.ts';
import { COUNT, DELTAS, NEXT, PREVIOUS, REFS } from './node-layout.ts';
import type { OrderedIndex } from './ordered-index.ts';

export interface CursorRange extends KeyRange {
  readonly reverse?: boolean;
}

/** Deltas newer and older than every entry's. */
const NEWEST = 2 ** 31 - 1;
const OLDER_THAN_ALL = -1;

/**
 * Walks a memtable in either direction, also while groups are applied to it: an insertion moves slots about, so after
 * one the cursor looks its place up again, by the entry it stands at. It never lacks a block.
 */
export class MemtableCursor implements Cursor {
  readonly bytes: Uint8Array;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  kind = 0;
  seq = 0;
  readonly #arena: Arena;
  readonly #ordered: OrderedIndex;
  readonly #range: CursorRange;
  readonly #reverse: boolean;
  readonly #empty: boolean;
  /** Forward: the next entry. In reverse: the one after the next. */
  #leaf = 0;
  #slot = 0;
  /** Forward: the first entry beyond the range. In reverse: the first one in it. */
  #stopLeaf = 0;
  #stopSlot = 0;
  /** Entries that the index had when the four above were found. */
  #stamp = -1;
  #delta = 0;
  #target: Uint8Array | undefined;
  #place: 'start' | 'target' | 'entry' | 'end' = 'start';

  constructor(arena: Arena, ordered: OrderedIndex, range: CursorRange) {
    this.bytes = arena.bytes;
    this.#arena = arena;
    this.#ordered = ordered;
    this.#range = range;
    this.#reverse = range.reverse === true;
    this.#empty = range.gte !== undefined && range.lt !== undefined && compareBytes(range.gte, range.lt) >= 0;
  }

  step(): Step {
    if (this.#place === 'end' || this.#empty) return Step.end;
    if (this.#place !== 'entry' || this.#stamp !== this.#arena.state.entries) this.#find();
    if (this.#leaf === this.#stopLeaf && this.#slot === this.#stopSlot) {
      this.#place = 'end';
      return Step.end;
    }
    this.#place = 'entry';
    if (this.#reverse) {
      this.#moveBack();
      this.#show();
    } else {
      this.#show();
      this.#moveOn();
    }
    return Step.entry;
  }

  seek(target: Uint8Array): void {
    this.#target = target.slice();
    this.#place = 'target';
  }

  async fill(): Promise<void> {}

  fillSync(): void {}

  #moveOn(): void {
    const { words } = this.#arena;
    this.#slot++;
    if (this.#slot < words[this.#leaf + COUNT] || words[this.#leaf + NEXT] === 0) return;
    this.#leaf = words[this.#leaf + NEXT];
    this.#slot = 0;
  }

  #moveBack(): void {
    const { words } = this.#arena;
    if (this.#slot === 0) {
      this.#leaf = words[this.#leaf + PREVIOUS];
      this.#slot = words[this.#leaf + COUNT];
    }
    this.#slot--;
  }

  #show(): void {
    const { words, state } = this.#arena;
    const { bytes } = this;
    const ref = words[this.#leaf + REFS + this.#slot];
    this.#delta = words[this.#leaf + DELTAS + this.#slot];
    this.kind = bytes[ref];
    this.seq = state.firstSequence + this.#delta;
    this.keyStart = keyStartAt(bytes, ref);
    this.keyEnd = this.keyStart + keyLengthAt(bytes, ref);
    this.valueStart = this.keyEnd;
    this.valueEnd = this.keyEnd + valueLengthAt(bytes, ref);
  }

  /** Looks up where it stands and where the range stops. */
  #find(): void {
    const ordered = this.#ordered;
    this.#locateBound(!this.#reverse);
    this.#stopLeaf = ordered.leaf;
    this.#stopSlot = ordered.slot;
    if (this.#place === 'entry') {
      ordered.locate(this.bytes, this.keyStart, this.keyEnd, this.#delta);
    } else if (this.#place === 'target') {
      this.#locateTarget();
    } else {
      this.#locateBound(this.#reverse);
    }
    this.#leaf = ordered.leaf;
    this.#slot = ordered.slot;
    this.#stamp = this.#arena.state.entries;
    if (this.#place === 'entry' && !this.#reverse) this.#moveOn();
  }

  /** The first entry in the range, or the first one beyond it. */
  #locateBound(upper: boolean): void {
    const key = upper ? this.#range.lt : this.#range.gte;
    if (key !== undefined) this.#ordered.locate(key, 0, key.length, NEWEST);
    else if (upper) this.#ordered.locateEnd();
    else this.#ordered.locateStart();
  }

  #locateTarget(): void {
    const { gte, lt } = this.#range;
    const target = this.#target;
    if (target === undefined || (gte !== undefined && compareBytes(target, gte) < 0)) this.#locateBound(false);
    else if (lt !== undefined && compareBytes(target, lt) >= 0) this.#locateBound(true);
    else this.#ordered.locate(target, 0, target.length, this.#reverse ? OLDER_THAN_ALL : NEWEST);
  }
}
