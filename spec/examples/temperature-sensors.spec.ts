import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type CompactionOptions, type Engine, type EngineEvent, type LogRecord, open, type Topic } from 'lithify';
import { lastValueFrom } from 'rxjs';
import { GROUP, readAlarms } from '../../examples/temperature-sensors/alarms.ts';
import { keyOf, recordOf, type SensorEvent, sensorOf, typeOf } from '../../examples/temperature-sensors/events.ts';
import { fleetEvents } from '../../examples/temperature-sensors/fleet.ts';
import { produceEvents, type SensorState, sensorState$, sensorTopic } from '../../examples/temperature-sensors/topic.ts';
import { freshDirectory, freshLocation } from '../support/cli.ts';

const MAIN = fileURLToPath(new URL('../../examples/temperature-sensors/main.ts', import.meta.url));
const KiB = 1024;
const SMALL = { memtableBytes: 16 * KiB, blockBytes: KiB, tableBytes: 8 * KiB };
const NARROW: CompactionOptions = {
  strategy: { module: new URL('./support/narrow-retention.ts', import.meta.url), export: 'narrowRetention' },
};
const FLEET = { sensors: 9, events: 3000, seed: 7 };

interface Session {
  readonly engine: Engine;
  readonly topic: Topic;
  readonly events: EngineEvent[];
}

async function session(t: ExecutionContext, location: string, compaction: CompactionOptions = {}): Promise<Session> {
  const engine = await open(location, SMALL);
  t.teardown(() => engine.close());
  const events: EngineEvent[] = [];
  engine.events$.subscribe((event) => events.push(event));
  return { engine, topic: sensorTopic(engine, compaction), events };
}

async function recordsOf(topic: Topic): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of topic.subscribe({ from: 'beginning', idleTimeout: 0 })) records.push(record);
  return records;
}

