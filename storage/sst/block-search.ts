import { compareRanges } from '../entry.ts';
import type { Block } from './block.ts';
import { EntryView } from './entry-view.ts';
import { HEAD_EVERY, headOf } from './format.ts';

/**
 * Index of the first entry that is not before (key, seq) in entry order, `block.count` when all are. With seq
 * MAX_SEQUENCE: the first entry with a key of at least `key`; with -1: the first with a greater key.
 */
export function lowerBound(block: Block, key: Uint8Array, seq: number): number {
  const side = sideOf(block, key);
  if (side !== 0) return side < 0 ? 0 : block.count;
  return lowerBoundWithin(block, key, seq);
}

/** The same for a key that is known to lie between the block's first and last, which saves a look at the first. */
export function lowerBoundWithin(block: Block, key: Uint8Array, seq: number): number {
  const wanted = headOf(key, block.skip, key.length);
  const notBelow = firstHead(block, wanted, 0);
  // Equal heads say nothing about their keys.
  const above = notBelow < block.heads && block.head(notBelow) === wanted ? firstHead(block, wanted + 1, notBelow) : notBelow;
  let low = Math.max(0, (notBelow - 1) * HEAD_EVERY + 1);
  let high = Math.min(block.count, above * HEAD_EVERY);
  while (low < high) {
    const middle = (low + high) >>> 1;
    view.decode(block, middle);
    const order = compareRanges(view.bytes, view.keyStart, view.keyEnd, key, 0, key.length);
    if (order < 0 || (order === 0 && view.seq > seq)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Reused by every search: a search never calls out. */
const view = new EntryView();

/** Index of the first head that is at least `wanted`. */
function firstHead(block: Block, wanted: number, from: number): number {
  let low = from;
  let high = block.heads;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (block.head(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Negative: before all keys; positive: after all; 0: it begins like all of them, so that heads can be compared. */
function sideOf(block: Block, key: Uint8Array): number {
  const { skip } = block;
  if (skip === 0 || block.count === 0) return 0;
  view.decode(block, 0);
  const length = Math.min(skip, key.length);
  return compareRanges(key, 0, length, view.bytes, view.keyStart, Math.min(view.keyStart + skip, view.keyEnd));
}
