import test from 'ava';
import { ModelPartition } from './support/model-partition.ts';
import { all, offsetsNow, offsetsOf, subscription, take } from './support/subscriptions.ts';

/** Ten records, the k-th at k seconds, the first six in history. */
function tenRecords(topic = 'topic', partition = 0): ModelPartition {
  const model = new ModelPartition(topic, partition);
  for (let at = 0; at < 10; at++) model.produce(1, at * 1000);
  model.age(6, 4);
  return model;
}

test('without options reading starts at the beginning', async (t) => {
  t.deepEqual(await offsetsNow([tenRecords()]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual(await offsetsNow([tenRecords()], { from: 'beginning' }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('`offset` is given itself, `after` has been consumed', async (t) => {
  t.deepEqual(await offsetsNow([tenRecords()], { from: { offset: 8 } }), [8, 9]);
  t.deepEqual(await offsetsNow([tenRecords()], { from: { after: 8 } }), [9]);
  t.deepEqual(await offsetsNow([tenRecords()], { from: { offset: 0 } }), await offsetsNow([tenRecords()]));
});

test('an offset beyond the end is waited for, and what comes before it is not given', async (t) => {
  const model = tenRecords();
  const tail = subscription([model], { from: { offset: 12 } });
  const pulled = take(tail, 1);
  model.produce(2);
  model.produce(2);
  t.deepEqual(await pulled, [12]);
});

test('the end is where it is when `subscribe` is called, not at the first pull', async (t) => {
  const model = tenRecords();
  const tail = subscription([model], { from: 'end', idleTimeout: 0 });
  model.produce(2);
  t.deepEqual(offsetsOf(await all(tail)), [10, 11]);
});

test('a time starts at the first record that is not older, as number or as Date', async (t) => {
  t.deepEqual(await offsetsNow([tenRecords()], { from: { time: 6500 } }), [7, 8, 9]);
  t.deepEqual(await offsetsNow([tenRecords()], { from: { time: new Date(8000) } }), [8, 9]);
  t.is((await offsetsNow([tenRecords()], { from: { time: -1 } })).length, 10);
});

test('a time that has not come yet starts at the end', async (t) => {
  const model = tenRecords();
  const tail = subscription([model], { from: { time: 99_000 }, idleTimeout: 0 });
  model.produce(1, 50_000);
  t.deepEqual(offsetsOf(await all(tail)), [10]);
});

test('single partitions start behind what `offsets` says of them, the last word counts, the others where `from` says', async (t) => {
  const sources = [tenRecords('a', 0), tenRecords('a', 1), tenRecords('b', 0)];
  const offsets = [
    { topic: 'a', partition: 0, offset: 2 },
    { topic: 'b', partition: 0, offset: 8 },
    { topic: 'a', partition: 0, offset: 7 },
  ];
  const records = await all(subscription(sources, { from: { offset: 6 }, offsets, idleTimeout: 0 }));
  const of = (topic: string, partition: number) => offsetsOf(records.filter((one) => one.topic === topic && one.partition === partition));
  t.deepEqual([of('a', 0), of('a', 1), of('b', 0)], [[8, 9], [6, 7, 8, 9], [9]]);
});

test('a group starts behind what it committed, at the beginning if nothing, and `from` goes before it', async (t) => {
  const read = async (group: string, from?: { offset: number }) => {
    const committed = (name: string) => (name === 'readers' ? 6 : undefined);
    return offsetsOf(await all(subscription([tenRecords()], { group, idleTimeout: 0, ...(from && { from }) }, undefined, committed)));
  };
  t.deepEqual(await read('readers'), [7, 8, 9]);
  t.is((await read('others')).length, 10);
  t.deepEqual(await read('readers', { offset: 5 }), [5, 6, 7, 8, 9]);
});

test('only the partition that was asked for is read', async (t) => {
  const records = await all(subscription([tenRecords('a', 0), tenRecords('a', 1)], { partition: 1, idleTimeout: 0 }));
  t.deepEqual([...new Set(records.map(({ partition }) => partition))], [1]);
  t.is(records.length, 10);
});

test('a partition that is named twice is given once', async (t) => {
  const model = tenRecords();
  t.is((await offsetsNow([model, tenRecords()])).length, 10);
});
