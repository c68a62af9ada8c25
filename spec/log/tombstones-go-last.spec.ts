import test from 'ava';
import fc from 'fast-check';
import { compactionMapOf } from '../../storage/log/compaction-map.ts';
import { composedRetention } from '../../storage/log/strategies/composed.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import { strategySpecOf } from '../../storage/log/strategies/strategy-spec.ts';
import { type GivenRecord, given, PassBench } from './support/passes.ts';

const isEmpty = ({ value }: { value: Uint8Array }): boolean => value.length === 0;
/** Built in and in flat memory, with a predicate, with keys of its own, composed. */
const keyBased = (maxKeys: number) => [
  keyBasedRetention(maxKeys, { tombstone: 'empty-value' }),
  keyBasedRetention(maxKeys, { tombstone: isEmpty }),
  keyBasedRetention(maxKeys, { tombstone: isEmpty, key: ({ key }) => `${key}` }),
  composedRetention([{ when: () => true, strategy: keyBasedRetention(maxKeys, { tombstone: 'empty-value' }) }]),
];
const nth = (maxKeys: number, n: number) => [
  nthKeyBasedRetention(maxKeys, n, { tombstone: 'empty-value' }),
  nthKeyBasedRetention(maxKeys, n, { tombstone: isEmpty }),
  nthKeyBasedRetention(maxKeys, n, { tombstone: isEmpty, key: ({ key }) => `${key}` }),
];

const v = (key: number, offset: number, timestamp = offset): GivenRecord => given(key, offset, { timestamp });
const gone = (key: number, offset: number, timestamp = offset): GivenRecord => given(key, offset, { timestamp, value: '' });

test('a tombstone that is the newest of its key goes when it is old enough, not before', async (t) => {
  for (const strategy of keyBased(9)) {
    const bench = new PassBench();
    const parts = await bench.parts([v(1, 0), gone(1, 1, 100), v(2, 2), gone(3, 3, 200), v(4, 4, 1)]);
    const left = async (tombstonesOlderThan: number) =>
      bench.offsets((await bench.pass(parts, strategy, { rules: { tombstonesOlderThan } })).parts);
    t.deepEqual(await left(100), [1, 2, 3, 4]);
    t.deepEqual(await left(101), [2, 3, 4]);
    t.deepEqual(await left(201), [2, 4]);
    t.deepEqual(bench.offsets((await bench.pass(parts, strategy)).parts), [1, 2, 3, 4], 'without a delay they all stay');
  }
});

test('an empty value is nothing special unless it is said to be', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts([v(1, 0), gone(1, 1)]);
  for (const strategy of [keyBasedRetention(9), keyBasedRetention(9, { key: ({ key }) => `${key}` }), nthKeyBasedRetention(9, 1)]) {
    t.deepEqual(bench.offsets((await bench.pass(parts, strategy, { rules: { tombstonesOlderThan: 1e15 } })).parts), [1]);
  }
});

test('a tombstone of a key that this pass knows nothing of stays: older records of it may still be there', async (t) => {
  for (const strategy of keyBased(1)) {
    const bench = new PassBench();
    const parts = await bench.parts([v(1, 0), v(2, 1), gone(2, 2), v(1, 3)]);
    const rules = { tombstonesOlderThan: 1e15 };
    const first = await bench.pass(parts, strategy, { rules });
    t.is(first.overflowAt, 1);
    t.deepEqual(bench.offsets(first.parts), [1, 2, 3]);
    const second = await bench.pass(first.parts, strategy, { rules, from: 1 });
    t.deepEqual(bench.offsets(second.parts), [3]);
  }
});

test('a tombstone above the minimum of its key stays', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts([v(1, 0), v(1, 1), gone(1, 2)]);
  const map = await compactionMapOf(new Map([[1n, 1]]));
  const strategy = strategySpecOf(keyBasedRetention(9, { tombstone: 'empty-value' }));
  t.deepEqual(bench.offsets((await bench.rewrite(parts, { map, strategy, rules: { tombstonesOlderThan: 1e15 } })).parts), [1, 2]);
});

