import test from 'ava';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { recordsOf, refused } from './support/topics.ts';

// D30 of the seed: partition 7 was stored as 0, and an offset of it ended the process.

const NOT_THERE = [-1, 3, 1.5, Number.NaN, '0', null, 1n] as unknown as number[];

test("a key's records are in one partition, a stated partition wins, and each numbers its records from 0", async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('spread', { partitions: 3 });
  const keys = [0n, 1n, 2n, 3n, 2n ** 64n - 1n, 0n];
  const offsets = await topic.produceMany(keys.map((key) => ({ key, value: String(key) })));
  t.deepEqual(offsets, [0, 0, 0, 1, 2, 3]);
  t.is(await topic.produce({ key: 0n, value: 'stated', partition: 2 }), 1);
  const found = async (partition: number) => (await recordsOf(topic, { partition })).map((record) => [record.partition, record.key]);
  t.deepEqual(await found(0), [
    [0, 0n],
    [0, 3n],
    [0, 2n ** 64n - 1n],
    [0, 0n],
  ]);
  t.deepEqual(await found(1), [[1, 1n]]);
  t.deepEqual(await found(2), [
    [2, 2n],
    [2, 0n],
  ]);
  t.is((await recordsOf(topic)).length, 7);
});

for (const partition of NOT_THERE) {
  test(`partition ${typeof partition} ${String(partition)} of three is refused everywhere`, async (t) => {
    const engine = await openEngine(t);
    const topic = await engine.topic('three', { partitions: 3 }).make();
    await topic.produce({ key: 0n, value: 'v', partition: 0 });
    await refused(t, () => topic.produce({ key: 1n, value: 'v', partition }));
    await refused(t, () =>
      topic.produceMany([
        { key: 1n, value: 'good' },
        { key: 1n, value: 'v', partition },
      ]),
    );
    await refused(t, () => topic.offsets(partition));
    await refused(t, () => topic.commit('group', 0, partition));
    await refused(t, () => topic.subscribe({ partition }));
    await refused(t, () => topic.subscribe({ offsets: [{ partition, offset: 0 }] }));
    await refused(t, () => engine.write((tx) => tx.produce('three', { key: 1n, value: 'v', partition })));
    await refused(t, () => engine.write((tx) => tx.commit('group', 'three', 0, partition)));
    t.is((await recordsOf(topic)).length, 1);
    t.deepEqual(topic.groups(), []);
  });
}

test('another number of partitions than the topic has is refused by whatever is asked of it, and for good', async (t) => {
  const directory = await tempDirectory(t);
  const first = await openEngine(t, TINY, directory);
  await first.topic('two', { partitions: 2 }).make();
  await first.close();
  const engine = await openEngine(t, TINY, directory);
  const other = engine.topic('two', { partitions: 4 });
  await refused(t, () => other.produce({ key: 1n, value: 'v' }));
  await refused(t, () => other.make());
  await refused(t, () => other.offsets());
  await refused(t, () => other.subscribe());
  await refused(t, () => other.commit('group', 0));
  await refused(t, () => other.drop());
  t.is(engine.topic('two').partitions, 2);
  t.is(await engine.topic('two', { partitions: 2 }).produce({ key: 1n, value: 'v' }), 0);
});

for (const partitions of [0, 1025, 1.5, -1, '2', null] as unknown as number[]) {
  test(`a topic cannot have ${typeof partitions} ${String(partitions)} partitions`, async (t) => {
    const engine = await openEngine(t);
    await refused(t, () => engine.topic('new', { partitions }));
    t.deepEqual(engine.topics(), []);
  });
}

test('a topic can have 1024 partitions, each with its own records', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('wide', { partitions: 1024 });
  await topic.produceMany(Array.from({ length: 2048 }, (_, i) => ({ key: BigInt(i), value: `${i}` })));
  t.is((await recordsOf(topic)).length, 2048);
  t.deepEqual(
    (await recordsOf(topic, { partition: 1023 })).map(({ key, offset }) => [key, offset]),
    [
      [1023n, 0],
      [2047n, 1],
    ],
  );
});
