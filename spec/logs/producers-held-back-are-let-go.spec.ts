import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { CompactionOptions, Engine, EngineEvent, Offset, Strategy, Topic } from '../../index.ts';
import { codeOf } from '../../protocol/errors.ts';
import { eventsOf, openEngine } from '../support/engines.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { shown } from './support/topics.ts';

const THRESHOLD = 2_000;
/** Of each record, about. */
const BYTES = 100;

test('nobody waits before a run is going and a threshold of bytes has come in since it began, and everybody goes on when it is done', async (t) => {
  const { engine, topic, gate, events } = await held(t);
  // As many as make a threshold: the run begins with the last of them.
  await produce(topic, THRESHOLD / BYTES);
  await nextEvent(engine, 'jobStarted', ({ job }) => job === 'analyze');
  await produce(topic, THRESHOLD / BYTES - 2);
  t.deepEqual(ofType(events, 'producersWaiting'), []);
  const calls = await fillUp(topic, events);
  t.like(ofType(events, 'producersWaiting')[0], { topic: 't', partition: 0, limit: THRESHOLD });
  t.true((ofType(events, 'producersWaiting')[0]?.bytes ?? 0) >= THRESHOLD);
  gate.resolve();
  t.deepEqual(await outcomes(calls), ['done']);
  assertPaired(t, events);
});

test('an atomic write waits like others', async (t) => {
  const { engine, topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  const next = topic.offsets()?.next;
  const written = engine.write((tx) => {
    tx.put('key', 'value');
    tx.produce('t', record());
  });
  await turns();
  t.is(topic.offsets()?.next, next);
  t.is(await engine.kv.get('key'), undefined);
  gate.resolve();
  await written;
  t.is(await engine.kv.get('key'), 'value');
  t.deepEqual(await outcomes(calls), ['done']);
  assertPaired(t, events);
});

test('keys and other topics do not wait', async (t) => {
  const { engine, topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  await engine.kv.put('key', 'value');
  t.is(await engine.topic('other').produce(record()), 0);
  await engine.write((tx) => tx.put('key', 'again'));
  gate.resolve();
  t.deepEqual(await outcomes(calls), ['done']);
});

test('without backPressure nobody ever waits', async (t) => {
  const { topic, gate, events } = await held(t, { backPressure: false });
  await produce(topic, 400);
  t.is((await shown(topic)).length, 400);
  gate.resolve();
  await topic.compact();
  t.deepEqual(ofType(events, 'producersWaiting'), []);
});

test('those whose topic is unregistered go on, and nothing of theirs is missing', async (t) => {
  const { topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  const gone = topic.unregister();
  t.deepEqual(await outcomes(calls), ['done']);
  gate.resolve();
  await gone;
  t.is((await shown(topic)).length, topic.offsets()?.next ?? -1);
  await produce(topic, 200);
  assertPaired(t, events);
});

test('those whose topic is registered anew go on', async (t) => {
  const { topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  topic.register({ strategy: undefined });
  t.deepEqual(await outcomes(calls), ['done']);
  gate.resolve();
  await topic.compact();
  assertPaired(t, events);
});

test('those whose run fails go on', async (t) => {
  const { topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  gate.reject(new Error('no secret'));
  t.deepEqual(await outcomes(calls), ['done']);
  // At once, not when it is tried again.
  const said = events.map(({ type }) => type).filter((type) => /^logCompaction|^producers/.test(type));
  t.deepEqual(said.slice(0, 4), ['logCompactionStarted', 'producersWaiting', 'logCompactionFailed', 'producersResumed']);
  assertPaired(t, events);
});

test('those whose topic is dropped are told, and no record of theirs comes into the next topic of that name', async (t) => {
  const { engine, topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  const written = engine.write((tx) => tx.produce('t', record())).then((offsets) => offsets[0] ?? -1);
  const dropped = topic.drop();
  gate.resolve();
  t.true(await dropped);
  const told = await outcomes([...calls, written]);
  t.true(
    told.every((outcome) => outcome === 'done' || outcome === 'LITHIFY_NOT_FOUND'),
    told.join(),
  );
  t.is(topic.offsets(), undefined);
  t.is(await topic.produce(record()), 0);
  t.is((await shown(topic)).length, 1);
  assertPaired(t, events);
});

test('those who wait when the engine closes are told, and what was acknowledged is there', async (t) => {
  const { engine, topic, gate, events } = await held(t);
  const calls = await fillUp(topic, events);
  const closed = engine.close();
  const told = await outcomes(calls);
  gate.resolve();
  await closed;
  t.true(
    told.every((outcome) => outcome === 'done' || outcome === 'LITHIFY_CLOSED'),
    told.join(),
  );
  t.true(told.includes('LITHIFY_CLOSED'));
  assertPaired(t, events);
});

interface Held {
  readonly engine: Engine;
  readonly topic: Topic;
  /** The run stands still until it opens. */
  readonly gate: PromiseWithResolvers<void>;
  readonly events: readonly EngineEvent[];
}

async function held(t: ExecutionContext, options: CompactionOptions = {}): Promise<Held> {
  const gate = Promise.withResolvers<void>();
  gate.promise.catch(() => undefined);
  t.teardown(() => gate.resolve());
  const strategy: Strategy<null> = { init: () => gate.promise.then(() => null), reduce: () => false, collect: () => new Map() };
  const engine = await openEngine(t);
  const compaction = { strategy, compactionThreshold: THRESHOLD, minDirtyRatio: 0, ...options };
  return { engine, topic: engine.topic('t', { compaction }), gate, events: eventsOf(engine) };
}

function record(): { key: bigint; value: string } {
  return { key: 1n, value: 'v'.repeat(BYTES - 10) };
}

async function produce(topic: Topic, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await topic.produce(record());
}

/** Calls until one of them has to wait, and a few more. */
async function fillUp(topic: Topic, events: readonly EngineEvent[]): Promise<Promise<Offset>[]> {
  const calls: Promise<Offset>[] = [];
  const call = () => {
    const produced = topic.produce(record());
    produced.catch(() => undefined);
    calls.push(produced);
    return produced;
  };
  while (ofType(events, 'producersWaiting').length === 0) await Promise.race([call(), turns()]);
  for (let i = 0; i < 20; i++) void call();
  return calls;
}

async function outcomes(calls: readonly Promise<Offset>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return [...new Set(settled.map((one) => (one.status === 'fulfilled' ? 'done' : (codeOf(one.reason) ?? String(one.reason)))))];
}

function assertPaired(t: ExecutionContext, events: readonly EngineEvent[]): void {
  const said = events.flatMap(({ type }) => (type === 'producersWaiting' || type === 'producersResumed' ? [type] : []));
  t.true(said.length > 0);
  t.deepEqual(
    said,
    said.map((_, i) => (i % 2 === 0 ? 'producersWaiting' : 'producersResumed')),
  );
  t.is(said.length % 2, 0);
}

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await setImmediate();
}
