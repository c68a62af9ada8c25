import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import {
  type Engine,
  type EngineEvent,
  keyBasedRetention,
  LithifyError,
  type Offset,
  type OpenOptions,
  type Strategy,
  type Topic,
} from '../../index.ts';
import { eventsOf, openEngine, TINY } from '../support/engines.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import * as strategies from './support/misbehaving-strategies.ts';
import { records, shown } from './support/topics.ts';

// D23 of the seed: a strategy that panicked was retried at every record, the log grew, and nobody heard of it.

const { AT } = strategies;
const MODULE = new URL('./support/misbehaving-strategies.ts', import.meta.url);

/** By the name of the export; the offset that the error names. */
const WRONG: Readonly<Record<string, Offset | undefined>> = {
  ...{ keyThrows: AT, keyIsANumber: AT, reduceThrows: AT, reduceSaysNothing: AT, reduceSaysOne: AT, reduceIsAsync: AT },
  ...{ tombstoneThrows: AT, tombstoneSaysNothing: AT, isAlwaysFull: 0 },
  ...{ initThrows: undefined, initRejects: undefined, collectThrows: undefined, collectsAnObject: undefined, collectsTexts: undefined },
};
const UNLOADABLE: Readonly<Record<string, { module: URL; export?: string }>> = {
  'a module that is not there': { module: new URL('./support/no-such-strategy.ts', import.meta.url) },
  'a module without the export': { module: MODULE, export: 'misspelt' },
  'an export that is no strategy': { module: MODULE, export: 'notAStrategy' },
  'an export that lacks a function': { module: MODULE, export: 'lacking' },
  'an export that throws instead of making one': { module: MODULE, export: 'throwing' },
};

for (const [name, offset] of Object.entries(WRONG)) {
  test(`${name}, as an object, fails its run and hurts nothing else`, async (t) => {
    const { [name as keyof typeof strategies]: strategy } = strategies;
    await assertHarmless(t, strategy, offset, TINY);
  });
}

test('so it is with a module in a worker thread', async (t) => {
  for (const name of ['keyThrows', 'initRejects', 'reduceSaysNothing', 'collectsAnObject', 'tombstoneThrows'])
    await assertHarmless(t, { module: MODULE, export: name }, WRONG[name], { ...TINY, workers: 1 });
});

for (const [what, strategy] of Object.entries(UNLOADABLE)) {
  test(`${what} fails its run and hurts nothing else`, (t) => assertHarmless(t, strategy, undefined, TINY));
}

test('a run that failed is begun again by itself, later each time, until the strategy does what it should', async (t) => {
  let isBroken = true;
  const strategy: Strategy<Map<bigint, Offset>, bigint> = {
    init: () => new Map(),
    reduce: (state, key, { offset }) => {
      if (isBroken) throw new Error('not yet');
      state.set(key, offset);
      return false;
    },
    collect: (state) => state,
  };
  const engine = await openEngine(t);
  const events = eventsOf(engine);
  const topic = engine.topic('t', { compaction: { strategy, compactionThreshold: 1 } });
  const third = nextEvent(engine, 'logCompactionFailed', ({ retryMs }) => retryMs === 400);
  await topic.produceMany(records(10, { keys: 2 }));
  // However many come meanwhile, they do not begin a run each.
  for (const record of records(50, { from: 10, keys: 2 })) await topic.produce(record);
  await third;
  t.deepEqual(
    ofType(events, 'logCompactionFailed')
      .slice(0, 3)
      .map(({ retryMs }) => retryMs),
    [100, 200, 400],
  );
  isBroken = false;
  const done = nextEvent(engine, 'logCompacted');
  await done;
  t.deepEqual(await shown(topic), ['58:value 58', '59:value 59']);
  t.deepEqual(ofType(events, 'backingOff'), []);
});

test('producers never wait for runs that fail', async (t) => {
  const engine = await openEngine(t);
  const events = eventsOf(engine);
  const compaction = { strategy: strategies.reduceThrows, compactionThreshold: 100, minDirtyRatio: 0 };
  const topic = engine.topic('t', { compaction });
  const failed = nextEvent(engine, 'logCompactionFailed');
  await topic.produceMany(records(20));
  await failed;
  for (const record of records(200, { from: 20 })) await topic.produce(record);
  t.is((await shown(topic)).length, 220);
  t.is(ofType(events, 'producersWaiting').length, ofType(events, 'producersResumed').length);
  t.deepEqual(ofType(events, 'logCompacted'), []);
});

const STUCK: Readonly<Record<string, unknown>> = {
  'a module that loops': { module: MODULE, export: 'loops' },
  'an object that waits for what never comes': strategies.waits,
};

