import test from 'ava';
import { ManualRuntime, settled } from './support/manual-runtime.ts';
import { ModelPartition } from './support/model-partition.ts';
import { offsetsOf, subscription, take } from './support/subscriptions.ts';

test('pulls that nobody awaited are answered in the order in which they were made', async (t) => {
  const model = new ModelPartition();
  const tail = subscription([model]);
  const order: (number | undefined)[] = [];
  const pulls = Array.from({ length: 10 }, () => tail.next().then(({ value }) => order.push(value?.offset)));
  model.produce(4);
  await settled();
  model.produce(6);
  await Promise.all(pulls);
  t.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a batch is what is left of the one that was begun, or the next', async (t) => {
  const model = new ModelPartition();
  model.produce(12);
  model.age(10, 5);
  const tail = subscription([model]);
  t.deepEqual(await take(tail, 2), [0, 1]);
  t.deepEqual(offsetsOf((await tail.nextBatch()) ?? []), [2, 3, 4]);
  const [batch, record] = await Promise.all([tail.nextBatch(), tail.next()]);
  t.deepEqual([offsetsOf(batch ?? []), record.value?.offset], [[5, 6, 7, 8, 9], 10]);
});

test('batches iterate to the end, and leaving them ends the subscription', async (t) => {
  const model = new ModelPartition();
  model.produce(8);
  model.age(8, 3);
  const read = [];
  for await (const batch of subscription([model], { idleTimeout: 0 }).batches()) read.push(offsetsOf(batch));
  t.deepEqual(read, [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7],
  ]);
  const tail = subscription([model]);
  for await (const _ of tail.batches()) break;
  t.true((await tail.next()).done);
});

test('returning batches that wait ends the wait', async (t) => {
  const model = new ModelPartition();
  const batches = subscription([model]).batches();
  const pull = batches.next();
  await settled();
  await batches.return?.();
  t.true((await pull).done);
  t.is(model.waiters, 0);
});

test('nothing is read that nobody asked for, and nothing ahead of the batch that is given', async (t) => {
  const models = [new ModelPartition('a'), new ModelPartition('b')];
  for (const model of models) {
    model.produce(40);
    model.age(40, 10);
  }
  const reads = () => models.map((model) => model.reads);
  const tail = subscription(models);
  await settled();
  t.deepEqual(reads(), [0, 0]);
  await take(tail, 10);
  await settled();
  t.deepEqual(reads(), [1, 0]);
  await take(tail, 1);
  await settled();
  t.deepEqual(reads(), [1, 1]);
});

test('a record of the batch at hand needs no turn of anything: its promise has resolved already', async (t) => {
  const model = new ModelPartition();
  model.memoryBatch = 5;
  model.produce(5);
  const tail = subscription([model]);
  await tail.next();
  let resolved = 0;
  for (let i = 0; i < 4; i++) void tail.next().then(() => resolved++);
  await Promise.resolve();
  t.is(resolved, 4);
});

test('who pulls what is there at once lets the event loop turn every few milliseconds', async (t) => {
  const runtime = new ManualRuntime();
  const model = new ModelPartition();
  model.memoryBatch = 1000;
  model.produce(8000);
  const tail = subscription([model], { idleTimeout: 0 }, runtime);
  // As if a look at the clock, which is had for every eighth record, came a millisecond after the one before.
  runtime.busyMs = 1;
  t.is((await take(tail, 8000)).length, 8000);
  t.true(runtime.turns > 8000 / 8 / 10, `${runtime.turns} turns`);
  t.true(runtime.turns < 8000 / 8, `${runtime.turns} turns`);
});

test('pulling takes no turn while there is time', async (t) => {
  const runtime = new ManualRuntime();
  const model = new ModelPartition();
  model.produce(1000);
  await take(subscription([model], { idleTimeout: 0 }, runtime), 1000);
  t.is(runtime.turns, 0);
});
