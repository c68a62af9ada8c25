import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import type { CoverTree, Tree } from '../../storage/range-deletes/cover-tree.ts';
import { type RangeDelete, RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { anyKey } from '../support/tables.ts';
import { anyRange, covers, hasKeys } from './support/history.ts';

const anyList = fc
  .array(anyRange, { maxLength: 40, size: 'max' })
  .map((ranges): RangeDelete[] => ranges.map((range, index) => ({ ...range, seq: 2 * index + 1 })));

/** Where answers can change: at every bound, and right behind it. */
function askedKeys(list: readonly RangeDelete[], others: readonly Uint8Array[]): Uint8Array[] {
  const bounds = list.flatMap(({ start, end }) => (end ? [start, end] : [start]));
  return [...bounds, ...bounds.map((key) => new Uint8Array([...key, 0])), ...others];
}

function newestOf(list: readonly RangeDelete[], key: Uint8Array, maxSeq: number): number {
  return Math.max(-1, ...list.filter((one) => one.seq <= maxSeq && covers(one, key)).map(({ seq }) => seq));
}

function answers(found: RangeDeletes, keys: readonly Uint8Array[], moments: readonly number[]): string {
  return keys.map((key) => moments.map((seq) => found.coverOf(key, seq)).join()).join('\n');
}
function expected(list: readonly RangeDelete[], keys: readonly Uint8Array[], moments: readonly number[]): string {
  return keys.map((key) => moments.map((seq) => newestOf(list, key, seq)).join()).join('\n');
}

test('at every moment the newest one that covers a key is found', (t) => {
  fc.assert(
    fc.property(anyList, fc.array(anyKey, { maxLength: 10 }), (list, others) => {
      const all = RangeDeletes.of(list);
      const moments = [0, ...list.flatMap(({ seq }) => [seq, seq + 1]), Number.MAX_SAFE_INTEGER];
      const keys = askedKeys(list, others);
      t.is(answers(all, keys, moments), expected(list, keys, moments));
      t.deepEqual(all.list, list.filter(hasKeys));
      t.is(all.size, list.filter(hasKeys).length);
    }),
    { numRuns: 100 },
  );
});

test('added one by one, in batches or in any order they are the same', (t) => {
  const order = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(anyList, order, fc.integer({ min: 1, max: 9 }), (list, ranks, batch) => {
      const keys = askedKeys(list, []);
      const moments = list.map(({ seq }) => seq);
      const shuffled = list.map((one, i) => ({ one, rank: ranks[i] })).sort((a, b) => a.rank - b.rank);
      let oneByOne = RangeDeletes.none;
      let inBatches = RangeDeletes.none;
      for (const { one } of shuffled) oneByOne = oneByOne.with([one]);
      for (let at = 0; at < list.length; at += batch) inBatches = inBatches.with(list.slice(at, at + batch));
      t.is(answers(oneByOne, keys, moments), expected(list, keys, moments));
      t.is(answers(inBatches, keys, moments), expected(list, keys, moments));
      t.deepEqual(oneByOne.list, inBatches.list);
    }),
    { numRuns: 100 },
  );
});

test('taking some out leaves the others, and what somebody holds stays as it was', (t) => {
  fc.assert(
    fc.property(anyList, anyRange.filter(hasKeys), fc.integer({ min: 1, max: 5 }), (list, later, every) => {
      const all = RangeDeletes.of(list);
      const keys = askedKeys([...list, { ...later, seq: 1 }], []);
      const moments = list.map(({ seq }) => seq);
      const before = answers(all, keys, moments);
      const kept = list.filter(({ seq }) => seq % every !== 0);
      t.is(
        answers(
          all.without(({ seq }) => seq % every === 0),
          keys,
          moments,
        ),
        expected(kept, keys, moments),
      );
      all.with([{ ...later, seq: 1000 }]);
      t.is(answers(all, keys, [...moments, 2000]), expected(list, keys, [...moments, 2000]));
      t.is(answers(all, keys, moments), before);
    }),
    { numRuns: 100 },
  );
});

test('a range without keys is none', (t) => {
  const key = new Uint8Array([1]);
  const empty = new Uint8Array(0);
  t.is(RangeDeletes.of([{ start: key, end: key, seq: 1 }]), RangeDeletes.none);
  t.is(RangeDeletes.of([{ start: empty, end: empty, seq: 1 }]), RangeDeletes.none);
  t.is(RangeDeletes.none.with([{ start: key, end: empty, seq: 1 }]), RangeDeletes.none);
  const one = RangeDeletes.of([{ start: key, seq: 1 }]);
  t.is(one.with([{ start: key, end: key, seq: 2 }]), one);
  t.is(
    one.without(({ seq }) => seq === 2),
    one,
  );
  t.is(
    one.without(() => true),
    RangeDeletes.none,
  );
  t.is(RangeDeletes.none.coverOf(key), -1);
  t.is(RangeDeletes.none.newest, -1);
});

test('thousands of them, nested, apart, ascending or alike, make trees that are no deeper than a search should be', (t) => {
  const key = (i: number): Uint8Array => new Uint8Array([i >> 16, i >> 8, i]);
  const shapes: readonly ((i: number) => Omit<RangeDelete, 'seq'>)[] = [
    (i) => ({ start: key(2000 - i), end: key(2000 + i + 1) }),
    (i) => ({ start: key(i), end: key(9000 - i) }),
    (i) => ({ start: key(0), end: key(i + 1) }),
    (i) => ({ start: key(2 * i), end: key(2 * i + 1) }),
    (i) => ({ start: key(2 * ((i * 7919) % 2003)), end: key(2 * ((i * 7919) % 2003) + 1) }),
    () => ({ start: key(7) }),
  ];
  for (const shape of shapes) {
    let all = RangeDeletes.none;
    for (let i = 0; i < 2000; i++) all = all.with([{ ...shape(i), seq: i + 1 }]);
    const tree = all.treeAt(all.newest);
    t.true(depthOf(tree) < 50, `${shape}: ${depthOf(tree)}`);
    t.true(isOrdered(stretchesOf(tree)));
  }
});

test('all moments of a thousand nested ones share most of their trees', (t) => {
  const key = (i: number): Uint8Array => new Uint8Array([i >> 8, i]);
  const all = RangeDeletes.of(Array.from({ length: 1000 }, (_, i) => ({ start: key(i), end: key(2001 - i), seq: i + 1 })));
  t.is(stretchesOf(all.treeAt(1000)).length, 1999);
  const nodes = new Set<CoverTree>();
  for (let seq = 1; seq <= 1000; seq++) collect(all.treeAt(seq), nodes);
  // One list of sequences a stretch would have a million members.
  t.true(nodes.size < 60_000, `${nodes.size}`);
});

function depthOf(tree: Tree): number {
  return tree === undefined ? 0 : 1 + Math.max(depthOf(tree.left), depthOf(tree.right));
}

function stretchesOf(tree: Tree): CoverTree[] {
  return tree === undefined ? [] : [...stretchesOf(tree.left), tree, ...stretchesOf(tree.right)];
}

function isOrdered(stretches: readonly CoverTree[]): boolean {
  return stretches.every(({ start }, i) => {
    const before = stretches[i - 1];
    return before === undefined || (before.end !== undefined && compareBytes(before.end, start) <= 0);
  });
}

function collect(tree: Tree, into: Set<CoverTree>): void {
  if (tree === undefined || into.has(tree)) return;
  into.add(tree);
  collect(tree.left, into);
  collect(tree.right, into);
}
