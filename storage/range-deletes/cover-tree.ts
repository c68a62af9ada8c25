import { compareBytes } from '../entry.ts';

/**
 * The newest range delete of each stretch of keys, by the stretches' starts. Stretches do not overlap. An immutable treap:
 * a later range delete makes a later tree, which shares all but a path with the one before. So keeping every moment's
 * tree takes n log n, where lists of all range deletes of each stretch take n² of nested ones.
 */
export interface CoverTree {
  readonly start: Uint8Array;
  /** Exclusive; undefined: to the last key. */
  readonly end: Uint8Array | undefined;
  readonly seq: number;
  /** Higher than those of all below: what balances the tree. */
  readonly rank: number;
  readonly left: Tree;
  readonly right: Tree;
}
export type Tree = CoverTree | undefined;

/** The tree after a range delete that is newer than all in it. */
export function cover(tree: Tree, start: Uint8Array, end: Uint8Array | undefined, seq: number): CoverTree {
  const [before, rest] = split(tree, start);
  const [inside, after] = end === undefined ? [rest, undefined] : split(rest, end);
  // At most one stretch reaches beyond the end: the last that starts before it.
  const reaching = lastOf(inside) ?? lastOf(before);
  const behind = end !== undefined && reaching !== undefined && endsAfter(reaching, end) ? stretch(reaching, end) : undefined;
  const one: CoverTree = { start, end, seq, rank: mixed(seq), left: undefined, right: undefined };
  return join(join(cutAt(before, start), one), join(behind, after)) ?? one;
}

/** The sequence of the newest range delete that covers the key; -1: none does. */
export function newestOver(tree: Tree, key: Uint8Array): number {
  let floor: Tree;
  for (let at = tree; at !== undefined; ) {
    if (compareBytes(at.start, key) <= 0) {
      floor = at;
      at = at.right;
    } else {
      at = at.left;
    }
  }
  if (floor === undefined) return -1;
  return endsAfter(floor, key) ? floor.seq : -1;
}

/** Those that start before the key, and the others. */
function split(tree: Tree, key: Uint8Array): [Tree, Tree] {
  if (tree === undefined) return [undefined, undefined];
  if (compareBytes(tree.start, key) < 0) {
    const [left, right] = split(tree.right, key);
    return [withChildren(tree, tree.left, left), right];
  }
  const [left, right] = split(tree.left, key);
  return [left, withChildren(tree, right, tree.right)];
}

/** All of `left` is before all of `right`. */
function join(left: Tree, right: Tree): Tree {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (left.rank >= right.rank) return withChildren(left, left.left, join(left.right, right));
  return withChildren(right, join(left, right.left), right.right);
}

function withChildren({ start, end, seq, rank }: CoverTree, left: Tree, right: Tree): CoverTree {
  return { start, end, seq, rank, left, right };
}

/** The last stretch ends here if it reached further. */
function cutAt(tree: Tree, end: Uint8Array): Tree {
  const last = lastOf(tree);
  return tree === undefined || last === undefined || !endsAfter(last, end) ? tree : withLastEnd(tree, end);
}

function withLastEnd(tree: CoverTree, end: Uint8Array): CoverTree {
  const { start, seq, rank, left, right } = tree;
  if (right === undefined) return { start, end, seq, rank, left, right };
  return withChildren(tree, left, withLastEnd(right, end));
}

function lastOf(tree: Tree): Tree {
  let last = tree;
  while (last?.right !== undefined) last = last.right;
  return last;
}

function endsAfter({ end }: CoverTree, key: Uint8Array): boolean {
  return end === undefined || compareBytes(end, key) > 0;
}

/** What is left of a stretch from here on. */
function stretch({ end, seq, rank }: CoverTree, start: Uint8Array): CoverTree {
  return { start, end, seq, rank: mixed(rank), left: undefined, right: undefined };
}

/** Numbers that follow each other come out far apart, always the same (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16) ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
