import { compareBytes } from '../entry.ts';
import type { CoverTree, Tree } from './cover-tree.ts';

/** The stretches that share a key with these bounds (inclusive; a missing side is open), in key order. */
export function stretchesIn(tree: Tree, minKey?: Uint8Array, maxKey?: Uint8Array): CoverTree[] {
  const found: CoverTree[] = [];
  collect(tree, minKey, maxKey, found);
  return found;
}

function collect(tree: Tree, minKey: Uint8Array | undefined, maxKey: Uint8Array | undefined, found: CoverTree[]): void {
  if (tree === undefined) return;
  const { start, end, left, right } = tree;
  // Stretches do not overlap: what is left of one ends before it starts.
  if (minKey === undefined || compareBytes(start, minKey) > 0) collect(left, minKey, maxKey, found);
  if (maxKey !== undefined && compareBytes(start, maxKey) > 0) return;
  if (minKey === undefined || end === undefined || compareBytes(end, minKey) > 0) found.push(tree);
  collect(right, minKey, maxKey, found);
}

/** The sequences of all stretches; `seen`: trees that were looked at before, which share most of their nodes. */
export function sequencesIn(tree: Tree, seqs: Set<number>, seen: Set<CoverTree>): void {
  if (tree === undefined || seen.has(tree)) return;
  seen.add(tree);
  seqs.add(tree.seq);
  sequencesIn(tree.left, seqs, seen);
  sequencesIn(tree.right, seqs, seen);
}
