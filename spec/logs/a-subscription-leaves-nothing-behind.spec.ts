import { getEventListeners } from 'node:events';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { SubscribeOptions } from '../../actors/logs/subscribe-options.ts';
import type { Subscription } from '../../actors/logs/subscription.ts';
import { ManualRuntime, settled } from './support/manual-runtime.ts';
import { ModelPartition } from './support/model-partition.ts';
import { offsetsOf, subscription, take } from './support/subscriptions.ts';

/** A subscription with a pull that waits at the end of two partitions. */
async function waiting(options: SubscribeOptions = {}) {
  const runtime = new ManualRuntime();
  const models = [new ModelPartition('a'), new ModelPartition('b')];
  const abort = new AbortController();
  const tail: Subscription = subscription(models, { idleTimeout: 100, signal: abort.signal, ...options }, runtime);
  const pull = tail.next();
  await settled();
  const left = () => ({
    waiters: models.reduce((sum, { waiters }) => sum + waiters, 0),
    timers: runtime.timers,
    held: runtime.held,
    listeners: getEventListeners(abort.signal, 'abort').length,
  });
  return { tail, pull, models, runtime, abort, left };
}

const NOTHING = { waiters: 0, timers: 0, held: 0, listeners: 0 };

/** The other half of every scenario: what is counted at the end was there before. */
function assertWaits(t: ExecutionContext, left: object): void {
  t.deepEqual(left, { waiters: 2, timers: 1, held: 1, listeners: 1 });
}

test('return ends a pull that waits, and later pulls', async (t) => {
  const { tail, pull, left } = await waiting();
  const second = tail.next();
  const batch = tail.nextBatch();
  assertWaits(t, left());
  t.deepEqual(await tail.return(), { done: true, value: undefined });
  t.deepEqual(left(), NOTHING);
  t.deepEqual(
    [await pull, await second, await batch, await tail.next()].map((one) => one?.valueOf()),
    [{ done: true, value: undefined }, { done: true, value: undefined }, undefined, { done: true, value: undefined }],
  );
  t.is(await tail.nextBatch(), undefined);
});

test('throw ends it and gives the error back', async (t) => {
  const { tail, pull, left } = await waiting();
  await t.throwsAsync(tail.throw(new Error('enough')), { message: 'enough' });
  t.true((await pull).done);
  t.deepEqual(left(), NOTHING);
});

test('an abort rejects the pull that waits and every later one, with the reason as cause', async (t) => {
  const { tail, pull, abort, left } = await waiting();
  const second = tail.nextBatch();
  assertWaits(t, left());
  abort.abort(new Error('changed my mind'));
  t.deepEqual(left(), NOTHING);
  const error = await t.throwsAsync(pull, { code: 'LITHIFY_ABORTED' });
  t.like(error?.cause, { message: 'changed my mind' });
  await t.throwsAsync(second, { code: 'LITHIFY_ABORTED' });
  await t.throwsAsync(tail.next(), { code: 'LITHIFY_ABORTED' });
  t.deepEqual(await tail.return(), { done: true, value: undefined });
  t.true((await tail.next()).done);
});

test('a signal that was aborted before refuses the first pull, and nothing is read', async (t) => {
  const model = new ModelPartition();
  model.produce(1);
  const tail = subscription([model], { signal: AbortSignal.abort() });
  await t.throwsAsync(tail.next(), { code: 'LITHIFY_ABORTED' });
  t.is(model.reads, 0);
});

test('the idle end leaves nothing', async (t) => {
  const { pull, runtime, left } = await waiting();
  assertWaits(t, left());
  runtime.advance(100);
  t.true((await pull).done);
  t.deepEqual(left(), NOTHING);
});

for (const code of ['LITHIFY_NOT_FOUND', 'LITHIFY_CLOSED'] as const) {
  test(`who waits hears ${code}, and so does who asks again`, async (t) => {
    const { tail, pull, models, left } = await waiting();
    models[1].end(code);
    await t.throwsAsync(pull, { code });
    await t.throwsAsync(tail.next(), { code });
    t.deepEqual(left(), NOTHING);
  });
}

test('damage reaches the subscriber as an error, never as silence, and beyond it reading can go on', async (t) => {
  const model = new ModelPartition();
  model.produce(6);
  model.age(6, 2);
  model.damaged = 2;
  const tail = subscription([model], { idleTimeout: 0 });
  t.deepEqual(await take(tail, 2), [0, 1]);
  await t.throwsAsync(tail.next(), { code: 'LITHIFY_CORRUPTION' });
  await t.throwsAsync(tail.next(), { code: 'LITHIFY_CORRUPTION' });
  model.damaged = undefined;
  t.deepEqual(await take(subscription([model], { from: { after: 3 } }), 2), [4, 5]);
});

test("a read that is under way when it ends is let go, and what it brings is nobody's", async (t) => {
  const model = new ModelPartition();
  model.produce(4);
  model.hold();
  const abort = new AbortController();
  const tail = subscription([model], { signal: abort.signal });
  const pull = tail.next();
  await settled();
  await tail.return();
  t.true((await pull).done);
  model.letAllThrough();
  await settled();
  t.true((await tail.next()).done);
  t.is(model.waiters, 0);
});

test('a read that answers "nothing there" after the end does not leave a waiter', async (t) => {
  const model = new ModelPartition();
  model.hold();
  const tail = subscription([model]);
  void tail.next();
  await settled();
  await tail.return();
  model.letAllThrough();
  await settled();
  t.is(model.waiters, 0);
});

test('leaving a for-await loop, or the block of an `await using`, ends it', async (t) => {
  const model = new ModelPartition();
  const seen = [];
  const runtime = new ManualRuntime();
  model.produce(5);
  for await (const record of subscription([model], {}, runtime)) {
    seen.push(record);
    if (seen.length === 2) break;
  }
  {
    await using tail = subscription([model], { from: 'end' }, runtime);
    void tail.next();
    await settled();
    t.deepEqual([model.waiters, runtime.held], [1, 1]);
  }
  t.deepEqual([offsetsOf(seen), model.waiters, runtime.held], [[0, 1], 0, 0]);
});

test('between pulls it does not hold the process, and one waiter a partition is all it keeps', async (t) => {
  const { tail, pull, models, runtime } = await waiting();
  models[0].produce(5);
  t.is((await pull).value?.offset, 0);
  await settled();
  t.is(runtime.held, 0);
  t.deepEqual(
    models.map(({ waiters }) => waiters),
    [0, 1],
  );
  await tail.return();
  t.deepEqual(
    models.map(({ waiters }) => waiters),
    [0, 0],
  );
});
