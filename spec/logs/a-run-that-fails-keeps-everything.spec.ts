import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { CompactorHouse, ID } from './support/compactor-house.ts';
import { settled } from './support/manual-runtime.ts';

const FULL = new LithifyError('LITHIFY_DISK_FULL', 'no room');

test('a run that fails says where and why, and when it is tried again', async (t) => {
  for (const phase of ['recover', 'ageActive', 'analyze', 'newWork', 'rewrite', 'swap'] as const) {
    const house = await CompactorHouse.with();
    house.log.failing.set(phase, FULL);
    house.produce(100);
    await settled();
    t.like(house.last('logCompactionFailed'), { topic: 'readings', partition: 0, phase, error: FULL, retryMs: 100 });
    t.is(house.log.dirtyBytes, 100);
    house.log.failing.clear();
    house.runtime.advance(100);
    await settled();
    t.is(house.log.dirtyBytes, 0, phase);
  }
});

test('what it wrote is given back before another run begins, unless the swap may have taken it', async (t) => {
  for (const phase of ['analyze', 'newWork', 'rewrite', 'swap'] as const) {
    const house = await CompactorHouse.with();
    house.log.failing.set(phase, FULL);
    house.produce(100);
    await settled();
    t.is(house.log.begun.includes('discard'), phase !== 'swap', phase);
    house.log.failing.clear();
    house.runtime.advance(100);
    await settled();
    t.is(house.log.begun.filter((what) => what === 'discard').length, phase === 'swap' ? 0 : 1, 'once');
  }
});

test('what breaks instead of failing gets a code and keeps its cause', async (t) => {
  const house = await CompactorHouse.with();
  house.log.failing.set('analyze', new TypeError('a defect'));
  house.produce(100);
  await settled();
  const { error } = house.last('logCompactionFailed');
  t.like(error, { code: 'LITHIFY_INTERNAL', message: 'Compacting readings (analyze): a defect' });
  t.true(error.cause instanceof TypeError);
});

test('produced to all the while, a log that cannot be compacted is tried no more often than its back-off says', async (t) => {
  const house = await CompactorHouse.with();
  house.log.failing.set('analyze', FULL);
  const tries: number[] = [];
  for (let ms = 0; ms < 2_000; ms += 10) {
    const before = house.log.passes.length;
    house.produce(100);
    await settled();
    if (house.log.passes.length > before) tries.push(ms);
    house.runtime.advance(10);
  }
  t.deepEqual(tries, [0, 100, 300, 700, 1_500]);
});

test('an actor that ends by a defect is reported; nothing runs by itself after that, until somebody asks', async (t) => {
  const house = await CompactorHouse.with();
  house.log.held.add('analyze');
  const asked = house.compactors.compact(ID);
  house.produce(100);
  await settled();
  // As XState reports it.
  const broken = new LithifyError('LITHIFY_INTERNAL', 'a defect');
  const refused = t.throwsAsync(asked, { is: broken });
  house.root.send({ type: 'xstate.error.actor.log-3-0', actorId: 'log-3-0', error: broken } as never);
  await refused;
  await settled();
  t.is(house.last('logCompactionFailed').error, broken);
  t.is(house.refOf(), undefined);
  house.log.held.clear();
  house.produce(100);
  await settled();
  t.is(house.log.passes.length, 1);
  await house.compactors.compact(ID);
  t.is(house.log.dirtyBytes, 0);
  house.produce(100);
  await settled();
  t.is(house.log.passes.length, 3);
});

test('a log whose size cannot be told any more breaks nothing', async (t) => {
  const house = await CompactorHouse.with();
  house.log.held.add('rewrite');
  house.produce(100);
  await settled();
  house.log.load = () => {
    throw new LithifyError('LITHIFY_NOT_FOUND', 'dropped');
  };
  house.log.letGo('rewrite');
  await settled();
  t.is(house.refOf(), undefined);
  t.is(house.last('logCompacted').bytesAfter, 0);
});
