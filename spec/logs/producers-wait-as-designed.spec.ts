import test from 'ava';
import type { CompactionOptions } from '../../protocol/compaction-options.ts';
import { LithifyError } from '../../protocol/errors.ts';
import { CompactorHouse, ID } from './support/compactor-house.ts';
import { settled } from './support/manual-runtime.ts';

/** A house whose run is held in its rewrite, after which so much has come in. */
async function during(bytes: number, options: CompactionOptions = {}): Promise<CompactorHouse> {
  const house = await CompactorHouse.with(options);
  house.log.held.add('rewrite');
  house.produce(100);
  await settled();
  house.produce(bytes);
  return house;
}

test('while a run is going producers wait when a further threshold has come in, and go on when it has made room', async (t) => {
  const house = await during(99);
  t.is(house.compactors.waitForRoom(ID), undefined);
  t.false(house.compactors.isHoldingBack(ID));
  house.produce(1);
  t.true(house.compactors.isHoldingBack(ID));
  const waiting = Promise.all([house.compactors.waitForRoom(ID), house.compactors.waitForRoom(ID)]);
  t.is(await house.stateOf(waiting), 'pending');
  t.like(house.last('producersWaiting'), { topic: 'readings', partition: 0, bytes: 100, limit: 100 });
  t.deepEqual([house.compactors.stats()[0].waiting, house.runtime.held], [2, 1]);
  house.runtime.advance(40);
  house.log.held.clear();
  house.log.letGo('rewrite');
  await waiting;
  t.is(house.last('producersResumed').waitedMs, 40);
  t.is(house.events.filter(({ type }) => type === 'producersWaiting').length, 1, 'said once for all of them');
  t.is(house.runtime.held, 0);
});

test('what the run takes in is not held against them, however much it is', async (t) => {
  const house = await CompactorHouse.with();
  for (const phase of ['recover', 'ageActive', 'analyze'] as const) house.log.held.add(phase);
  house.produce(100_000);
  for (const phase of ['recover', 'ageActive', 'analyze'] as const) {
    await settled();
    t.is(house.compactors.waitForRoom(ID), undefined, phase);
    house.log.letGo(phase);
  }
});

test('no run, nobody waits: not before one begins, not after, and not where nothing is registered', async (t) => {
  const house = await CompactorHouse.with({ minDirtyRatio: 1 });
  house.log.compactedBytes = 1_000;
  house.produce(900);
  t.is(house.compactors.waitForRoom(ID), undefined);
  t.is(house.compactors.waitForRoom({ topic: 9, partition: 9 }), undefined);
  await house.compactors.compact(ID);
  t.is(house.compactors.waitForRoom(ID), undefined);
});

test('an option turns the waiting off', async (t) => {
  const house = await during(5_000, { backPressure: false });
  t.is(house.compactors.waitForRoom(ID), undefined);
});

test('a further pass takes in what came meanwhile, so it lets them go', async (t) => {
  const house = await CompactorHouse.with();
  house.log.overflows = [1];
  house.log.held.add('rewrite');
  house.produce(100);
  await settled();
  house.produce(200);
  const waiting = house.compactors.waitForRoom(ID);
  t.not(waiting, undefined);
  house.log.letGo('rewrite');
  await waiting;
  t.is(house.last('producersResumed').reason, 'there is room');
  await settled();
  t.is(house.compactors.stats()[0].state, 'rewriting', 'in the second pass');
});

test('when the run has ended they go on, also if what came in meanwhile is not enough for another', async (t) => {
  const house = await during(200, { minDirtyRatio: 0.99 });
  const waiting = house.compactors.waitForRoom(ID);
  t.not(waiting, undefined);
  house.log.letGo('rewrite');
  await waiting;
  await settled();
  t.deepEqual([house.log.dirtyBytes, house.refOf()], [200, undefined]);
  t.is(house.last('producersResumed').reason, 'the compaction is done');
});

test('a run that fails holds nobody, and says so; nor does the one that tries again', async (t) => {
  const house = await during(200);
  const waiting = house.compactors.waitForRoom(ID);
  house.log.letGo('rewrite', new LithifyError('LITHIFY_DISK_FULL', 'no room'));
  await waiting;
  t.regex(house.last('producersResumed').reason, /LITHIFY_DISK_FULL/);
  t.is(house.compactors.waitForRoom(ID), undefined);
  house.runtime.advance(100);
  await settled();
  house.produce(1_000);
  t.is(house.compactors.stats()[0].state, 'rewriting');
  t.is(house.compactors.waitForRoom(ID), undefined, 'it may fail too');
});

test('while the storage is being opened again nobody waits for what cannot come', async (t) => {
  const house = await during(200);
  const waiting = house.compactors.waitForRoom(ID);
  house.compactors.storageFailed();
  await waiting;
  t.is(house.compactors.waitForRoom(ID), undefined);
  house.compactors.storageRecovered();
  t.not(house.compactors.waitForRoom(ID), undefined);
});

test('unregistered, closed or ended, everybody goes on', async (t) => {
  for (const how of ['unregister', 'close', 'end'] as const) {
    const house = await during(200);
    const waiting = house.compactors.waitForRoom(ID);
    t.not(waiting, undefined);
    if (how === 'unregister') void house.compactors.unregister(ID);
    else if (how === 'close') void house.compactors.close();
    else house.compactors.end(new LithifyError('LITHIFY_CLOSED', 'closed'));
    await waiting;
    t.deepEqual([house.compactors.waitForRoom(ID), house.runtime.held], [undefined, 0], how);
  }
});
