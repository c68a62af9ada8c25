import test from 'ava';
import { openEngine, TINY } from '../support/engines.ts';
import { metric, point } from './support/points.ts';

const TOPICS = 130;
const GROUPS = 250;

test('a hundred topics have points of their own, the first by name; what the others have is in one', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  const name = (i: number) => `topic-${String(i).padStart(3, '0')}`;
  await Promise.all(Array.from({ length: TOPICS }, (_, i) => engine.topic(name(i)).produce({ key: 1n, value: 'v' })));
  const metrics = engine.metrics();
  for (const what of ['topic.records', 'topic.bytes', 'topic.dirty']) t.is(metric(metrics, what).points.length, 101, what);
  t.is(point(metrics, 'topic.records', { topic: name(0) })?.value, 1);
  t.is(point(metrics, 'topic.records', { topic: name(99) })?.value, 1);
  t.is(point(metrics, 'topic.records', { topic: name(100) }), undefined);
  t.is(point(metrics, 'topic.records', { other: true })?.value, TOPICS - 100);
  t.is(point(metrics, 'topic.count')?.value, TOPICS);
});

test('two hundred groups have points of their own; the lag of the others is in one', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  const topic = engine.topic('topic', { partitions: 2 });
  await topic.produceMany(Array.from({ length: 10 }, (_, i) => ({ key: 1n, value: `${i}`, partition: i % 2 })));
  await Promise.all(Array.from({ length: GROUPS }, (_, i) => topic.commit(`group-${String(i).padStart(3, '0')}`, 1)));
  const metrics = engine.metrics();
  t.is(metric(metrics, 'topic.lag').points.length, 201);
  const lag = point(metrics, 'topic.lag', { topic: 'topic', group: 'group-000' })?.value;
  t.is(lag, 3);
  t.is(point(metrics, 'topic.lag', { other: true })?.value, (GROUPS - 200) * 3);
});

test('a topic whose name is what the rest is called by is not mistaken for it', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  await engine.topic('other').produce({ key: 1n, value: 'v' });
  t.is(point(engine.metrics(), 'topic.records', { topic: 'other' })?.value, 1);
  t.is(point(engine.metrics(), 'topic.records', { other: true }), undefined);
});
