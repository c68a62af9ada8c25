import test from 'ava';
import type { LogRecord } from '../../protocol/log.ts';
import { composedRetention } from '../../storage/log/strategies/composed.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import type { Strategy } from '../../storage/log/strategy.ts';

function record(key: bigint, offset: number, header?: string): LogRecord {
  const headers = header === undefined ? [] : [{ key: header, value: new Uint8Array(0) }];
  return { topic: 't', partition: 0, offset, key, value: new Uint8Array(0), headers };
}

/** What reduce answered for each record (left out: it was left alone), and the map. */
async function reduced(strategy: Strategy, records: readonly LogRecord[]): Promise<[(boolean | undefined)[], [bigint | string, number][]]> {
  const state = await strategy.init();
  const answers = records.map((one) => {
    const key = strategy.key === undefined ? one.key : strategy.key(one);
    return key === undefined ? undefined : strategy.reduce(state, key, one);
  });
  return [answers, [...strategy.collect(state)].sort(([a], [b]) => (a < b ? -1 : 1))];
}

const isTemperature = (key: bigint): boolean => key >> 52n === 2n;
const T = 2n << 52n;

test('each record goes to the first route that takes it, and the maps are put together', async (t) => {
  const strategy = composedRetention([
    { when: isTemperature, strategy: nthKeyBasedRetention(10, 2) },
    { when: () => true, strategy: keyBasedRetention(20) },
  ]);
  const [answers, map] = await reduced(
    strategy,
    [0n, T, 0n, T, T].map((key, offset) => record(key, offset)),
  );
  t.deepEqual(answers, [false, false, false, false, false]);
  t.deepEqual(map, [
    [0n, 2],
    [T, 3],
  ]);
});

test('a record that no route takes is left alone', async (t) => {
  const strategy = composedRetention([{ when: isTemperature, strategy: keyBasedRetention(1) }]);
  const [answers, map] = await reduced(strategy, [record(1n, 0), record(T, 1), record(2n, 2)]);
  t.deepEqual(answers, [undefined, false, undefined]);
  t.deepEqual(map, [[T, 1]]);
});

test('it is full when the part that a record goes to is', async (t) => {
  const strategy = composedRetention([
    { when: isTemperature, strategy: nthKeyBasedRetention(1, 2) },
    { when: () => true, strategy: keyBasedRetention(1) },
  ]);
  const [answers] = await reduced(
    strategy,
    [T, T + 1n, 0n, 1n, T, 0n].map((key, offset) => record(key, offset)),
  );
  t.deepEqual(answers, [false, true, false, true, false, false]);
});

test('of a key that two routes have come by, what either keeps is kept', async (t) => {
  const strategy = composedRetention([
    { when: (_key, { headers }) => headers.length > 0, strategy: keyBasedRetention(1) },
    { when: () => true, strategy: keyBasedRetention(1) },
  ]);
  for (const headers of [
    [undefined, 'a', 'a'],
    ['a', undefined, undefined],
  ]) {
    const [, map] = await reduced(
      strategy,
      headers.map((header, offset) => record(7n, offset, header)),
    );
    t.deepEqual(map, [[7n, 0]]);
  }
});

test("a part's own key and tombstone count for the records that go there", (t) => {
  const strategy = composedRetention([
    { when: isTemperature, strategy: keyBasedRetention(1, { key: ({ headers }) => headers[0]?.key, tombstone: 'empty-value' }) },
    { when: () => true, strategy: keyBasedRetention(1) },
  ]);
  t.is(strategy.key?.(record(T, 0, 'name')), 'name');
  t.is(strategy.key?.(record(T, 0)), undefined);
  t.is(strategy.key?.(record(5n, 0, 'name')), 5n);
  t.true(strategy.tombstone?.(record(T, 0)));
  t.false(strategy.tombstone?.(record(5n, 0)));
  t.is(composedRetention([{ when: () => true, strategy: keyBasedRetention(1) }]).tombstone, undefined);
});

test('later passes are told to every part', async (t) => {
  const strategy = composedRetention([
    { when: isTemperature, strategy: nthKeyBasedRetention(9, 2) },
    { when: () => true, strategy: composedRetention([{ when: () => true, strategy: nthKeyBasedRetention(9, 3) }]) },
  ]);
  const records = [T, T, 1n, 1n, 2n, 2n, 2n].map((key, offset) => record(key, offset));
  const state = await strategy.init();
  strategy.laterPass?.(state);
  for (const one of records) strategy.reduce(state, strategy.key?.(one) ?? '', one);
  t.deepEqual(
    [...strategy.collect(state)].sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      [2n, 4],
      [T, 0],
    ],
  );
});

test('a part whose state is a promise makes the whole wait for it', async (t) => {
  const slow: Strategy<string[]> = {
    init: async () => ['secret'],
    reduce: (state) => state[0] !== 'secret',
    collect: () => new Map(),
  };
  const strategy = composedRetention([
    { when: isTemperature, strategy: slow },
    { when: () => true, strategy: keyBasedRetention(1) },
  ]);
  const [answers, map] = await reduced(strategy, [record(T, 0), record(1n, 1)]);
  t.deepEqual(answers, [false, false]);
  t.deepEqual(map, [[1n, 1]]);
});
