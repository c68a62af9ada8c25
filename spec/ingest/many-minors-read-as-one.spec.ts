import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import { minorRuns } from '../../storage/read/minor-runs.ts';
import { areDisjoint, byMinKey } from '../../storage/tablet/ranges.ts';
import { contentOf, openEngine, sorted } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { tableOf } from '../tablet/support/notation.ts';
import { pairs, putAll, withFaults } from './support.ts';

/** Newest first, as `5: a-b`. */
function runs(...minors: string[]): string[] {
  const tables = minors.map((one) => tableOf(Number(one.split(': ')[0]), `${one.split(': ')[1]} 10`));
  return minorRuns(tables).map((run) => run.map(({ id }) => id).join(' '));
}

test('minors whose keys descend from the newest to the oldest are one run', (t) => {
  t.deepEqual(runs('5: g-h', '4: e-f', '3: c-d'), ['3 4 5']);
  t.deepEqual(runs('5: g-h', '4: e-g', '3: c-d', '2: x-y', '1: a-w'), ['5', '3 4', '1 2']);
  t.deepEqual(runs('1: a-b'), ['1']);
  t.deepEqual(runs(), []);
});

test('every run is disjoint and ascending, and nothing stands in front of what is newer', (t) => {
  const letter = fc.integer({ min: 0, max: 9 }).map((n) => String.fromCharCode(97 + n));
  fc.assert(
    fc.property(fc.array(fc.tuple(letter, letter), { maxLength: 12 }), (ranges) => {
      const minors = ranges.map(([a, b], i) => tableOf(ranges.length - i, `${a < b ? `${a}-${b}` : `${b}-${a}`} 10`));
      const found = minorRuns(minors);
      t.deepEqual(
        found.flatMap((run) => run.toReversed()),
        minors,
      );
      for (const run of found) {
        t.true(areDisjoint(run));
        t.deepEqual(run.toSorted(byMinKey), run);
        t.true(run.every((one, i) => i === 0 || compareBytes(run[i - 1].maxKey, one.minKey) < 0));
      }
    }),
  );
});

test('an ingest over everything that is being compacted is read through one run, and ends in the levels', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, { ...withFaults(faults), sliceBytes: 1024 * 1024 });
  await putAll(engine, pairs(0, 100, 'old'));
  await engine.ask({ type: 'MajorCompaction' });
  // A table from the first key to the last, which every other one overlaps.
  await putAll(engine, [pairs(0, 1, 'low')[0], pairs(999, 1000, 'high')[0]]);
  await engine.ask({ type: 'MinorCompact' });
  faults.hold('merge');
  await engine.kv.ingest(pairs(0, 1000));
  t.true(engine.stats().minors.tables > 20);
  const before = engine.stats().cache;
  t.is(engine.kv.getSync('p0500'), pairs(0, 1000)[500][1]);
  const { hits, misses } = engine.stats().cache;
  t.true(hits + misses - before.hits - before.misses <= 8, 'one table, not all of them');
  const expected = sorted(new Map([...pairs(0, 1000)]));
  t.deepEqual(await contentOf(engine), expected);
  faults.release('merge');
  await engine.ask({ type: 'MajorCompaction' });
  t.is(engine.stats().minors.tables, 0);
  t.deepEqual(await contentOf(engine), expected);
});
