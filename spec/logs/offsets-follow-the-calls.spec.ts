import test, { type ExecutionContext } from 'ava';
import type { Engine, NewRecord, Strategy, Topic } from '../../index.ts';
import { eventsOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { recordsOf, textOf } from './support/topics.ts';

// Calls that nobody awaits: what comes first has the lower offset, whatever each of them has to wait for.

/** TINY stages values above 2 KiB. */
const LARGE = 3_000;
const value = (i: number) => `${i}:`.padEnd(i % 3 === 1 ? LARGE : 20, '.');
const record = (i: number): NewRecord => ({ key: BigInt(i), value: value(i) });

test('on a topic that is being made, with large values among small ones', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const topic = engine.topic('new');
  await inOrder(t, topic, 0, 60);
  await inOrder(t, topic, 60, 60);
  await engine.close();
  await inOrder(t, (await openEngine(t, TINY, directory)).topic('new'), 120, 20);
});

test('through several handles of one topic', async (t) => {
  const engine = await openEngine(t);
  const calls = Array.from({ length: 40 }, (_, i) => engine.topic('new').produce(record(i)));
  t.deepEqual(await Promise.all(calls), upTo(40));
  await assertContent(t, engine, 40);
});

test('one by one and many at once, mixed', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('new');
  const calls: Promise<number | number[]>[] = [];
  for (let i = 0; i < 60; i += 4) {
    calls.push(topic.produce(record(i)), topic.produceMany([i + 1, i + 2].map(record)), topic.produce(record(i + 3)));
  }
  t.deepEqual((await Promise.all(calls)).flat(), upTo(60));
  await assertContent(t, engine, 60);
});

test('behind one that is refused', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('new');
  const calls = [topic.produce(record(0)), topic.produce({ key: -1n, value: 'x' }), topic.produce(record(1)), topic.produce(record(2))];
  const settled = await Promise.allSettled(calls);
  t.deepEqual(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code)),
    [0, 'LITHIFY_INVALID_ARGUMENT', 1, 2],
  );
});

test('while producers are held back, and when they are let go', async (t) => {
  const gate = Promise.withResolvers<void>();
  const strategy: Strategy<null> = { init: () => gate.promise.then(() => null), reduce: () => false, collect: () => new Map() };
  const engine = await openEngine(t);
  const events = eventsOf(engine);
  const topic = engine.topic('held', { compaction: { strategy, compactionThreshold: 200, minDirtyRatio: 0 } });
  const waiting = nextEvent(engine, 'producersWaiting');
  const calls: Promise<number>[] = [];
  while (ofType(events, 'producersWaiting').length === 0 && calls.length < 10_000) {
    const call = topic.produce(record(calls.length));
    calls.push(call);
    await Promise.race([call, waiting]);
  }
  for (let i = 0; i < 30; i++) calls.push(topic.produce(record(calls.length)));
  t.is(topic.offsets()?.next, calls.length - 31, 'those that wait have no offset');
  gate.resolve();
  t.deepEqual(await Promise.all(calls), upTo(calls.length));
  t.deepEqual((await recordsOf(topic)).map(textOf), upTo(calls.length).map(value));
});

async function inOrder(t: ExecutionContext, topic: Topic, from: number, count: number): Promise<void> {
  const offsets = await Promise.all(Array.from({ length: count }, (_, i) => topic.produce(record(from + i))));
  t.deepEqual(offsets, upTo(from + count).slice(from));
  t.deepEqual((await recordsOf(topic)).map(textOf), upTo(from + count).map(value));
}

async function assertContent(t: ExecutionContext, engine: Engine, count: number): Promise<void> {
  t.deepEqual((await recordsOf(engine.topic('new'))).map(textOf), upTo(count).map(value));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
