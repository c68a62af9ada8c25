import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import {
  type CompactionOptions,
  composedRetention,
  type Engine,
  type EngineEvent,
  keyBasedRetention,
  nodeRuntime,
  nthKeyBasedRetention,
  type Strategy,
  type Topic,
} from '../../index.ts';
import { eventsOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { ofType } from '../support/next-event.ts';
import { recordsOf, textOf } from './support/topics.ts';
import { TravellingClock } from './support/travelling-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const emptyGoes = (maxKeys = 100) => keyBasedRetention(maxKeys, { tombstone: 'empty-value' });

/** A topic in a world whose time passes when it is told to. */
class World {
  readonly clock: TravellingClock;
  readonly engine: Engine;
  readonly topic: Topic;
  readonly events: readonly EngineEvent[];

  private constructor(clock: TravellingClock, engine: Engine, compaction: CompactionOptions) {
    this.clock = clock;
    this.engine = engine;
    this.events = eventsOf(engine);
    this.topic = engine.topic('t', { compaction });
  }

  static async open(t: ExecutionContext, compaction: CompactionOptions, location?: string, clock = new TravellingClock()): Promise<World> {
    const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ clock }) }, location);
    return new World(clock, engine, { compactionThreshold: 1024 * 1024, ...compaction });
  }

  get runs(): number {
    return ofType(this.events, 'logCompacted').length;
  }

  /** Of the records that are there. */
  async left(): Promise<string> {
    return (await recordsOf(this.topic)).map((record) => textOf(record) || `(${record.key})`).join(' ');
  }

  /** Whatever becomes due is done when it resolves. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    const isIdle = () => this.engine.stats().logs.compactors.every(({ state }) => state === 'idle');
    // A run that is due is there in the same turn, and has gone when it is over.
    do await setImmediate();
    while (!isIdle());
  }

  async passHours(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour++) await this.pass(HOUR);
  }
}

test('records that are too old go though nothing is produced, those without a time too, and nothing happens before or after', async (t) => {
  const world = await World.open(t, { maxAgeMs: DAY });
  await world.topic.produceMany([
    { key: 1n, value: 'timed', timestamp: world.clock.wall() },
    { key: 2n, value: 'untimed' },
    { key: 3n, value: 'younger', timestamp: world.clock.wall() + HOUR },
  ]);
  await world.pass(DAY);
  t.deepEqual([await world.left(), world.runs], ['timed untimed younger', 0]);
  await world.pass(1);
  t.deepEqual([await world.left(), world.runs], ['younger', 1]);
  await world.passHours(4);
  t.deepEqual([await world.left(), world.runs], ['', 2]);
  await world.passHours(10 * 24);
  t.is(world.runs, 2, 'an empty topic is left alone');
});

test('records that get too old one after the other go by the dozen; those without a time may stay for as long again', async (t) => {
  const world = await World.open(t, { maxAgeMs: 8 * HOUR });
  const isTimed = (i: number) => i % 2 === 0;
  for (let i = 0; i < 96; i++) {
    await world.topic.produce({ key: BigInt(i), value: `${i}`, ...(isTimed(i) && { timestamp: world.clock.wall() }) });
    await world.pass(HOUR / 4);
    const ages = (await world.left()).split(' ').map((value) => ({ quarters: i + 1 - Number(value), timed: isTimed(Number(value)) }));
    const tooOld = ages.filter(({ quarters, timed }) => quarters > (timed ? 8 + 1 : 2 * 8 + 1) * 4 + 1);
    t.deepEqual(tooOld, [], `when ${i} came`);
  }
  t.true(world.runs <= 24 - 8 + 1, `${world.runs} runs`);
  t.true(world.runs >= 8);
});

test('what was aged long ago, and in another life, acts at its time', async (t) => {
  const location = await tempDirectory(t);
  const first = await World.open(t, { maxAgeMs: DAY }, location);
  await first.topic.produceMany([
    { key: 1n, value: 'timed', timestamp: first.clock.wall() },
    { key: 2n, value: 'untimed' },
  ]);
  await first.pass(HOUR);
  await first.engine.ask({ type: 'MinorCompact' });
  await first.engine.close();

  const world = await World.open(t, { maxAgeMs: DAY }, location, first.clock);
  await world.pass(22 * HOUR);
  t.deepEqual([await world.left(), world.runs], ['timed untimed', 0]);
  await world.pass(HOUR + 1);
  t.deepEqual([await world.left(), world.runs], ['', 1]);
});

test('a topic over its size loses its oldest records, and keeps about as much as it may have', async (t) => {
  const world = await World.open(t, { maxBytes: 4_000, compactionThreshold: 500 });
  for (let i = 0; i < 300; i++) {
    await world.topic.produce({ key: BigInt(i), value: `${i}`.padStart(50, '.') });
    await world.pass(0);
    const { totalBytes } = world.engine.stats().logs.compactors[0] ?? { totalBytes: 0 };
    // By whole blocks, and with room for a threshold of bytes and a record.
    t.true(totalBytes <= 4_000 + 256 + 500 + 60, `${totalBytes} bytes`);
  }
  const left = (await world.left()).split(' ').map((value) => Number(value.replaceAll('.', '')));
  t.deepEqual(
    left,
    Array.from({ length: left.length }, (_, i) => 300 - left.length + i),
  );
  t.true(left.length > 3_000 / 60);
});

for (const [what, strategy] of Object.entries({
  'an empty value': emptyGoes(),
  'a predicate': keyBasedRetention(100, { tombstone: ({ value }) => value.length === 0 }),
  'a composition': composedRetention([{ when: () => true, strategy: emptyGoes() }]),
  'nth retention': nthKeyBasedRetention(100, 3, { tombstone: 'empty-value' }),
  'several passes': emptyGoes(1),
})) {
  test(`tombstones (${what}) hide at once, go when their delay is over, in one run, and cause no other`, async (t) => {
    const world = await World.open(t, { strategy, tombstoneDelayMs: DAY });
    const timestamp = world.clock.wall();
    await world.topic.produceMany([
      ...[1n, 2n, 3n].map((key) => ({ key, value: `of ${key}`.replace(' ', '-'), timestamp })),
      { key: 1n, value: '', timestamp },
      { key: 2n, value: '', timestamp: timestamp + HOUR },
    ]);
    await world.topic.compact();
    t.deepEqual([await world.left(), world.runs], ['of-3 (1) (2)', 1]);
    await world.passHours(24);
    t.is(world.runs, 1);
    await world.pass(1);
    t.deepEqual([await world.left(), world.runs], ['of-3 (2)', 2]);
    await world.passHours(4);
    t.deepEqual([await world.left(), world.runs], ['of-3', 3]);
    await world.passHours(10 * 24);
    t.is(world.runs, 3);
  });
}

test('tombstones without a time count from when they came in, also where no run has seen them', async (t) => {
  const world = await World.open(t, { strategy: emptyGoes(), tombstoneDelayMs: DAY });
  await world.topic.produceMany([
    { key: 1n, value: 'v' },
    { key: 1n, value: '' },
    { key: 2n, value: 'stays' },
  ]);
  await world.passHours(24);
  t.deepEqual([await world.left(), world.runs], ['v (1) stays', 0]);
  await world.pass(1);
  t.deepEqual([await world.left(), world.runs], ['stays', 1]);
  await world.passHours(10 * 24);
  t.is(world.runs, 1);
});

test('a topic without tombstones is looked through once if it could have some, and never if it cannot', async (t) => {
  for (const [strategy, most] of [
    [emptyGoes(), 1],
    [keyBasedRetention(100), 0],
    [undefined, 0],
  ] as const) {
    const world = await World.open(t, { strategy, tombstoneDelayMs: DAY });
    await world.topic.produceMany([1n, 2n].map((key) => ({ key, value: 'v' })));
    await world.passHours(10 * 24);
    t.deepEqual([await world.left(), world.runs], ['v v', most]);
  }
});

test('a tombstone that its strategy never lets go is not tried again every few hours', async (t) => {
  // A key a pass, of which it then knows nothing: each pass believes that another one will decide.
  const strategy: Strategy<{ key?: bigint }, bigint> = {
    init: () => ({}),
    reduce: (state, key) => (state.key ??= key) !== key,
    collect: () => new Map(),
    tombstone: () => true,
  };
  const world = await World.open(t, { strategy, tombstoneDelayMs: DAY });
  await world.topic.produceMany([1n, 2n].map((key) => ({ key, value: '' })));
  await world.passHours(10 * 24);
  t.true(world.runs > 1 && world.runs <= 10, `${world.runs} runs`);
});

test('what a group has not read stays, the event says so, and it goes when the group has read it', async (t) => {
  const rules = { strategy: emptyGoes(), maxAgeMs: DAY, tombstoneDelayMs: DAY, keepUnreadBy: ['readers'] };
  const world = await World.open(t, rules);
  await world.topic.produceMany(['a', 'b', '', 'd'].map((value, i) => ({ key: BigInt(i), value })));
  await world.topic.commit('readers', 1);
  await world.passHours(24);
  await world.pass(1);
  t.deepEqual([await world.left(), world.runs], ['(2) d', 1]);
  t.deepEqual(
    ofType(world.events, 'groupHoldsLog').map(({ group, lag, expired }) => [group, lag, expired]),
    [['readers', 2, false]],
  );
  await world.passHours(24);
  t.is(await world.left(), '(2) d');
  await world.topic.commit('readers', 3);
  await world.passHours(4);
  t.is(await world.left(), '');
});

test('a group that is silent for too long is not waited for, and one that has never read is waited for', async (t) => {
  const rules = { maxAgeMs: DAY, keepUnreadBy: ['readers'], groupExpiryMs: 3 * DAY };
  const world = await World.open(t, rules);
  const other = world.engine.topic('other', { compaction: rules });
  for (const topic of [world.topic, other]) await topic.produceMany(['a', 'b', 'c'].map((value) => ({ key: 1n, value })));
  await world.topic.commit('readers', 0);
  await world.passHours(2 * 24);
  t.is(await world.left(), 'b c');
  await world.passHours(2 * 24);
  t.is(await world.left(), '');
  t.like(
    ofType(world.events, 'groupHoldsLog').findLast(({ topic }) => topic === 't'),
    { group: 'readers', lag: 2, expired: true },
  );
  t.is((await recordsOf(other)).length, 3);
  t.like(
    ofType(world.events, 'groupHoldsLog').findLast(({ topic }) => topic === 'other'),
    { idleMs: undefined, expired: false },
  );
});
