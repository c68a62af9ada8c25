import test from 'ava';
import fc from 'fast-check';
import { compactionMapOf } from '../../storage/log/compaction-map.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import { strategySpecOf } from '../../storage/log/strategies/strategy-spec.ts';
import type { Strategy } from '../../storage/log/strategy.ts';
import { type GivenRecord, given, log, PassBench } from './support/passes.ts';

test('a record is kept if its key is absent from the map or its offset is at least the minimum', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts(log([0, 1, 0, 1, 0, 1, 2]));
  for (const key of [1n, '1']) {
    const map = await compactionMapOf(new Map<bigint | string, number>([[key, 3]]));
    const own = keyBasedRetention(1, { key: ({ key: own }) => `${own}` });
    const { parts: left } = await bench.rewrite(parts, { map, ...(typeof key === 'string' && { strategy: strategySpecOf(own) }) });
    t.deepEqual(bench.offsets(left), [0, 2, 3, 4, 5, 6]);
  }
});

test('a minimum above all offsets drops the whole key', async (t) => {
  const bench = new PassBench();
  const map = await compactionMapOf(new Map([[0n, Number.MAX_SAFE_INTEGER]]));
  const { parts } = await bench.rewrite(await bench.parts(log([0, 1, 0])), { map });
  t.deepEqual(bench.offsets(parts), [1]);
});

test('a record without a key is left alone by the strategy, not dropped', async (t) => {
  const bench = new PassBench();
  const strategy = keyBasedRetention(9, { key: ({ key }) => (key % 2n === 0n ? `${key}` : undefined) });
  const { parts } = await bench.compact(await bench.parts(log([0, 1, 0, 1, 0, 1])), strategy);
  t.deepEqual(bench.offsets(parts), [1, 3, 4, 5]);
});

for (const [name, strategy] of [
  ['key-based retention', keyBasedRetention(2)],
  ['nth retention', nthKeyBasedRetention(2, 3)],
  ['an own strategy', keyBasedRetention(2, { key: ({ key }) => `${key}` })],
] as const) {
  test(`the next pass begins at the first record that there was no room for, with ${name}`, async (t) => {
    const bench = new PassBench();
    const parts = await bench.parts(log([0, 1, 0, 2, 0, 3, 1, 2]));
    const first = await bench.analyze(parts, strategy);
    t.is(first.overflowAt, 3);
    const second = await bench.analyze(parts, strategy, { from: 3 });
    t.is(second.overflowAt, 5);
    t.is(second.records, 5);
    const last = await bench.analyze(parts, strategy, { from: 6 });
    t.is(last.overflowAt, undefined);
    t.truthy(last.map);
  });
}

const anyRecords = fc
  .array(
    fc.record({
      key: fc.bigInt({ min: 0n, max: 4n }),
      value: fc.uint8Array({ maxLength: 40 }),
      headers: fc.array(fc.record({ key: fc.string({ maxLength: 3 }), value: fc.uint8Array({ maxLength: 3 }) }), { maxLength: 2 }),
      timestamp: fc.option(fc.integer({ min: 0, max: 2e12 }), { nil: undefined }),
      isStaged: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) =>
    list.map(({ timestamp, ...record }, offset): GivenRecord => ({ ...record, offset, ...(timestamp !== undefined && { timestamp }) })),
  );

test('what is kept is byte for byte what it was, large values included', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRecords, fc.integer({ min: 1, max: 7 }), fc.boolean(), async (records, size, inThread) => {
      const bench = new PassBench();
      const before = await bench.parts(records, size);
      const was = bench.read(before);
      const { parts, dropped, recordsIn, recordsOut } = await bench.pass(before, keyBasedRetention(5), { inThread });
      const is = bench.read(parts);
      const newest = new Map(was.map((one) => [one.record.key, one]));
      const expected = [...newest.values()].sort((a, b) => a.record.offset - b.record.offset);
      t.deepEqual(is, expected);
      t.is(recordsIn, records.length);
      t.is(recordsOut, expected.length);
      const gone = was.filter((one) => !expected.includes(one)).flatMap(({ staged }) => staged ?? []);
      t.deepEqual(dropped, gone);
      t.deepEqual(
        parts.flatMap(({ staged }) => staged),
        expected.flatMap(({ staged }) => staged ?? []),
      );
      t.true(parts.every(({ compacted }) => compacted));
    }),
    { numRuns: 60 },
  );
});

test('a rewrite that keeps everything of compacted parts is still right', async (t) => {
  const bench = new PassBench();
  const part = await bench.part(log([0, 1, 2, 3]), { compacted: true });
  const { parts, recordsOut, dropped } = await bench.pass([part], keyBasedRetention(9));
  t.deepEqual(bench.offsets(parts), [0, 1, 2, 3]);
  t.is(recordsOut, 4);
  t.deepEqual(dropped, []);
});

test('a partition of which nothing is left, or that had nothing, takes no blob', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts(log([0, 0, 0]));
  const blobs = await bench.blobs.list();
  const map = await compactionMapOf(new Map([[0n, 99]]));
  t.deepEqual((await bench.rewrite(parts, { map })).parts, []);
  t.deepEqual((await bench.pass([], keyBasedRetention(1))).parts, []);
  t.deepEqual(await bench.blobs.list(), blobs);
  t.deepEqual(await bench.blobs.listUnfinished(), []);
});

test('new parts are at most as large as they may be, a blob each', async (t) => {
  const bench = new PassBench();
  const records = Array.from({ length: 400 }, (_, offset) => given(offset, offset));
  const partBytes = 1500;
  const { parts } = await bench.rewrite(await bench.parts(records, 90), { partBytes });
  t.true(parts.length > 5);
  t.is(new Set(parts.map(({ blob }) => blob.id)).size, parts.length);
  for (const { blob } of parts) t.true(blob.bytes <= partBytes, `${blob.bytes}`);
  t.true(parts.slice(0, -1).every(({ blob }) => blob.bytes > partBytes / 2));
  t.deepEqual(
    bench.offsets(parts),
    records.map(({ offset }) => offset),
  );
});

test('the same input gives the same bytes', async (t) => {
  const strategy: Strategy = keyBasedRetention(4, { key: ({ key }) => key * 2n });
  const runs = await Promise.all(
    [keyBasedRetention(4), keyBasedRetention(4), strategy].map(async (given, run) => {
      const bench = new PassBench();
      const parts = await bench.parts(log([0, 1, 2, 3, 0, 2, 5, 1]));
      await bench.compact(parts, given, { inThread: run !== 1 });
      return [...bench.blobs.visible].map(([id, blocks]) => [id, blocks.map((block) => Buffer.from(block).toString('hex'))]);
    }),
  );
  t.deepEqual(runs[1], runs[0]);
  t.deepEqual(runs[2], runs[0]);
});

test("a part's age is that of the newest part that its records came from", async (t) => {
  const bench = new PassBench();
  const parts = [
    await bench.part([given(0, 0), given(1, 1)], { agedAt: 100 }),
    await bench.part([given(2, 2)], { agedAt: 300 }),
    await bench.part([given(3, 3)], { agedAt: 200 }),
  ];
  t.deepEqual(
    (await bench.rewrite(parts)).parts.map(({ agedAt }) => agedAt),
    [300],
  );
  const map = await compactionMapOf(new Map([[2n, 99]]));
  t.deepEqual(
    (await bench.rewrite(parts, { map })).parts.map(({ agedAt }) => agedAt),
    [200],
  );
});