test('nth retention: a tombstone hides what came before it, at once, and goes when it is old enough', async (t) => {
  for (const strategy of nth(9, 3)) {
    const bench = new PassBench();
    const records = [v(1, 0), v(1, 1), gone(1, 2, 100), v(2, 3), v(2, 4), gone(3, 5, 100), v(3, 6), v(3, 7)];
    const parts = await bench.parts(records);
    const left = async (tombstonesOlderThan: number) =>
      bench.offsets((await bench.pass(parts, strategy, { rules: { tombstonesOlderThan } })).parts);
    t.deepEqual(await left(100), [2, 3, 4, 5, 6, 7]);
    t.deepEqual(await left(101), [3, 4, 6, 7]);
  }
});

test('nth retention in later passes: a tombstone settles its key, also where fewer than n were seen', async (t) => {
  for (const strategy of nth(9, 5)) {
    const bench = new PassBench();
    const parts = await bench.parts([v(1, 0), v(2, 1), gone(1, 2), v(1, 3), v(2, 4)]);
    const { parts: left } = await bench.pass(parts, strategy, { from: 2, rules: { tombstonesOlderThan: 1e15 } });
    t.deepEqual(bench.offsets(left), [1, 3, 4]);
  }
});

/** What a reader who knows what tombstones mean takes for the state: by key, its records since the newest tombstone, at most n. */
function state(records: readonly { key: bigint; offset: number; isGone: boolean }[], n: number): string {
  const live = new Map<bigint, number[]>();
  for (const { key, offset, isGone } of records) live.set(key, isGone ? [] : [...(live.get(key) ?? []), offset].slice(-n));
  return JSON.stringify(
    [...live].filter(([, offsets]) => offsets.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value) => (typeof value === 'bigint' ? `${value}` : value),
  );
}

test('no tombstone goes before what it hides: after every pass a reader sees the same keys', async (t) => {
  const anyRecord = fc.record({ key: fc.nat(5), isGone: fc.boolean(), timestamp: fc.nat(100) });
  const few = fc.integer({ min: 1, max: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
      few,
      few,
      fc.nat(100),
      fc.option(fc.nat(40), { nil: undefined }),
      fc.nat(6),
      async (list, maxKeys, n, tombstonesOlderThan, keepFrom, which) => {
        const strategy = [...keyBased(maxKeys), ...nth(maxKeys, n)][which];
        const most = which < 4 ? 1 : n;
        const records = list.map(({ key, isGone, timestamp }, offset) => (isGone ? gone : v)(key, offset, timestamp));
        const seen = (bench: PassBench, parts: Parameters<PassBench['read']>[0]) =>
          state(
            bench.read(parts).map(({ record }) => ({ ...record, isGone: record.value.length === 0 })),
            most,
          );
        const bench = new PassBench();
        let parts: Parameters<PassBench['read']>[0] = await bench.parts(records);
        const before = seen(bench, parts);
        for (let from: number | undefined = 0; from !== undefined; ) {
          const rules = { tombstonesOlderThan, ...(keepFrom !== undefined && { keepFrom }) };
          const result: Awaited<ReturnType<PassBench['pass']>> = await bench.pass(parts, strategy, { rules, from });
          parts = result.parts;
          from = result.overflowAt;
          t.is(seen(bench, parts), before);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('after all passes no tombstone is left that is old enough, and nothing that one hides', async (t) => {
  for (const strategy of [...keyBased(2), ...nth(2, 3)]) {
    const bench = new PassBench();
    const keys = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5];
    const records = keys.map((key, offset) => (offset < 6 ? v : gone)(key, offset));
    const { parts } = await bench.compact(await bench.parts(records), strategy, { rules: { tombstonesOlderThan: 1e15 } });
    t.deepEqual(bench.offsets(parts), []);
  }
});
