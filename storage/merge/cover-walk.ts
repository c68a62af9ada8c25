import { compareBytes, compareRanges } from '../entry.ts';
import type { CoverTree } from '../range-deletes/cover-tree.ts';
import { stripeOf } from '../range-deletes/coverage.ts';
import type { RangeDeletes } from '../range-deletes/range-deletes.ts';
import { stretchesIn } from '../range-deletes/stretches.ts';

/**
 * Range deletes beside keys that ascend. Each stretch of keys is entered once, and what it deletes is then one number a
 * stripe of sequences (see Retention): a key costs one comparison with the end of its stretch, and a version none.
 */
export class CoverWalk {
  readonly #lanes: readonly Lane[];
  /** Where something changes next; undefined: nowhere. */
  #next: Uint8Array | undefined;
  /** By stripe: of the versions in it, those below this sequence are deleted. 0: none is. */
  readonly deletedTo: Float64Array;

  constructor(rangeDeletes: RangeDeletes, snapshots: readonly number[]) {
    const stripes = new Set(rangeDeletes.list.map(({ seq }) => stripeOf(snapshots, seq)));
    this.#lanes = [...stripes].map((stripe) => new Lane(rangeDeletes, snapshots, stripe));
    this.#next = earliest(this.#lanes);
    this.deletedTo = new Float64Array(snapshots.length + 1);
  }

  /** To be told every key, in order. */
  moveTo(bytes: Uint8Array, start: number, end: number): void {
    const next = this.#next;
    if (next === undefined || compareRanges(bytes, start, end, next, 0, next.length) < 0) return;
    for (const lane of this.#lanes) {
      lane.moveTo(bytes, start, end);
      this.deletedTo[lane.stripe] = lane.seq;
    }
    this.#next = earliest(this.#lanes);
  }
}

/** The stretches that readers at the end of one stripe see. */
class Lane {
  readonly stripe: number;
  readonly #stretches: readonly CoverTree[];
  #at = -1;
  /** Of the newest range delete up to the end of the stripe that covers the key; 0: none does. One of an earlier stripe deletes nothing in this. */
  seq = 0;
  next: Uint8Array | undefined;

  constructor(rangeDeletes: RangeDeletes, snapshots: readonly number[], stripe: number) {
    this.stripe = stripe;
    this.#stretches = stretchesIn(rangeDeletes.treeAt(snapshots[stripe] ?? rangeDeletes.newest));
    this.next = this.#stretches[0]?.start;
  }

  moveTo(bytes: Uint8Array, start: number, end: number): void {
    const stretches = this.#stretches;
    while (this.#at + 1 < stretches.length && isUpTo(stretches[this.#at + 1].start, bytes, start, end)) this.#at++;
    if (this.#at < 0) return;
    const { end: to, seq } = stretches[this.#at];
    const isInside = to === undefined || !isUpTo(to, bytes, start, end);
    this.seq = isInside ? seq : 0;
    this.next = isInside ? to : stretches[this.#at + 1]?.start;
  }
}

function isUpTo(bound: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  return compareRanges(bound, 0, bound.length, bytes, start, end) <= 0;
}

function earliest(lanes: readonly Lane[]): Uint8Array | undefined {
  let first: Uint8Array | undefined;
  for (const { next } of lanes) if (next !== undefined && (first === undefined || compareBytes(next, first) < 0)) first = next;
  return first;
}
