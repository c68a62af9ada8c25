import test from 'ava';
import { waitFor } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import { ABORTED, done } from './support/desk.ts';
import { EngineRig } from './support/engine-rig.ts';

const POISONED = new LithifyError('LITHIFY_BLOB_STORE', 'a write failed');

test('a store that does not open leaves a failed engine with its error', async (t) => {
  const rig = new EngineRig();
  await rig.step('openStore', 'opening', POISONED);
  t.is(rig.state, 'failed');
  t.is(rig.root.getSnapshot().context.error, POISONED);
});

test('a Shutdown while the store opens waits for that, then closes it, and is answered', async (t) => {
  const rig = new EngineRig();
  rig.shutdown('s1', 60_000);
  rig.shutdown('s2', 500);
  t.is(rig.state, 'opening');
  await rig.step('openStore', 'opening');
  t.deepEqual([rig.state, rig.root.getSnapshot().context.deadlineMs], ['closing.releasing', 500]);
  await rig.step('closeStore', 'closing.releasing');
  t.deepEqual([rig.state, rig.closed?.shutdowns.map(({ id }) => id)], ['closed', ['s1', 's2']]);
});

test('a Shutdown with nothing to do closes the store and answers', async (t) => {
  const rig = await EngineRig.open();
  rig.shutdown('s1');
  t.is(rig.state, 'closing.releasing');
  await rig.step('closeStore', 'closing.releasing');
  t.deepEqual([rig.state, rig.closed?.shutdowns.map(({ id }) => id)], ['closed', ['s1']]);
});

test('a Shutdown in any state of closing is answered with the first', async (t) => {
  const rig = await EngineRig.open();
  rig.request('m1', { type: 'MinorCompact' });
  rig.shutdown('s1');
  t.is(rig.state, 'closing.draining');
  rig.shutdown('s2');
  await rig.settle('c0', done('MinorCompact'));
  t.is(rig.state, 'closing.releasing');
  rig.shutdown('s3');
  await rig.step('closeStore', 'closing.releasing');
  t.deepEqual(
    rig.closed?.shutdowns.map(({ id }) => id),
    ['s1', 's2', 's3'],
  );
});

test('what runs at a Shutdown finishes, what comes later is refused', async (t) => {
  const rig = await EngineRig.open();
  rig.request('m1', { type: 'MinorCompact' });
  rig.shutdown('s1');
  rig.request('m2', { type: 'GarbageCollect' });
  t.like(rig.replies.get('m2'), { ok: false, error: { code: 'LITHIFY_SHUTTING_DOWN' } });
  await rig.settle('c0', done('MinorCompact'));
  t.like(rig.replies.get('m1'), { ok: true });
  t.false(rig.said.includes('abort'));
  await rig.step('closeStore', 'closing.releasing');
  t.like(rig.closed, { refused: 1, aborted: 0 });
});

test('at the deadline what still runs is aborted, and the engine waits for it to let go', async (t) => {
  const rig = await EngineRig.open();
  rig.request('m1', { type: 'MinorCompact' });
  rig.shutdown('s1', 500);
  rig.clock.increment(499);
  t.false(rig.said.includes('abort'));
  rig.clock.increment(1);
  t.true(rig.said.includes('abort'));
  t.is(rig.state, 'closing.draining');
  await rig.settle('c0', { type: 'failed', error: ABORTED });
  t.like(rig.replies.get('m1'), { ok: false, error: { code: 'LITHIFY_ABORTED' } });
  await rig.step('closeStore', 'closing.releasing');
  t.like(rig.closed, { refused: 0, aborted: 1 });
});

test('a second Shutdown brings the deadline forward, but cannot put it off', async (t) => {
  const sooner = await EngineRig.open();
  sooner.request('m1', { type: 'MinorCompact' });
  sooner.shutdown('s1');
  sooner.shutdown('s2', 0);
  sooner.clock.increment(0);
  t.true(sooner.said.includes('abort'));
  const later = await EngineRig.open();
  later.request('m1', { type: 'MinorCompact' });
  later.shutdown('s1', 500);
  later.clock.increment(400);
  later.shutdown('s2', 9_000);
  later.clock.increment(100);
  t.true(later.said.includes('abort'));
});

