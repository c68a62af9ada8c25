import test from 'ava';
import fc from 'fast-check';
import { EntryKind } from '../../storage/entry.ts';
import { Retention, Verdict } from '../../storage/merge/retention.ts';
import type { RangeDelete } from '../../storage/range-deletes/range-deletes.ts';
import { anyRangeDeletes, anySnapshots, covers, kept, spread, visible } from '../support/retained.ts';
import { anyEntries, del, type Entry, put, show, text } from '../support/tables.ts';

const NOW = 1000;

function view(entries: readonly Entry[], seq: number, rangeDeletes: readonly RangeDelete[] = []): string[] {
  return visible(entries, seq, rangeDeletes).map(show);
}

test('every snapshot, and who reads the newest, sees after a compaction what it saw before', (t) => {
  fc.assert(
    fc.property(anyEntries, anySnapshots, fc.boolean(), anyRangeDeletes, (list, snapshots, dropTombstones, rangeDeletes) => {
      const entries = spread(list);
      const after = kept(entries, snapshots, dropTombstones, rangeDeletes);
      for (const seq of [...snapshots, NOW]) t.deepEqual(view(after, seq, rangeDeletes), view(entries, seq, rangeDeletes), `at ${seq}`);
    }),
    { numRuns: 1000 },
  );
});

test('who reads the newest needs no range delete any more that was applied without a snapshot before it', (t) => {
  fc.assert(
    fc.property(anyEntries, fc.boolean(), anyRangeDeletes, (list, dropTombstones, rangeDeletes) => {
      const entries = spread(list);
      t.deepEqual(view(kept(entries, [], dropTombstones, rangeDeletes), NOW), view(entries, NOW, rangeDeletes));
    }),
    { numRuns: 500 },
  );
});

test('what a compaction kept may be compacted again, with fewer snapshots, together with what came later', (t) => {
  fc.assert(
    fc.property(anyEntries, anySnapshots, fc.nat(250), anyRangeDeletes, (list, snapshots, cut, rangeDeletes) => {
      const entries = spread(list);
      const older = entries.filter(({ seq }) => seq <= cut);
      const newer = entries.filter(({ seq }) => seq > cut);
      const first = kept(
        older,
        snapshots,
        true,
        rangeDeletes.filter(({ seq }) => seq <= cut),
      );
      const second = kept([...first, ...newer], snapshots.slice(1), true, rangeDeletes);
      for (const seq of [...snapshots.slice(1), NOW]) t.deepEqual(view(second, seq, rangeDeletes), view(entries, seq, rangeDeletes));
    }),
    { numRuns: 500 },
  );
});

test('nothing is kept that nobody can see, and no tombstone that hides nothing', (t) => {
  fc.assert(
    fc.property(anyEntries, anySnapshots, anyRangeDeletes, (list, snapshots, rangeDeletes) => {
      const entries = spread(list);
      const seen = new Set([...snapshots, NOW].flatMap((seq) => view(entries, seq, rangeDeletes)));
      const found = kept(entries, snapshots, true, rangeDeletes);
      for (const [at, entry] of found.entries()) {
        if (entry.value !== undefined) t.true(seen.has(show(entry)));
        else t.true(found[at + 1]?.value !== undefined && show(found[at + 1]).split('@')[0] === show(entry).split('@')[0]);
      }
    }),
    { numRuns: 500 },
  );
});

test('without snapshots one version of each key stays, and with tombstones dropped only puts', (t) => {
  const entries = [put('a', 1), del('a', 2), put('b', 3), put('b', 4), del('c', 5)];
  t.deepEqual(kept(entries, [], true).map(show), [put('b', 4)].map(show));
  t.deepEqual(kept(entries, [], false).map(show), [del('a', 2), put('b', 4), del('c', 5)].map(show));
});

test('a tombstone stays while something older may lie below, or above a version that a snapshot keeps', (t) => {
  t.deepEqual(kept([del('a', 5)], [], false).length, 1);
  t.deepEqual(kept([del('a', 5)], [5], true).length, 0);
  t.deepEqual(kept([put('a', 1), del('a', 5)], [4, 6], true).map(show), [del('a', 5), put('a', 1)].map(show));
  // The oldest of several is enough.
  t.deepEqual(kept([put('a', 1), del('a', 3), del('a', 5)], [1, 4], true).map(show), [del('a', 3), put('a', 1)].map(show));
});

test('a snapshot that is held for ever does not keep tombstones of what came and went after it', (t) => {
  t.deepEqual(kept([put('a', 11), del('a', 12), put('b', 13), del('b', 14), del('c', 15)], [10], true), []);
});

test('a range delete takes what is older, but for what a snapshot sees of it', (t) => {
  const all = { start: text('a'), end: text('c'), seq: 10 };
  const entries = [put('a', 1), put('a', 4), put('a', 12), put('b', 8), put('c', 2)];
  t.deepEqual(kept(entries, [], true, [all]).map(show), [put('a', 12), put('c', 2)].map(show));
  t.deepEqual(kept(entries, [5], true, [all]).map(show), [put('a', 12), put('a', 4), put('c', 2)].map(show));
  t.deepEqual(kept(entries, [9], true, [all]).map(show), [put('a', 12), put('a', 4), put('b', 8), put('c', 2)].map(show));
  t.deepEqual(kept(entries, [10], true, [all]).map(show), [put('a', 12), put('c', 2)].map(show), 'a snapshot at the range delete sees it');
});

test('of several range deletes over a key each counts for the snapshots between it and the next', (t) => {
  const rangeDeletes = [3, 6, 9].map((seq) => ({ start: text('a'), seq }));
  const entries = [put('a', 2), put('a', 5), put('a', 8)];
  t.deepEqual(kept(entries, [4, 7], true, rangeDeletes), [], 'each snapshot is behind a range delete');
  t.deepEqual(kept(entries, [5, 7], true, rangeDeletes).map(show), [put('a', 5)].map(show));
  t.deepEqual(kept(entries, [2, 8], true, rangeDeletes).map(show), [put('a', 8), put('a', 2)].map(show));
});

test('a range delete that stands among the entries is a version of its first key, and is never written', (t) => {
  const key = text('a');
  const retention = new Retention([5], false);
  t.is(retention.judge(true, EntryKind.rangeDelete, 9), Verdict.drop);
  t.is(retention.judge(false, EntryKind.put, 8), Verdict.drop, 'it hides what its stripe has of the key');
  t.is(retention.judge(false, EntryKind.put, 5), Verdict.keep, 'but not from a snapshot before it');
  t.true(covers({ start: key, seq: 9 }, key));
});
