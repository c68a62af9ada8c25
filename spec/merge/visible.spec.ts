import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import { nextSync } from '../../storage/merge/cursor.ts';
import { mergeCursors } from '../../storage/merge/merge-cursor.ts';
import { visibleCursor } from '../../storage/merge/visible-cursor.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { anyEntries, anyKey, Bench, current, drain, drainSync, type Entry, hex, listCursor, ordered, show } from '../support/tables.ts';

function visible(entries: readonly Entry[], seq: number, reverse: boolean): Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of ordered(entries)) {
    if (entry.seq <= seq && !newest.has(hex(entry.key))) newest.set(hex(entry.key), entry);
  }
  const list = ordered([...newest.values()].filter(({ value }) => value !== undefined));
  return reverse ? list.reverse() : list;
}

test('a reader sees of each key the newest version up to its sequence, and no deleted ones', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.nat(130), fc.boolean(), async (entries, seq, reverse) => {
      const expected = visible(entries, seq, reverse).map(show);
      const cursor = () => visibleCursor(listCursor(entries, { reverse }), seq, { reverse });
      t.deepEqual(drainSync(cursor()).map(show), expected);
      t.deepEqual((await drain(cursor())).map(show), expected);
    }),
    { numRuns: 500 },
  );
});

test('the same over several overlapping runs of tiny tables', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.nat(130), fc.boolean(), async (entries, seq, reverse) => {
      const bench = new Bench();
      const runs = await Promise.all([0, 1, 2].map((run) => bench.write(entries.filter((entry) => entry.seq % 3 === run))));
      const cursors = runs.map((run) => runCursor(run, { source: bench.source(), reverse }));
      const cursor = visibleCursor(mergeCursors(cursors, { reverse }), seq, { reverse });
      t.deepEqual(drainSync(cursor).map(show), visible(entries, seq, reverse).map(show));
    }),
    { numRuns: 200 },
  );
});

test('a seek, also back to a key that was given, starts afresh', (t) => {
  fc.assert(
    fc.property(
      anyEntries,
      fc.nat(130),
      fc.boolean(),
      fc.array(anyKey, { minLength: 1, maxLength: 5 }),
      fc.nat(4),
      (entries, seq, reverse, targets, steps) => {
        const cursor = visibleCursor(listCursor(entries, { reverse }), seq, { reverse });
        for (const target of targets) {
          cursor.seek(target);
          const rest = visible(entries, seq, reverse).filter(({ key }) =>
            reverse ? compareBytes(key, target) <= 0 : compareBytes(key, target) >= 0,
          );
          for (let step = 0; step <= steps; step++) {
            const expected = rest[step];
            t.is(nextSync(cursor) ? show(current(cursor)) : undefined, expected && show(expected));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
