/**
 * How the nodes of a memtable's index lie in its words (32 bit each): a header, then one array per field, so that a
 * binary search runs over consecutive heads. Leaf and inner nodes agree in all but the children.
 */

/** Slots of a node. Measured with random 16-byte keys: 32 to 64 are alike, above that the shifting shows. */
export const SLOTS = 48;

export const COUNT = 0;
/** Bytes that all keys of the node have in common and that its heads therefore leave out. */
export const SKIP = 1;
export const NEXT = 2;
export const PREVIOUS = 3;
/** The four key bytes after the skipped ones, as a number that compares like them. */
export const HEADS = 4;
/** Where the entry stands in the arena's bytes. In slot 0 of an inner node: unused, it counts as lowest. */
export const REFS = HEADS + SLOTS;
/** The entry's sequence, less the first one of the memtable. */
export const DELTAS = REFS + SLOTS;
export const CHILDREN = DELTAS + SLOTS;

export const LEAF_WORDS = CHILDREN;
export const INNER_WORDS = CHILDREN + SLOTS;

/** More levels than 2^31 bytes can hold. */
export const MAX_DEPTH = 12;

/**
 * An upper bound of the words that `entries` entries need: every split but one at the very end leaves both halves at
 * least half full.
 */
export function wordsFor(entries: number): number {
  const half = SLOTS / 2;
  let words = 0;
  let nodes = Math.floor(entries / half) + 1;
  words += nodes * LEAF_WORDS;
  while (nodes > 1) {
    nodes = Math.floor(nodes / half) + 1;
    words += nodes * INNER_WORDS;
  }
  return words;
}
