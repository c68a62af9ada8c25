import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { CompactorHouse, ID } from './support/compactor-house.ts';
import { settled } from './support/manual-runtime.ts';

const FULL = new LithifyError('LITHIFY_DISK_FULL', 'no room');

test('a run that is asked for begins at once, whatever the threshold, and is awaited to its end', async (t) => {
  const house = await CompactorHouse.with();
  house.log.held.add('swap');
  house.produce(1);
  const compacted = house.compactors.compact(ID);
  t.is(await house.stateOf(compacted), 'pending');
  t.is(house.runtime.held, 1, 'who waits keeps the process');
  house.log.letGo('swap');
  await compacted;
  t.deepEqual([house.log.dirtyBytes, house.runtime.held], [0, 0]);
  t.is(house.last('logCompactionStarted').reason, 'compact() asked for it');
});

test('asked for while a run is going, another follows that covers what was produced before the asking', async (t) => {
  for (const phase of ['recover', 'ageActive', 'analyze', 'rewrite', 'swap'] as const) {
    const house = await CompactorHouse.with();
    house.log.held.add(phase);
    house.produce(100);
    await settled();
    house.produce(7);
    const asked = [house.compactors.compact(ID), house.compactors.compact(ID)];
    house.log.held.clear();
    house.log.letGo(phase);
    await Promise.all(asked);
    t.deepEqual([house.log.covered, house.log.dirtyBytes], [2, 0], phase);
    t.is(house.log.passes.length, 2, 'both asked for the same one');
  }
});

test('asked for by somebody who hears that a run has begun, or has ended, it is not forgotten', async (t) => {
  for (const said of ['logCompactionStarted', 'logPass', 'logCompacted'] as const) {
    const house = await CompactorHouse.with();
    let asked: Promise<void> | undefined;
    const log = house.events;
    const push = log.push.bind(log);
    log.push = (...events) => {
      if (events[0].type === said) asked ??= house.compactors.compact(ID);
      return push(...events);
    };
    house.produce(100);
    await settled();
    await asked;
    t.is(house.log.passes.length, 2, said);
  }
});

test('who waits for a run gets its error, and who asked for the next one its own result', async (t) => {
  const house = await CompactorHouse.with();
  house.log.held.add('rewrite');
  const first = house.compactors.compact(ID);
  house.produce(1);
  await settled();
  house.log.letGo('rewrite', FULL);
  const next = house.compactors.compact(ID);
  await t.throwsAsync(first, { is: FULL });
  house.log.held.clear();
  house.runtime.advance(100);
  await next;
  t.is(house.log.dirtyBytes, 0);
});

test('asked for while it backs off, the next run begins at once', async (t) => {
  const house = await CompactorHouse.with();
  house.log.failing.set('rewrite', FULL);
  house.produce(100);
  await settled();
  t.is(house.compactors.stats()[0].state, 'backingOff');
  house.log.failing.clear();
  await house.compactors.compact(ID);
  t.is(house.log.dirtyBytes, 0);
});

test('a log without records is compacted in no time', async (t) => {
  const house = await CompactorHouse.with();
  await house.compactors.compact(ID);
  t.deepEqual(house.log.begun, ['recover', 'ageActive']);
});

test('a log that is not registered cannot be compacted, and one that is let go meanwhile says so', async (t) => {
  const house = await CompactorHouse.open();
  await t.throwsAsync(house.compactors.compact(ID), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await house.register();
  house.produce(1);
  house.log.held.add('analyze');
  const asked = [house.compactors.compact(ID)];
  await settled();
  asked.push(house.compactors.compact(ID));
  const refused = Promise.all(asked.map((one) => t.throwsAsync(one, { code: 'LITHIFY_ABORTED' })));
  await house.compactors.unregister(ID);
  await refused;
});
