import test from 'ava';
import { ManualRuntime, settled } from './support/manual-runtime.ts';
import { ModelPartition } from './support/model-partition.ts';
import { all, offsetsNow, offsetsOf, subscription, take, watched } from './support/subscriptions.ts';

test('an idle time-out of 0 gives everything that is there, and ends', async (t) => {
  const model = new ModelPartition();
  model.produce(50);
  model.age(30, 7);
  t.is((await offsetsNow([model])).length, 50);
  t.deepEqual(await offsetsNow([new ModelPartition()]), []);
});

test('however slow the disk is, a subscription does not end before it has read what is there', async (t) => {
  const runtime = new ManualRuntime();
  const models = [new ModelPartition('a'), new ModelPartition('b')];
  for (const model of models) {
    model.produce(9);
    model.age(9, 3);
    model.hold();
  }
  const records = all(subscription(models, { idleTimeout: 10 }, runtime));
  for (let read = 0; read < 12; read++) {
    await settled();
    runtime.advance(60_000);
    for (const model of models) model.letThrough(1);
  }
  for (const model of models) model.letAllThrough();
  await settled();
  runtime.advance(10);
  t.is((await records).length, 18);
});

test('what came in while another partition was being read is read before the end', async (t) => {
  const runtime = new ManualRuntime();
  const [slow, quick] = [new ModelPartition('slow'), new ModelPartition('quick')];
  slow.hold();
  const records = all(subscription([quick, slow], { idleTimeout: 0 }, runtime));
  await settled();
  quick.produce(1);
  slow.letAllThrough();
  t.deepEqual(offsetsOf(await records), [0]);
});

test('a record at the last moment is given, not lost to the end', async (t) => {
  const runtime = new ManualRuntime();
  const model = new ModelPartition();
  const tail = subscription([model], { idleTimeout: 50 }, runtime);
  const pulled = take(tail, 1);
  await settled();
  model.produce(1);
  runtime.advance(50);
  t.deepEqual(await pulled, [0]);
});

test('a record whose wake-up is slower than the time-out is given all the same', async (t) => {
  const runtime = new ManualRuntime();
  const model = new ModelPartition();
  const { promise: never } = Promise.withResolvers<void>();
  Object.assign(model, { wait: () => ({ ready: never, cancel: () => {} }) });
  const pulled = take(subscription([model], { idleTimeout: 50 }, runtime), 1);
  await settled();
  model.produce(1);
  runtime.advance(50);
  t.deepEqual(await pulled, [0]);
});

test('the time runs from when there is nothing to give, and anew for each record', async (t) => {
  const runtime = new ManualRuntime();
  const model = new ModelPartition();
  model.produce(1);
  const tail = subscription([model], { idleTimeout: 50 }, runtime);
  t.deepEqual(await take(tail, 1), [0]);
  runtime.advance(1000);
  for (let offset = 1; offset < 4; offset++) {
    const pulled = take(tail, 1);
    await settled();
    runtime.advance(49);
    model.produce(1);
    t.deepEqual(await pulled, [offset]);
  }
  const last = watched(tail.next());
  await settled();
  runtime.advance(49);
  await settled();
  t.false(last.settled);
  runtime.advance(1);
  t.deepEqual(await last.promise, { done: true, value: undefined });
});

test('a wake-up that brings nothing does not begin the time anew', async (t) => {
  const runtime = new ManualRuntime();
  const [busy, idle] = [new ModelPartition('busy'), new ModelPartition('idle')];
  const tail = subscription([busy, idle], { idleTimeout: 50, from: { offset: 5 } }, runtime);
  const pull = tail.next();
  await settled();
  runtime.advance(30);
  // Produced and compacted away before the reader gets to it.
  busy.produce(8);
  busy.age(8, 4);
  busy.compact(() => false, 4);
  await settled();
  runtime.advance(20);
  t.true((await pull).done);
});

test('without an idle time-out it never ends by itself', async (t) => {
  const runtime = new ManualRuntime();
  const pull = watched(subscription([new ModelPartition()], {}, runtime).next());
  await settled();
  runtime.advance(1e12);
  await settled();
  t.false(pull.settled);
});

test('no topics, no records: it ends at once', async (t) => {
  t.true((await subscription([], {}).next()).done);
});
