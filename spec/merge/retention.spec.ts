import test from 'ava';
import fc from 'fast-check';
import { EntryKind } from '../../storage/entry.ts';
import { Retention } from '../../storage/merge/retention.ts';
import { anyEntries, del, type Entry, hex, ordered, put, show } from '../support/tables.ts';

function kept(entries: readonly Entry[], snapshots: readonly number[], dropTombstones: boolean): Entry[] {
  const retention = new Retention(snapshots, dropTombstones);
  let last: string | undefined;
  return ordered(entries).filter(({ key, seq, value }) => {
    const newKey = hex(key) !== last;
    last = hex(key);
    return retention.keeps(newKey, value === undefined ? EntryKind.delete : EntryKind.put, seq);
  });
}

/** What a reader at this sequence sees: the naive way. */
function view(entries: readonly Entry[], seq: number): string[] {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const other = newest.get(hex(entry.key));
    if (entry.seq <= seq && (other === undefined || other.seq < entry.seq)) newest.set(hex(entry.key), entry);
  }
  return ordered([...newest.values()].filter(({ value }) => value !== undefined)).map(show);
}

const anySnapshots = fc.uniqueArray(fc.integer({ min: 0, max: 130 }), { maxLength: 6 }).map((list) => list.sort((a, b) => a - b));

test('every snapshot, and who reads the newest, sees after a compaction what it saw before', (t) => {
  fc.assert(
    fc.property(anyEntries, anySnapshots, fc.boolean(), (entries, snapshots, dropTombstones) => {
      const after = kept(entries, snapshots, dropTombstones);
      for (const seq of [...snapshots, 1000]) t.deepEqual(view(after, seq), view(entries, seq), `at ${seq}`);
    }),
    { numRuns: 1000 },
  );
});

test('what a compaction kept may be compacted again, with fewer snapshots, together with what came later', (t) => {
  fc.assert(
    fc.property(anyEntries, anySnapshots, fc.nat(120), (entries, snapshots, cut) => {
      const older = entries.filter(({ seq }) => seq <= cut);
      const newer = entries.filter(({ seq }) => seq > cut);
      const first = kept(older, snapshots, true);
      const second = kept([...first, ...newer], snapshots.slice(1), true);
      for (const seq of [...snapshots.slice(1), 1000]) t.deepEqual(view(second, seq), view(entries, seq));
    }),
    { numRuns: 500 },
  );
});

test('nothing is kept that nobody can see, apart from tombstones', (t) => {
  fc.assert(
    fc.property(anyEntries, anySnapshots, (entries, snapshots) => {
      const seen = new Set([...snapshots, 1000].flatMap((seq) => view(entries, seq)));
      for (const entry of kept(entries, snapshots, true)) if (entry.value !== undefined) t.true(seen.has(show(entry)));
    }),
  );
});

test('without snapshots one version of each key stays, and with tombstones dropped only puts', (t) => {
  const entries = [put('a', 1), del('a', 2), put('b', 3), put('b', 4), del('c', 5)];
  t.deepEqual(kept(entries, [], true).map(show), [put('b', 4)].map(show));
  t.deepEqual(kept(entries, [], false).map(show), [del('a', 2), put('b', 4), del('c', 5)].map(show));
});

test('a tombstone stays while something older may lie below, and while a snapshot reads from before it', (t) => {
  t.deepEqual(kept([del('a', 5)], [], false).length, 1);
  t.deepEqual(kept([del('a', 5)], [4], true).length, 1);
  t.deepEqual(kept([del('a', 5)], [5], true).length, 0);
  t.deepEqual(kept([put('a', 1), del('a', 5)], [4, 6], true).map(show), [del('a', 5), put('a', 1)].map(show));
});
