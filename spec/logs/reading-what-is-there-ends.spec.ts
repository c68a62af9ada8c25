import test from 'ava';
import { type Engine, keyBasedRetention, type NewRecord, type Strategy } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { records, recordsOf, shown } from './support/topics.ts';

// D28 and D40 of the seed: "everything up to now" waited for the record at the end offset, for ever where that one was not there (an empty
// file, a compaction), and a time-out of 0 raced with the first read.

const dropsAll: Strategy<Set<bigint>, bigint> = {
  init: () => new Set(),
  reduce: (state, key) => {
    state.add(key);
    return false;
  },
  collect: (state) => new Map([...state].map((key) => [key, Number.MAX_SAFE_INTEGER])),
};

/** Topics as they can be, and what there is to read of them. */
const TOPICS: Readonly<Record<string, readonly [make: (engine: Engine) => Promise<unknown>, expected: readonly string[]]>> = {
  'an empty topic': [(engine) => engine.topic('topic').make(), []],
  'a topic of which nothing is left': [
    async (engine) => {
      const topic = engine.topic('topic', { compaction: { strategy: dropsAll } });
      await topic.produceMany(records(5));
      await topic.compact();
    },
    [],
  ],
  'a topic whose newest records are gone': [
    async (engine) => {
      const topic = engine.topic('topic', { compaction: { strategy: dropsAll } });
      await topic.produceMany(records(5));
      await topic.unregister();
      const isNew = ({ key }: NewRecord) => key >= 3n;
      topic.register({ strategy: { ...dropsAll, key: (record: NewRecord) => (isNew(record) ? record.key : undefined) } });
      await topic.compact();
    },
    ['0:value 0', '1:value 1', '2:value 2'],
  ],
  'a topic in memory and in parts': [
    async (engine) => {
      const topic = engine.topic('topic');
      await topic.produceMany(records(2));
      await engine.ask({ type: 'MinorCompact' });
      await topic.produceMany(records(2, { from: 2 }));
    },
    ['0:value 0', '1:value 1', '2:value 2', '3:value 3'],
  ],
};

for (const [what, [make, expected]] of Object.entries(TOPICS)) {
  test(`an idle time-out of 0 gives all of ${what} and ends, every time`, async (t) => {
    const engine = await openEngine(t, { ...TINY, cacheBytes: 0 });
    await make(engine);
    const topic = engine.topic('topic');
    for (let again = 0; again < 20; again++) t.deepEqual(await shown(topic), expected);
    t.deepEqual(await shown(topic, { from: { offset: 100 } }), []);
    t.deepEqual(await shown(topic, { from: 'end' }), []);
    t.deepEqual(await shown(topic, { from: { time: 0 } }), []);
  });
}

test('of several topics everything is read before the end, each in its order and none twice', async (t) => {
  const engine = await openEngine(t, { ...TINY, cacheBytes: 0 });
  const names = ['a', 'b', 'c', 'empty'];
  const topics = names.map((name) => engine.topic(name, { partitions: name === 'b' ? 3 : 1 }));
  for (const topic of topics) await topic.make();
  for (const topic of topics.slice(0, 3)) await topic.produceMany(records(40));
  await engine.ask({ type: 'MinorCompact' });
  for (const topic of topics.slice(0, 3)) await topic.produceMany(records(40, { from: 40 }));
  const seen = new Map<string, number[]>();
  for await (const { topic, partition, offset } of engine.subscribe([...topics, topics[0]], { idleTimeout: 0 })) {
    const name = `${topic}/${partition}`;
    seen.set(name, [...(seen.get(name) ?? []), offset]);
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, offset) => offset);
  t.deepEqual(Object.fromEntries(seen), { 'a/0': upTo(80), 'b/0': upTo(28), 'b/1': upTo(26), 'b/2': upTo(26), 'c/0': upTo(80) });
});

test('a compaction that takes the newest record does not keep who reads up to now', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic', { compaction: { strategy: keyBasedRetention(10) } });
  await topic.produceMany(records(50, { keys: 5 }));
  const reading = topic.subscribe({ idleTimeout: 0 });
  t.like(await reading.next(), { value: { offset: 0 } });
  topic.register({ strategy: dropsAll });
  await topic.compact();
  for await (const _ of reading);
  t.deepEqual(await recordsOf(topic), []);
});
