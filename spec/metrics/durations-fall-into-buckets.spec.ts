import test from 'ava';
import fc from 'fast-check';
import { Buckets, DURATION_BOUNDS } from '../../actors/observation/metrics/buckets.ts';

/** By the definition: above the bound before, and not above its own. */
function isIn(ms: number, bucket: number): boolean {
  const above = bucket === 0 || ms > DURATION_BOUNDS[bucket - 1];
  return above && (bucket === DURATION_BOUNDS.length || ms <= DURATION_BOUNDS[bucket]);
}

test('a duration that is a bound is in its bucket, one above all bounds in the last', (t) => {
  const buckets = new Buckets();
  for (const bound of DURATION_BOUNDS) buckets.add(bound);
  buckets.add(10 ** 9);
  t.deepEqual(buckets.read().counts, new Array(DURATION_BOUNDS.length + 1).fill(1));
});

test('any durations: each is in the one bucket whose bounds are around it, and sum and count are theirs', (t) => {
  const durations = fc.array(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(...DURATION_BOUNDS)));
  fc.assert(
    fc.property(durations, (all) => {
      const buckets = new Buckets();
      for (const ms of all) buckets.add(ms);
      const { bounds, counts, sum, count } = buckets.read();
      t.is(bounds, DURATION_BOUNDS);
      t.deepEqual(
        counts,
        counts.map((_, bucket) => all.filter((ms) => isIn(ms, bucket)).length),
      );
      t.is(count, all.length);
      t.is(
        sum,
        all.reduce((total, ms) => total + ms, 0),
      );
    }),
  );
});

test('what was read stays as it was', (t) => {
  const buckets = new Buckets();
  buckets.add(1);
  const before = buckets.read();
  buckets.add(1);
  t.is(before.count, 1);
  t.is(Math.max(...before.counts), 1);
});
