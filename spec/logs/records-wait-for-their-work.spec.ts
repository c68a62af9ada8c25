import test from 'ava';
import { firstValueFrom, toArray } from 'rxjs';
import { take } from 'rxjs/operators';
import { records$ } from '../../actors/logs/records.ts';
import type { LogRecord } from '../../protocol/log.ts';
import { ManualRuntime, settled } from './support/manual-runtime.ts';
import { ModelPartition } from './support/model-partition.ts';
import { offsetsOf, subscription } from './support/subscriptions.ts';

function partitionOf(count: number): ModelPartition {
  const model = new ModelPartition();
  model.memoryBatch = 1;
  model.produce(count);
  return model;
}

test('nothing happens before somebody subscribes, and each subscriber gets a subscription of his own', async (t) => {
  const model = partitionOf(3);
  let opened = 0;
  const stream$ = records$(() => {
    opened++;
    return subscription([model], { idleTimeout: 0 });
  });
  t.is(opened, 0);
  t.deepEqual(offsetsOf(await firstValueFrom(stream$.pipe(toArray()))), [0, 1, 2]);
  t.deepEqual(offsetsOf(await firstValueFrom(stream$.pipe(toArray()))), [0, 1, 2]);
  t.is(opened, 2);
});

test('the next record is pulled when the work of this one is done, and a record comes out when its own is', async (t) => {
  const model = partitionOf(4);
  const work: (() => void)[] = [];
  const seen: number[] = [];
  records$(
    () => subscription([model], { idleTimeout: 0 }),
    () => new Promise<void>((resolve) => work.push(resolve)),
  ).subscribe(({ offset }) => seen.push(offset));
  await settled();
  t.deepEqual([work.length, model.reads, seen], [1, 1, []]);
  work[0]();
  await settled();
  t.deepEqual([work.length, model.reads, seen], [2, 2, [0]]);
});

test('unsubscribing while it waits for a record leaves no waiter', async (t) => {
  const model = new ModelPartition();
  const runtime = new ManualRuntime();
  const watching = records$(() => subscription([model], {}, runtime)).subscribe({ complete: () => t.fail(), error: () => t.fail() });
  await settled();
  t.deepEqual([model.waiters, runtime.held], [1, 1]);
  watching.unsubscribe();
  await settled();
  t.deepEqual([model.waiters, runtime.held], [0, 0]);
  model.produce(1);
  await settled();
});

test('unsubscribing during the work gives nothing more and pulls nothing more', async (t) => {
  const model = partitionOf(3);
  const work = Promise.withResolvers<void>();
  const watching = records$(
    () => subscription([model]),
    () => work.promise,
  ).subscribe(() => t.fail());
  await settled();
  watching.unsubscribe();
  work.resolve();
  await settled();
  t.is(model.reads, 1);
});

test('a record that comes as the subscriber leaves is not worked on', async (t) => {
  const watching = records$(
    () => ({ next: async () => ({ done: false, value: 1 }) }),
    () => t.fail(),
  ).subscribe();
  watching.unsubscribe();
  await settled();
  t.pass();
});

test('taking two pulls two and ends the subscription', async (t) => {
  const model = partitionOf(9);
  const worked: number[] = [];
  const stream$ = records$(
    () => subscription([model]),
    ({ offset }) => worked.push(offset),
  );
  t.deepEqual(offsetsOf(await firstValueFrom(stream$.pipe(take(2), toArray()))), [0, 1]);
  await settled();
  t.deepEqual([worked, model.reads], [[0, 1], 2]);
});

for (const [how, work] of [
  ['throws', () => failing()],
  ['rejects', async () => failing()],
] as const) {
  test(`work that ${how} is the stream's error, and ends the subscription`, async (t) => {
    const model = partitionOf(3);
    const tail = subscription([model]);
    const seen: LogRecord[] = [];
    const error = await new Promise((resolve) => records$(() => tail, work).subscribe({ next: (one) => seen.push(one), error: resolve }));
    t.like(error, { message: 'no' });
    t.deepEqual([seen, model.reads], [[], 1]);
    t.true((await tail.next()).done);
  });
}

test("the subscription's own error is the stream's", async (t) => {
  const model = new ModelPartition();
  const error = new Promise((resolve) => records$(() => subscription([model])).subscribe({ error: resolve }));
  await settled();
  model.end('LITHIFY_CLOSED');
  t.like(await error, { code: 'LITHIFY_CLOSED' });
});

test("options that are not sound are the stream's error too", async (t) => {
  const stream$ = records$(() => subscription([new ModelPartition()], { idleTimeout: -1 }));
  await t.throwsAsync(firstValueFrom(stream$), { code: 'LITHIFY_INVALID_ARGUMENT' });
});

function failing(): never {
  throw new Error('no');
}