for (const [what, strategy] of Object.entries(STUCK)) {
  // Without a budget (spec/trust/strategies-that-never-end) nothing ends it. But it cannot keep anybody from leaving: its thread is ended under it.
  for (const leave of ['unregister', 'drop', 'close'] as const) {
    test(`${what} cannot keep ${leave} from ending`, async (t) => {
      const { engine, topic, compaction } = await stuck(t, strategy);
      const told = t.throwsAsync(compaction, { code: leave === 'close' ? 'LITHIFY_SHUTTING_DOWN' : 'LITHIFY_ABORTED' });
      await (leave === 'close' ? engine.close() : topic[leave]());
      await told;
      if (leave === 'close') return;
      await assertOthersCompact(t, engine);
      if (leave === 'unregister') t.is((await shown(topic)).length, 10);
    });
  }

  test(`${what} keeps neither writers nor flushes waiting while it is at it`, async (t) => {
    const { engine, topic, compaction } = await stuck(t, strategy);
    const ended = t.throwsAsync(compaction, { code: 'LITHIFY_ABORTED' });
    for (let i = 0; i < 400; i++) await engine.kv.put(`key ${i}`, 'x'.repeat(200));
    await topic.produceMany(records(100, { from: 10 }));
    await engine.ask({ type: 'MinorCompact' });
    t.is((await shown(topic)).length, 110);
    await topic.unregister();
    await ended;
  });
}

test('the event loop turns while a slow strategy is at work in this thread', async (t) => {
  const [count, msEach] = [200, 1];
  let turns = 0;
  let turnsAtWork = -1;
  const slow: Strategy<number> = {
    init: () => turns,
    reduce: () => {
      const until = performance.now() + msEach;
      while (performance.now() < until);
      return false;
    },
    collect: (before) => {
      turnsAtWork = turns - before;
      return new Map();
    },
  };
  // All of it in one block: the turns are the strategy's.
  const engine = await openEngine(t, { ...TINY, blockBytes: 64 * 1024 });
  const topic = engine.topic('t', { compaction: { strategy: slow } });
  await topic.produceMany(records(count));
  const compacted = topic.compact();
  while (turnsAtWork < 0) {
    await setTimeout(0);
    turns += 1;
  }
  await compacted;
  // It is asked about every sixteen records.
  t.true(turnsAtWork >= count / 32, `${turnsAtWork} turns`);
});

async function assertHarmless(t: ExecutionContext, strategy: unknown, offset: Offset | undefined, options: OpenOptions): Promise<void> {
  const engine = await openEngine(t, options);
  const events = eventsOf(engine);
  // A single tombstone, for those who ask about it: old enough, and the newest of its key.
  const compaction = { strategy, tombstoneDelayMs: 0 };
  const topic = engine.topic('wrong', { compaction: { ...compaction, compactionThreshold: 1024 * 1024 } });
  const wanted = records(10).map((record, i) => ({ ...record, timestamp: i }));
  await topic.produceMany(wanted);
  const error = await t.throwsAsync(topic.compact(), { instanceOf: LithifyError, code: 'LITHIFY_STRATEGY' });
  t.deepEqual({ ...error?.details }, { topic: 'wrong', partition: 0, ...(offset !== undefined && { offset }) });
  assertAnnounced(t, events, error);
  await assertAllThere(t, engine, topic, wanted.length);
  await topic.unregister();
  await engine.close();
}

function assertAnnounced(t: ExecutionContext, events: readonly EngineEvent[], error: LithifyError | undefined): void {
  const [failed] = ofType(events, 'logCompactionFailed');
  t.like(failed, { topic: 'wrong', partition: 0, error, retryMs: 100 });
  t.deepEqual(ofType(events, 'backingOff'), [], "the engine's own work is not slowed down");
  t.deepEqual(ofType(events, 'logCompacted'), []);
}

/** All records are there, the engine flushes, and another topic is compacted. */
async function assertAllThere(t: ExecutionContext, engine: Engine, topic: Topic, count: number): Promise<void> {
  t.is((await shown(topic)).length, count);
  await engine.kv.put('key', 'value');
  await engine.ask({ type: 'MinorCompact' });
  await assertOthersCompact(t, engine);
  t.is((await shown(topic)).length, count);
}

async function assertOthersCompact(t: ExecutionContext, engine: Engine): Promise<void> {
  const other = engine.topic('other', { compaction: { strategy: keyBasedRetention(8) } });
  await other.produceMany(records(30, { keys: 2 }));
  await other.compact();
  t.deepEqual(await shown(other), ['28:value 28', '29:value 29']);
}

/** A run that has come to where it will never go on. */
async function stuck(t: ExecutionContext, strategy: unknown): Promise<{ engine: Engine; topic: Topic; compaction: Promise<void> }> {
  const engine = await openEngine(t, { ...TINY, workers: 2, closeDeadlineMs: 100 });
  const topic = engine.topic('t', { compaction: { strategy, budgetMs: Number.POSITIVE_INFINITY } });
  await topic.produceMany(records(10));
  const begun = nextEvent(engine, 'jobStarted', ({ job }) => job === 'analyze');
  const compaction = topic.compact();
  compaction.catch(() => undefined);
  await begun;
  return { engine, topic, compaction };
}
