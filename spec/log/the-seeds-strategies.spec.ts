import test from 'ava';
import type { LogRecord } from '../../protocol/log.ts';
import { type KeyBasedState, keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { type NthKeyBasedState, nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import type { Strategy } from '../../storage/log/strategy.ts';

// The tests of the seed `log-compactor.rs`, one by one. (Its fourth, end to end, needs a whole log: see the compactor's specs.)

function record(key: bigint, offset: number, value = 'some-value-2', topic = 'my-topic'): LogRecord {
  return { topic, partition: 0, offset, key, value: new TextEncoder().encode(value), headers: [] };
}

test('key-based retention keeps the latest offset of the keys that it has room for', (t) => {
  const compaction = keyBasedRetention(1);
  const state = compaction.init();
  const reduced = [record(0n, 0), record(1n, 1), record(0n, 2)].map((r) => compaction.reduce(state, compaction.key(r) ?? '', r));
  t.deepEqual(reduced, [false, true, false]);
  t.deepEqual(compaction.collect(state), new Map([[0n, 2]]));
});

test('nth-key-based retention keeps the latest n offsets of the keys that it has room for', (t) => {
  const compaction = nthKeyBasedRetention(1, 2);
  const state = compaction.init();
  const records = [record(0n, 0), record(1n, 1), record(0n, 2), record(0n, 3)];
  const reduced = records.map((r) => compaction.reduce(state, compaction.key(r) ?? '', r));
  t.deepEqual(reduced, [false, true, false, false]);
  t.deepEqual(compaction.collect(state), new Map([[0n, 2]]));
});

// The hybrid: the last ten temperatures of a sensor, but only its last battery level and its last name.
// The type of an event is in the top 12 bits of its key, the sensor's id in the bottom 32.

const BATTERY_LEVEL_SENSED = 0n;
const NAME_CHANGED = 1n;
const TEMPERATURE_SENSED = 2n;
const MAX_SENSOR_IDS = 10;
const MAX_TEMPERATURES_PER_ID = 10;

function keyOf(type: bigint, id: number): bigint {
  return (type << 52n) | BigInt(id);
}

interface HybridState {
  readonly temperatures: NthKeyBasedState;
  readonly remaining: KeyBasedState;
}

const nth = nthKeyBasedRetention(MAX_SENSOR_IDS, MAX_TEMPERATURES_PER_ID);
const newest = keyBasedRetention(2 * MAX_SENSOR_IDS);

const temperatureSensorTopic = {
  key: ({ key }: LogRecord): bigint => key,
  init: (): HybridState => ({ temperatures: nth.init(), remaining: newest.init() }),
  reduce: (state: HybridState, key: bigint, r: LogRecord): boolean => {
    const type = key >> 52n;
    if (type === TEMPERATURE_SENSED) return nth.reduce(state.temperatures, key, r);
    if (type === BATTERY_LEVEL_SENSED || type === NAME_CHANGED) return newest.reduce(state.remaining, key, r);
    return false;
  },
  collect: (state: HybridState): ReadonlyMap<bigint, number> =>
    new Map([...nth.collect(state.temperatures), ...newest.collect(state.remaining)] as [bigint, number][]),
} satisfies Strategy<HybridState, bigint>;

test('a strategy of both kinds of retention keeps what each of them keeps', (t) => {
  const compaction = temperatureSensorTopic;
  const records = [BATTERY_LEVEL_SENSED, BATTERY_LEVEL_SENSED, TEMPERATURE_SENSED, TEMPERATURE_SENSED].map((type, offset) =>
    record(keyOf(type, 0), offset, String.fromCharCode(Number(type), 0, 10), 'temp-sensor-events'),
  );
  const state = compaction.init();
  t.deepEqual(
    records.map((r) => compaction.reduce(state, compaction.key(r), r)),
    [false, false, false, false],
  );
  const map = compaction.collect(state);
  t.is(map.size, 2);
  t.is(map.get(records[1].key), 1);
  t.is(map.get(records[2].key), 2);
});

test('an event of no known type is left alone', (t) => {
  const unknown = record(keyOf(7n, 0), 0);
  const state = temperatureSensorTopic.init();
  t.false(temperatureSensorTopic.reduce(state, unknown.key, unknown));
  t.is(temperatureSensorTopic.collect(state).size, 0);
});
