import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { CompactedLog } from './support/compacted-log.ts';
import { CompactorHouse, ID } from './support/compactor-house.ts';
import { settled } from './support/manual-runtime.ts';

const PHASES = ['recover', 'ageActive', 'analyze', 'newWork', 'rewrite', 'swap'] as const;

test('unregistered in any phase, it has stopped when the promise resolves, and what it wrote is given back', async (t) => {
  for (const phase of PHASES) {
    const house = await CompactorHouse.with();
    house.log.held.add(phase);
    house.produce(100);
    await settled();
    await house.compactors.unregister(ID);
    t.is(house.refOf(), undefined, phase);
    const hasOutput = ['analyze', 'newWork', 'rewrite'].includes(phase);
    t.is(house.log.begun.at(-1), hasOutput ? 'discard' : phase);
    t.is(house.log.isDiscarded, hasOutput);
    t.deepEqual([house.log.dirtyBytes, house.runtime.timers], [100, 0]);
    t.false(house.saidNow().includes('logCompactionFailed'));
  }
});

test('a phase that does not hear of it is waited for', async (t) => {
  const house = await CompactorHouse.with();
  house.log.isDeaf = true;
  house.log.held.add('rewrite');
  house.produce(100);
  await settled();
  const left = house.compactors.unregister(ID);
  t.is(await house.stateOf(left), 'pending');
  t.is(await house.stateOf(house.compactors.unregister(ID)), 'pending', 'for everybody who asks');
  house.log.letGo('rewrite');
  await left;
  t.false(house.log.begun.includes('swap'));
  t.is(house.log.begun.at(-1), 'discard', 'it was written, but never taken');
});

test('unregistered while it backs off, it is gone at once; what is not registered always is', async (t) => {
  const house = await CompactorHouse.with();
  house.log.failing.set('analyze', new LithifyError('LITHIFY_DISK_FULL', 'no room'));
  house.produce(100);
  await settled();
  await house.compactors.unregister(ID);
  t.deepEqual([house.refOf(), house.runtime.timers], [undefined, 0]);
  await house.compactors.unregister(ID);
});

test('registered again during a run, the new registration begins nothing before the old one has stopped', async (t) => {
  for (const isTold of [true, false]) {
    const house = await CompactorHouse.with();
    house.log.isDeaf = true;
    house.log.held.add('swap');
    house.produce(100);
    await settled();
    if (isTold) void house.compactors.unregister(ID);
    const next = new CompactedLog();
    next.produce(100);
    const registered = house.register({}, next);
    const compacted = house.compactors.compact(ID);
    t.is(await house.stateOf(registered), 'pending');
    next.produce(500);
    t.is(house.compactors.waitForRoom(ID), undefined, 'nothing of it runs yet');
    t.is(house.compactors.stats()[0].state, 'idle');
    t.deepEqual(next.begun, [], 'two runs on the same files lost 83 of 200 records in the seed (D11)');
    house.log.letGo('swap');
    await Promise.all([registered, compacted]);
    t.is(next.begun[0], 'recover');
    t.deepEqual([house.log.dirtyBytes, next.dirtyBytes], [0, 0]);
  }
});

test('registered and unregistered again and again, only the last one is there', async (t) => {
  const house = await CompactorHouse.with();
  house.log.isDeaf = true;
  house.log.held.add('analyze');
  house.produce(100);
  await settled();
  const logs = [new CompactedLog(), new CompactedLog(), new CompactedLog()];
  for (const log of logs) log.produce(100);
  const registered = Promise.all(logs.map((log) => house.register({}, log)));
  house.log.letGo('analyze');
  await registered;
  await settled();
  t.deepEqual(
    logs.map(({ dirtyBytes }) => dirtyBytes),
    [100, 100, 0],
  );
  t.is(house.compactors.stats().length, 1);
});

test('closing lets the phase that runs finish, swaps in what is rewritten, and begins nothing else', async (t) => {
  for (const phase of PHASES) {
    const house = await CompactorHouse.with();
    house.log.held.add(phase);
    const asked = house.compactors.compact(ID);
    house.produce(100);
    await settled();
    const closed = house.compactors.close();
    const refused = t.throwsAsync(house.compactors.compact(ID), { code: 'LITHIFY_SHUTTING_DOWN' });
    t.is(await house.stateOf(closed), 'pending', phase);
    house.log.letGo(phase);
    const isTaken = phase === 'rewrite' || phase === 'swap';
    t.is(await house.stateOf(asked), isTaken ? 'resolved' : 'LITHIFY_SHUTTING_DOWN', phase);
    await Promise.all([closed, refused]);
    const last = { analyze: 'discard', newWork: 'discard', rewrite: 'swap' }[phase as string] ?? phase;
    t.is(house.log.begun.at(-1), last);
  }
});

test('closing does not wait for a back-off, and a phase that fails by then is not tried again', async (t) => {
  const house = await CompactorHouse.with();
  house.log.failing.set('analyze', new LithifyError('LITHIFY_DISK_FULL', 'no room'));
  house.produce(100);
  await settled();
  await house.compactors.close();
  const other = await CompactorHouse.with();
  other.log.held.add('rewrite');
  other.produce(100);
  await settled();
  const closed = other.compactors.close();
  other.log.letGo('rewrite', new LithifyError('LITHIFY_WORKER_DIED', 'its thread was ended'));
  await closed;
  t.deepEqual([house.runtime.timers, other.runtime.timers], [0, 0]);
});

test('when the engine has ended, nobody goes on waiting', async (t) => {
  const house = await CompactorHouse.with();
  house.log.isDeaf = true;
  house.log.held.add('rewrite');
  const asked = house.compactors.compact(ID);
  house.produce(100);
  await settled();
  const left = house.compactors.unregister(ID);
  const ended = new LithifyError('LITHIFY_CLOSED', 'closed');
  house.compactors.end(ended);
  t.is(await house.stateOf(left), 'resolved');
  t.is(await house.stateOf(asked), 'LITHIFY_ABORTED');
  await t.throwsAsync(house.compactors.compact(ID), { is: ended });
});