/** What it prints; rejects unless it exits 0. */
async function byHand(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

/** Key and value, by offset; what the model says is left of events with these offsets. */
type Line = readonly [offset: number, key: bigint, value: string];

function lines(records: readonly LogRecord[]): Line[] {
  return records.map(({ offset, key, value }) => [offset, key, Buffer.from(value).toString()]);
}

/** The model: walks back from the newest event and counts. */
function modelOf(events: readonly SensorEvent[]): Line[] {
  const counts = new Map<bigint, number>();
  const kept: Line[] = [];
  for (let offset = events.length - 1; offset >= 0; offset--) {
    const { key, value } = recordOf(events[offset]);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    if (count < (events[offset].type === 'TemperatureSensed' ? 10 : 1)) kept.unshift([offset, key, String(value)]);
  }
  return kept;
}

function stateIn(events: readonly SensorEvent[], sensor: number): SensorState {
  const own = events.filter((event) => event.sensor === sensor);
  const name = own.findLast((event) => event.type === 'NameChanged');
  const battery = own.findLast((event) => event.type === 'BatteryLevelSensed');
  const temperatures = own.filter((event) => event.type === 'TemperatureSensed').map(({ temperature }) => temperature);
  return {
    ...(name && { name: name.name }),
    ...(battery && { battery: battery.level }),
    temperatures: temperatures.slice(-10),
  };
}

function passesOf(events: readonly EngineEvent[]): number[] {
  return events.filter((event) => event.type === 'logCompacted').map(({ passes }) => passes);
}

test('after a compaction each sensor has exactly its last ten temperatures, last battery level and last name', async (t) => {
  const { engine, topic, events } = await session(t, await freshLocation(t));
  const fleet = [...fleetEvents(FLEET)];
  await produceEvents(topic, fleet);
  await topic.compact();
  const left = await recordsOf(topic);
  t.deepEqual(lines(left), modelOf(fleet));
  t.is(left.length, 12 * FLEET.sensors);
  t.like(engine.topics(), [{ records: 12 * FLEET.sensors, dirtyBytes: 0 }]);
  t.deepEqual(passesOf(events), [1]);
});

test('a strategy with room for three sensors keeps the same of nine, in several passes', async (t) => {
  const { topic, events } = await session(t, await freshLocation(t), NARROW);
  const fleet = [...fleetEvents(FLEET)];
  await produceEvents(topic, fleet);
  await topic.compact();
  t.deepEqual(lines(await recordsOf(topic)), modelOf(fleet));
  const [passes] = passesOf(events);
  t.true(passes >= FLEET.sensors / 3, `${passes} passes`);
});

test('a restart in the middle, with runs before and after it, changes nothing of that', async (t) => {
  const [location, fleet] = [await freshLocation(t), [...fleetEvents({ ...FLEET, seed: 8 })]];
  const often: CompactionOptions = { ...NARROW, compactionThreshold: 16 * KiB, minDirtyRatio: 0 };
  const first = await session(t, location, often);
  await produceEvents(first.topic, fleet.slice(0, 1800));
  await first.topic.compact();
  await produceEvents(first.topic, fleet.slice(1800, 1900));
  await first.engine.close();
  const second = await session(t, location, often);
  await produceEvents(second.topic, fleet.slice(1900));
  await second.topic.compact();
  t.deepEqual(lines(await recordsOf(second.topic)), modelOf(fleet));
  t.true(passesOf(first.events).length > 0 && passesOf(second.events).length > 0);
});

test('a sensor is the same before and after, as its events tell it', async (t) => {
  const { topic } = await session(t, await freshLocation(t));
  const fleet = [...fleetEvents(FLEET)];
  await produceEvents(topic, fleet);
  for (const sensor of [0, 4, 8]) t.deepEqual(await lastValueFrom(sensorState$(topic, sensor)), stateIn(fleet, sensor));
  await topic.compact();
  for (const sensor of [0, 4, 8]) t.deepEqual(await lastValueFrom(sensorState$(topic, sensor)), stateIn(fleet, sensor));
  t.deepEqual(await lastValueFrom(sensorState$(topic, 9)), { temperatures: [] });
});

test('events of a type that nobody knows are left alone', async (t) => {
  const { topic } = await session(t, await freshLocation(t));
  const [unknown, last] = [(3n << 52n) | 1n, (4095n << 52n) | 0xffff_ffffn];
  await topic.produceMany([unknown, last, unknown, keyOf({ type: 'NameChanged', sensor: 1 }), unknown].map((key) => ({ key, value: 'a' })));
  await produceEvents(topic, [{ type: 'NameChanged', sensor: 1, name: 'b' }]);
  await topic.compact();
  t.deepEqual(
    (await recordsOf(topic)).map(({ offset }) => offset),
    [0, 1, 2, 4, 5],
  );
  t.deepEqual(await lastValueFrom(sensorState$(topic, 1)), { name: 'b', temperatures: [] });
});

test('the key has the type in its upper 12 bits and the sensor in its lower 32', (t) => {
  t.is(keyOf({ type: 'BatteryLevelSensed', sensor: 0xdead_beef }), 0xdead_beefn);
  t.is(keyOf({ type: 'TemperatureSensed', sensor: 0xdead_beef }), 0x0020_0000_dead_beefn);
  const key = keyOf({ type: 'NameChanged', sensor: 0xffff_ffff });
  t.deepEqual([typeOf(key), sensorOf(key)], ['NameChanged', 0xffff_ffff]);
  t.is(typeOf(3n << 52n), undefined);
});

test('after a restart a consumer group reads what is left behind where it was', async (t) => {
  const [location, fleet] = [await freshLocation(t), [...fleetEvents(FLEET)]];
  const first = await session(t, location);
  await produceEvents(first.topic, fleet);
  const read = await readAlarms(first.topic, 1000);
  t.true(read.from === 0 && read.records >= 1000 && read.records < fleet.length, JSON.stringify(read));
  await first.engine.close();
  const second = await session(t, location);
  t.like(second.topic.groups(), [{ group: GROUP, committed: read.records - 1, lag: fleet.length - read.records }]);
  await second.topic.compact();
  const behind = modelOf(fleet).filter(([offset]) => offset >= read.records);
  t.like(await readAlarms(second.topic), { from: behind[0][0], records: behind.length });
  t.deepEqual(await readAlarms(second.topic), { from: undefined, records: 0, lowBatteries: 0 });
});

test('by hand: prints what was done and exits 0, also in a store that is there already', async (t) => {
  const store = join(await freshDirectory(t), 'store');
  const first = await byHand([MAIN, store, '8000']);
  t.regex(first, /before compaction: 8000 records.+after: 2400 records.+the same as before.+ reads on at offset/s);
  // So it is run by programs that have a flag for the source; without it, it starts itself again.
  const second = await byHand(['--conditions=lithify-source', MAIN, store, '8000']);
  t.regex(second, /before compaction: 10400 records.+after: 2400 records.+the same as before.+ reads on at offset/s);
});

test('by hand: what is no number of events is wrong usage', async (t) => {
  await t.throwsAsync(byHand([MAIN, 'store', 'many']), { code: 2, message: /usage/ });
});
