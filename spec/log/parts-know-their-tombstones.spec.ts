import test from 'ava';
import fc from 'fast-check';
import { type LogPart, oldestTombstoneOf } from '../../storage/log/part.ts';
import { composedRetention } from '../../storage/log/strategies/composed.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import type { Strategy } from '../../storage/log/strategy.ts';
import { decodeLogEdit, encodeLogEdit } from '../../storage/tablet/log-codec.ts';
import { type GivenRecord, given, PassBench } from './support/passes.ts';

// A quiet topic is compacted when its oldest tombstone is old enough. So parts must know it: too late, and it stays for
// ever; where there is none, and the topic is rewritten again and again for nothing.

const isEmpty = ({ value }: { value: Uint8Array }): boolean => value.length === 0;
const strategies = (maxKeys: number) => [
  keyBasedRetention(maxKeys, { tombstone: 'empty-value' }),
  keyBasedRetention(maxKeys, { tombstone: isEmpty }),
  keyBasedRetention(maxKeys, { tombstone: isEmpty, key: ({ key }) => (key === 5n ? undefined : `${key}`) }),
  composedRetention([{ when: (key) => key < 5n, strategy: keyBasedRetention(maxKeys, { tombstone: 'empty-value' }) }]),
  nthKeyBasedRetention(maxKeys, 3, { tombstone: 'empty-value' }),
  nthKeyBasedRetention(maxKeys, 3, { tombstone: isEmpty }),
];

const v = (key: number, offset: number, timestamp?: number): GivenRecord =>
  given(key, offset, timestamp === undefined ? {} : { timestamp });
const gone = (key: number, offset: number, timestamp?: number): GivenRecord => ({ ...v(key, offset, timestamp), value: '' });

function oldest(parts: readonly LogPart[]): number {
  return parts.reduce((least, part) => Math.min(least, oldestTombstoneOf(part)), Number.POSITIVE_INFINITY);
}

test('what is left after a compaction says exactly when the next tombstone may go, and nothing where none may', async (t) => {
  const anyRecord = fc.record({ key: fc.nat(6), isGone: fc.boolean(), timestamp: fc.option(fc.nat(100), { nil: undefined }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(100),
      fc.nat(5),
      async (list, maxKeys, tombstonesOlderThan, which) => {
        const strategy = strategies(maxKeys)[which];
        const bench = new PassBench();
        const parts = await bench.parts(list.map(({ key, isGone, timestamp }, offset) => (isGone ? gone : v)(key, offset, timestamp)));
        const compact = (from: readonly LogPart[], older: number) =>
          bench.compact(from, strategy, { rules: { tombstonesOlderThan: older } });
        const { parts: left } = await compact(parts, tombstonesOlderThan);
        const { parts: later } = await compact(left, 1e15);
        const stay = new Set(bench.offsets(later));
        const agedAt = Math.max(...left.map((part) => part.agedAt));
        const went = bench.read(left).filter(({ record }) => !stay.has(record.offset));
        const times = went.map(({ record }) => record.timestamp ?? agedAt);
        t.is(oldest(left), Math.min(Number.POSITIVE_INFINITY, ...times));
        t.is(oldest(later), Number.POSITIVE_INFINITY);
      },
    ),
    { numRuns: 300 },
  );
});

test('of a dirty part nobody knows, so its oldest record counts, or the time at which it was aged', async (t) => {
  const bench = new PassBench();
  t.is(oldestTombstoneOf(await bench.part([v(1, 0, 70), v(1, 1, 30)])), 30);
  t.is(oldestTombstoneOf(await bench.part([v(1, 0, 7_000), v(1, 1)], { agedAt: 50 })), 50);
});

test('a compaction by rules alone does not look, and passes on what was known or feared', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts([v(1, 0, 70), gone(1, 1, 30), v(2, 2, 90)]);
  const { parts: ruled } = await bench.rewrite(parts, { rules: { olderThan: 10 } });
  t.is(oldest(ruled), 30);
  const { parts: exact } = await bench.pass(ruled, keyBasedRetention(9, { tombstone: 'empty-value' }), {
    rules: { tombstonesOlderThan: 31 },
  });
  t.is(oldest(exact), Number.POSITIVE_INFINITY);
  t.is(oldest((await bench.rewrite(exact, { rules: { olderThan: 10 } })).parts), Number.POSITIVE_INFINITY);
});

test('what somebody has not read is looked at as well, since it will be let go', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts([v(1, 0, 70), gone(1, 1, 30), v(2, 2, 90)]);
  for (const strategy of strategies(9).slice(0, 4)) {
    const held = (await bench.pass(parts, strategy, { rules: { tombstonesOlderThan: 100, keepFrom: 0 } })).parts;
    t.deepEqual([bench.offsets(held), oldest(held)], [[0, 1, 2], 30]);
    const read = (await bench.pass(held, strategy, { rules: { tombstonesOlderThan: 100 } })).parts;
    t.deepEqual([bench.offsets(read), oldest(read)], [[2], Number.POSITIVE_INFINITY]);
  }
});

test('a strategy without tombstones has none, and records that it leaves alone are none either', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts([v(1, 0, 70), gone(1, 1, 30), gone(2, 2, 20)]);
  const ignoring: Strategy<Map<bigint, number>, bigint> = {
    init: () => new Map(),
    reduce: () => false,
    collect: (state) => state,
    tombstone: isEmpty,
  };
  for (const strategy of [keyBasedRetention(9), ignoring])
    t.is(oldest((await bench.pass(parts, strategy, { rules: { tombstonesOlderThan: 0 } })).parts), Number.POSITIVE_INFINITY);
});

test('a large value is no empty one', async (t) => {
  const bench = new PassBench();
  const part = await bench.part([{ ...v(1, 0, 70), value: 'x'.repeat(500), isStaged: true }]);
  const { parts } = await bench.pass([part], keyBasedRetention(9, { tombstone: 'empty-value' }), { rules: { tombstonesOlderThan: 0 } });
  t.is(oldest(parts), Number.POSITIVE_INFINITY);
});

test('the manifest keeps it, and that there is none', async (t) => {
  const bench = new PassBench();
  const part = await bench.part([v(1, 0, 70)], { compacted: true });
  for (const added of [part, { ...part, oldestTombstone: 0 }, { ...part, oldestTombstone: -1.5 }, { ...part, oldestTombstone: 1.7e12 }]) {
    const edit = { changes: [{ topic: 7, partition: 3, removed: [], added: [added] }] };
    t.deepEqual(decodeLogEdit(encodeLogEdit(edit)).changes?.[0]?.added, [added]);
  }
});
