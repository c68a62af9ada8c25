import test from 'ava';
import fc from 'fast-check';
import { composedRetention } from '../../storage/log/strategies/composed.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import { type GivenRecord, given, log, PassBench } from './support/passes.ts';

/** Offsets of the newest n of every key. */
function newest(records: readonly GivenRecord[], nOf: (key: bigint) => number): number[] {
  const seen = new Map<bigint, number>();
  const kept: number[] = [];
  for (const { key, offset } of records.toReversed()) {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count <= nOf(key)) kept.push(offset);
  }
  return kept.reverse();
}

/** Few keys, so that passes overflow and queues fill; offsets with gaps. */
const anyLog = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 60 })
  .map((list) => {
    let offset = -1;
    return list.map(([key, gap]) => given(key, (offset += gap)));
  });
const few = fc.integer({ min: 1, max: 6 });

for (const inThread of [true, false]) {
  const where = inThread ? 'in a thread' : 'in-process';

  test(`key-based retention leaves the newest record of every key, however few keys fit in a pass, ${where}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(anyLog, few, few, async (records, maxKeys, partSize) => {
        const bench = new PassBench();
        const { parts } = await bench.compact(await bench.parts(records, partSize), keyBasedRetention(maxKeys), { inThread });
        t.deepEqual(
          bench.offsets(parts),
          newest(records, () => 1),
        );
      }),
      { numRuns: 60 },
    );
  });

  test(`nth retention leaves the newest n records of every key, however few keys fit in a pass, ${where}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(anyLog, few, few, few, async (records, maxKeys, n, partSize) => {
        const bench = new PassBench();
        const { parts } = await bench.compact(await bench.parts(records, partSize), nthKeyBasedRetention(maxKeys, n), { inThread });
        t.deepEqual(
          bench.offsets(parts),
          newest(records, () => n),
        );
      }),
      { numRuns: 60 },
    );
  });
}

test('the same holds for keys that are computed, numbers or strings', async (t) => {
  const strategies = [
    { of: (maxKeys: number, n: number) => nthKeyBasedRetention(maxKeys, n, { key: ({ key }) => `key ${key}` }), n: true },
    { of: (maxKeys: number, n: number) => nthKeyBasedRetention(maxKeys, n, { key: ({ key }) => key + 2n ** 63n }), n: true },
    { of: (maxKeys: number) => keyBasedRetention(maxKeys, { key: ({ key }) => `key ${key}` }), n: false },
    { of: (maxKeys: number) => keyBasedRetention(maxKeys, { key: ({ key }) => -key }), n: false },
  ];
  await fc.assert(
    fc.asyncProperty(anyLog, few, few, fc.constantFrom(...strategies), async (records, maxKeys, n, strategy) => {
      const bench = new PassBench();
      const { parts } = await bench.compact(await bench.parts(records), strategy.of(maxKeys, n));
      t.deepEqual(
        bench.offsets(parts),
        newest(records, () => (strategy.n ? n : 1)),
      );
    }),
    { numRuns: 100 },
  );
});

test('the same holds for each part of a composition, and what no part takes is all kept', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyLog, few, few, few, async (records, maxKeys, maxOthers, n) => {
      const bench = new PassBench();
      const strategy = composedRetention([
        { when: (key) => key < 3n, strategy: nthKeyBasedRetention(maxKeys, n) },
        { when: (key) => key < 7n, strategy: keyBasedRetention(maxOthers, { key: ({ key }) => `${key}` }) },
      ]);
      const { parts } = await bench.compact(await bench.parts(records), strategy);
      t.deepEqual(
        bench.offsets(parts),
        newest(records, (key) => (key < 3n ? n : key < 7n ? 1 : Number.POSITIVE_INFINITY)),
      );
    }),
    { numRuns: 100 },
  );
});

test('keys 0, 1, 0, 1 with room for one key and two records a key stay four records', async (t) => {
  for (const strategy of [nthKeyBasedRetention(1, 2), nthKeyBasedRetention(1, 2, { key: ({ key }) => `${key}` })]) {
    const bench = new PassBench();
    const { parts, passes } = await bench.compact(await bench.parts(log([0, 1, 0, 1])), strategy);
    t.deepEqual(bench.offsets(parts), [0, 1, 2, 3]);
    t.true(passes > 1);
  }
});

test('the seed composes by hand: the last ten temperatures, the last battery level and name', async (t) => {
  const nth = nthKeyBasedRetention(10, 10);
  const one = keyBasedRetention(20);
  const strategy = {
    init: () => ({ temperatures: nth.init(), remaining: one.init() }),
    reduce: (
      state: { temperatures: ReturnType<typeof nth.init>; remaining: ReturnType<typeof one.init> },
      key: bigint,
      record: Parameters<typeof nth.reduce>[2],
    ) => {
      if (key >> 52n === 2n) return nth.reduce(state.temperatures, key, record);
      return key >> 52n < 2n && one.reduce(state.remaining, key, record);
    },
    collect: (state: { temperatures: ReturnType<typeof nth.init>; remaining: ReturnType<typeof one.init> }) =>
      new Map([...nth.collect(state.temperatures), ...one.collect(state.remaining)]),
  };
  const bench = new PassBench();
  const types = Array.from({ length: 40 }, (_, at) => [0n, 1n, 2n, 7n][at % 4]);
  const records = log(types.map((type, at) => (type << 52n) | BigInt(Math.floor(at / 4) % 2)));
  const { parts, passes } = await bench.compact(await bench.parts(records), strategy);
  t.is(passes, 1);
  t.deepEqual(
    bench.offsets(parts),
    newest(records, (key) => [1, 1, 10][Number(key >> 52n)] ?? Number.POSITIVE_INFINITY),
  );
});

test('an n above all that there is keeps everything', async (t) => {
  const bench = new PassBench();
  const records = log([0, 1, 0, 0, 2, 1]);
  const { parts } = await bench.compact(await bench.parts(records), nthKeyBasedRetention(2, Number.MAX_SAFE_INTEGER));
  t.deepEqual(bench.offsets(parts), [0, 1, 2, 3, 4, 5]);
});

test('computed keys take no more room than there is for keys, however many there are', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts(log(Array.from({ length: 500 }, (_, n) => n)), 500, 4096);
  const key = ({ key }: { key: bigint }): string => `key ${key}`;
  const states = [];
  for (const strategy of [keyBasedRetention(7, { key }), nthKeyBasedRetention(7, 2, { key })]) {
    const { map, overflowAt } = await bench.analyze(parts, strategy);
    t.is(overflowAt, 7);
    states.push(map?.kind === 'map' ? map.entries.size : undefined);
  }
  t.deepEqual(states, [7, 7]);
});