test('a store that closes with an error is closed all the same', async (t) => {
  const rig = await EngineRig.open();
  rig.shutdown('s1');
  await rig.step('closeStore', 'closing.releasing', POISONED);
  t.is(rig.state, 'closed');
  t.is(rig.closed?.shutdowns.length, 1);
});

test('a failed write opens the storage again; meanwhile nothing is handed out, afterwards everything is', async (t) => {
  const rig = await EngineRig.open();
  rig.root.send({ type: 'StorageFailed', error: POISONED });
  rig.root.send({ type: 'StorageFailed', error: POISONED });
  rig.request('m1', { type: 'MinorCompact' });
  t.deepEqual([rig.state, rig.jobs.size], ['running.recovering', 0]);
  await rig.step('recoverStore', 'running.recovering');
  t.deepEqual([rig.state, rig.jobs.size], ['running.open', 1]);
  t.deepEqual(rig.said, ['openStore', 'failed', 'recoverStore', 'recovered', 'noticeWork']);
});

test('a storage that cannot be opened again is tried again, later each time', async (t) => {
  const rig = await EngineRig.open();
  rig.root.send({ type: 'StorageFailed', error: POISONED });
  for (const ms of [100, 200, 400]) {
    await rig.step('recoverStore', 'running.recovering', POISONED);
    rig.clock.increment(ms - 1);
    t.is(rig.state, 'running.waitingToRecover');
    rig.clock.increment(1);
    t.is(rig.state, 'running.recovering');
  }
  await rig.step('recoverStore', 'running.recovering');
  t.is(rig.state, 'running.open');
});

test('a Shutdown is heard while the storage is being opened again, and while that waits for another try', async (t) => {
  const recovering = await EngineRig.open();
  recovering.root.send({ type: 'StorageFailed', error: POISONED });
  recovering.shutdown('s1');
  t.is(recovering.state, 'closing.releasing');
  const waiting = await EngineRig.open();
  waiting.root.send({ type: 'StorageFailed', error: POISONED });
  await waiting.step('recoverStore', 'running.recovering', POISONED);
  waiting.request('m1', { type: 'MinorCompact' });
  waiting.shutdown('s1');
  t.like(waiting.replies.get('m1'), { ok: false, error: { code: 'LITHIFY_SHUTTING_DOWN' } });
  t.is(waiting.state, 'closing.releasing');
});

test('a compactor that breaks is reported gone and replaced: its requester is answered, and the next one served', async (t) => {
  const rig = await EngineRig.open();
  rig.request('m1', { type: 'MinorCompact' });
  const broken = rig.compactor('c0');
  broken.send({ type: 'Yield' });
  t.like(rig.replies.get('m1'), { ok: false, error: { code: 'LITHIFY_INTERNAL' } });
  t.not(rig.compactor('c0'), broken);
  rig.request('m2', { type: 'MinorCompact' });
  rig.request('m3', { type: 'GarbageCollect' });
  const busy = [...rig.jobs.keys()].filter((name) => rig.compactor(name).getSnapshot().matches('working'));
  t.deepEqual(busy.toSorted(), ['c0', 'c1'], 'both hold work again');
  await rig.settle('c1', done('MinorCompact'));
  t.like(rig.replies.get('m2'), { ok: true });
});

test('a broken writer ends the engine instead of leaving everybody waiting', async (t) => {
  const rig = await EngineRig.open();
  rig.root.system.get('writer').send({ type: 'Submitted' });
  await waitFor(rig.root, (snapshot) => snapshot.status !== 'active');
  t.is(rig.state, 'failed');
  t.is(rig.root.getSnapshot().context.error?.code, 'LITHIFY_INTERNAL');
});
