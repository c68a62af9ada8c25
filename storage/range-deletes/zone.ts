import { compareBytes, compareRanges } from '../entry.ts';
import type { CoverTree } from './cover-tree.ts';

/** Where the tables of a run begin, ascending, and how new their newest entries are; a memtable is one without a beginning. */
export interface Span {
  readonly minKey: Uint8Array;
  readonly maxSeq: number;
}

/**
 * The stretch around a key in which every entry of a run meets the same answer: how new a range delete covers it, and
 * whether all entries are older than that. Reused from key to key: entering allocates nothing.
 */
export class Zone {
  /** Inclusive; undefined: from the first key. */
  from: Uint8Array | undefined;
  /** Exclusive; undefined: to the last key. */
  to: Uint8Array | undefined;
  /** Sequence of the newest range delete over the zone; -1: none. */
  cover = -1;
  /** No entry of the run is to be seen in it. */
  isHidden = false;
  readonly #trees: readonly CoverTree[];
  readonly #spans: readonly Span[];

  /** `trees`: of all range deletes, as they were at the moment that is read; `spans`: at least one. */
  constructor(trees: readonly CoverTree[], spans: readonly Span[]) {
    this.#trees = trees;
    this.#spans = spans;
  }

  /** The zone that the key in bytes[start, end) is in. */
  enter(bytes: Uint8Array, start: number, end: number): void {
    this.#find(bytes, start, end, AT);
  }

  /** The one that the keys right before this one are in; undefined: behind all keys. */
  enterBefore(key: Uint8Array | undefined): void {
    this.#find(key ?? NOTHING, 0, key?.length ?? 0, key === undefined ? BEHIND_ALL : BEFORE);
  }

  #find(bytes: Uint8Array, start: number, end: number, place: number): void {
    this.from = this.to = undefined;
    this.cover = -1;
    for (const tree of this.#trees) this.#narrow(tree, bytes, start, end, place);
    this.isHidden = false;
    if (this.cover >= 0) this.#narrowToSpans(bytes, start, end, place);
  }

  #narrow(tree: CoverTree, bytes: Uint8Array, start: number, end: number, place: number): void {
    let floor: CoverTree | undefined;
    let ceiling: CoverTree | undefined;
    for (let at: CoverTree | undefined = tree; at !== undefined; ) {
      if (isUpTo(at.start, bytes, start, end, place)) {
        floor = at;
        at = at.right;
      } else {
        ceiling = at;
        at = at.left;
      }
    }
    if (floor !== undefined && (floor.end === undefined || !isUpTo(floor.end, bytes, start, end, place))) {
      if (floor.seq > this.cover) this.cover = floor.seq;
      this.#raise(floor.start);
      this.#lower(floor.end);
    } else {
      this.#raise(floor?.end);
      this.#lower(ceiling?.start);
    }
  }

  /** To the neighbouring tables that are like the key's: all older than the range delete, or none of them. */
  #narrowToSpans(bytes: Uint8Array, start: number, end: number, place: number): void {
    const spans = this.#spans;
    let low = 1;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isUpTo(spans[middle].minKey, bytes, start, end, place)) low = middle + 1;
      else high = middle;
    }
    const isHidden = spans[low - 1].maxSeq < this.cover;
    let first = low - 1;
    let next = low;
    while (first > 0 && spans[first - 1].maxSeq < this.cover === isHidden) first--;
    while (next < spans.length && spans[next].maxSeq < this.cover === isHidden) next++;
    if (first > 0) this.#raise(spans[first].minKey);
    if (next < spans.length) this.#lower(spans[next].minKey);
    this.isHidden = isHidden;
  }

  #raise(from: Uint8Array | undefined): void {
    if (from !== undefined && (this.from === undefined || compareBytes(from, this.from) > 0)) this.from = from;
  }

  #lower(to: Uint8Array | undefined): void {
    if (to !== undefined && (this.to === undefined || compareBytes(to, this.to) < 0)) this.to = to;
  }
}

const NOTHING = new Uint8Array(0);

/** How far a bound may be from the key and still be up to the place that is meant; comparisons never come near the last. */
const AT = 0;
const BEFORE = -1;
const BEHIND_ALL = 2 ** 30;

function isUpTo(bound: Uint8Array, bytes: Uint8Array, start: number, end: number, place: number): boolean {
  return compareRanges(bound, 0, bound.length, bytes, start, end) <= place;
}
