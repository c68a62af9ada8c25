import test from 'ava';
import fc from 'fast-check';
import { type LogLoad, mustWait, nextDue, type Rules, whyCompact } from '../../actors/logs/when-to-compact.ts';
import { resolveCompaction } from '../../protocol/compaction-options.ts';

const RULES = resolveCompaction({ compactionThreshold: 1_000, tombstoneDelayMs: 8_000 });
const DAY = 86_400_000;

function load(dirtyBytes: number, totalBytes: number, oldest: LogLoad['oldest'] = {}): LogLoad {
  return { dirtyBytes, totalBytes, oldest };
}

function isDue(given: LogLoad, rules: Partial<Rules>, now = 0, last?: { at: number; totalBytes: number }): boolean {
  return whyCompact(given, { ...RULES, ...rules }, now, last) !== undefined;
}

test('a run is due when the threshold has come in and is at least the given share of the log', (t) => {
  t.false(isDue(load(999, 999), {}));
  t.true(isDue(load(1_000, 2_000), {}));
  t.false(isDue(load(1_000, 2_001), {}));
  t.true(isDue(load(1_500, 3_000), {}));
});

test("a share of 0 is the seed's behaviour: every threshold makes a run, however long the history", (t) => {
  t.true(isDue(load(1_000, 1e12), { minDirtyRatio: 0 }));
  t.false(isDue(load(999, 1e12), { minDirtyRatio: 0 }));
});

test('with a share of a half the bytes that all runs rewrite grow with the bytes produced, not with their square', (t) => {
  const rewritten = (minDirtyRatio: number): number => {
    let [compacted, dirty, sum] = [0, 0, 0];
    for (let produced = 0; produced < 400_000; produced += 100) {
      dirty += 100;
      if (!isDue(load(dirty, compacted + dirty), { minDirtyRatio })) continue;
      // Nothing is ever dropped: the worst case.
      compacted += dirty;
      sum += compacted;
      dirty = 0;
    }
    return sum / 400_000;
  };
  t.true(rewritten(0.5) < 3, `${rewritten(0.5)} times`);
  t.true(rewritten(0) > 100, `${rewritten(0)} times`);
});

test('a log over its size is due, with room for a threshold or an eighth', (t) => {
  t.false(isDue(load(0, 8_999), { maxBytes: 8_000 }));
  t.true(isDue(load(0, 9_000), { maxBytes: 8_000 }));
  t.false(isDue(load(0, 89_999), { maxBytes: 80_000 }));
  t.true(isDue(load(0, 90_000), { maxBytes: 80_000 }));
});

test('what a run could not bring under its size, because somebody holds it, is not rewritten over and over', (t) => {
  const last = { at: 5_000, totalBytes: 100_000 };
  t.false(isDue(load(0, 100_000), { maxBytes: 80_000 }, 5_001, last));
  t.true(isDue(load(0, 110_000), { maxBytes: 80_000 }, 5_001, last), 'it has grown by as much again');
  t.true(isDue(load(0, 100_000), { maxBytes: 80_000 }, 65_000, last), 'it may have been let go meanwhile');
});

test('a quiet log becomes due when its oldest record is too old, and says when that will be', (t) => {
  const quiet = load(0, 10, { record: 500 });
  t.is(nextDue(quiet, { ...RULES, maxAgeMs: DAY }), DAY + 501);
  t.false(isDue(quiet, { maxAgeMs: DAY }, DAY + 500), 'it is as old as it may be');
  t.true(isDue(quiet, { maxAgeMs: DAY }, DAY + 501));
  t.is(nextDue(quiet, RULES), undefined, 'no rule, no time');
  t.is(nextDue(load(0, 0), { ...RULES, maxAgeMs: DAY }), undefined, 'no record, no time');
});

test('a tombstone makes a quiet log due when its delay is over', (t) => {
  const quiet = load(0, 10, { tombstone: 500 });
  t.is(nextDue(quiet, RULES), 8_501);
  t.deepEqual([isDue(quiet, {}, 8_500), isDue(quiet, {}, 8_501)], [false, true]);
});

test('records that grow too old one after the other go together, within an eighth of the time', (t) => {
  const last = { at: 10_000, totalBytes: 10 };
  const rules = { ...RULES, maxAgeMs: 80_000 };
  t.is(nextDue(load(0, 10, { record: -69_999 }), rules, last), 20_000);
  t.is(nextDue(load(0, 10, { record: -50_000 }), rules, last), 30_001);
});

test('a tombstone that was old enough for the last run, and stayed, is tried again after as long as it has waited', (t) => {
  const last = { at: 20_000, totalBytes: 10, tombstone: 500 };
  t.is(nextDue(load(0, 10, { tombstone: 500 }), RULES, last), 28_000);
  t.is(nextDue(load(0, 10, { tombstone: 400 }), RULES, last), 21_000, 'another one has come');
  t.is(nextDue(load(0, 10, { tombstone: 19_000 }), RULES, { ...last, tombstone: 19_000 }), 27_001, 'it was too young');
});

test('a run is due exactly from the time that was foretold', (t) => {
  const time = fc.integer({ min: 0, max: 100_000 });
  const some = fc.option(time, { nil: undefined });
  fc.assert(
    fc.property(
      some,
      some,
      time,
      fc.option(fc.record({ at: time, totalBytes: time }), { nil: undefined }),
      some,
      some,
      (record, tombstone, total, last, maxAgeMs, maxBytes) => {
        const rules: Rules = { ...RULES, ...(maxAgeMs && { maxAgeMs }), ...(maxBytes && { maxBytes }) };
        const given = load(0, total, { ...(record !== undefined && { record }), ...(tombstone !== undefined && { tombstone }) });
        const due = nextDue(given, rules, last);
        if (due === undefined) return whyCompact(given, rules, 1e12, last) === undefined;
        const from = Math.max(0, due);
        return whyCompact(given, rules, from, last) !== undefined && (due <= 0 || whyCompact(given, rules, due - 1, last) === undefined);
      },
    ),
  );
  t.pass();
});

test('producers wait only while a run is going that does not fail, for what came in since it began', (t) => {
  const going = { isGoing: true, failures: 0, coveredBytes: 5_000 };
  t.true(mustWait(load(6_000, 9_000), RULES, going));
  t.false(mustWait(load(5_999, 9_000), RULES, going), 'what the run takes in is not held against them');
  t.false(mustWait(load(6_000, 9_000), RULES, { ...going, isGoing: false }));
  t.false(mustWait(load(6_000, 9_000), RULES, { ...going, failures: 1 }), 'it may fail for ever');
  t.false(mustWait(load(6_000, 9_000), { ...RULES, backPressure: false }, going));
});
