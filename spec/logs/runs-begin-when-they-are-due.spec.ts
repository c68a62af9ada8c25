import test from 'ava';
import { CompactorHouse, ID } from './support/compactor-house.ts';
import { settled } from './support/manual-runtime.ts';

const RUN = ['ageActive', 'analyze', 'newWork', 'rewrite', 'swap'];

test('a log is compacted when its threshold has come in, by an actor that is there only meanwhile', async (t) => {
  const house = await CompactorHouse.with();
  house.log.held.add('analyze');
  house.produce(99);
  t.is(house.refOf(), undefined);
  house.produce(1);
  await settled();
  t.is(house.refOf()?.getSnapshot().value, 'analyzing');
  house.log.letGo('analyze');
  await settled();
  t.deepEqual([house.log.begun, house.log.dirtyBytes], [['recover', ...RUN], 0]);
  t.is(house.refOf(), undefined);
});

test('what an earlier life left is cleared away once a registration', async (t) => {
  const house = await CompactorHouse.with();
  for (let run = 0; run < 3; run++) {
    house.produce(100);
    await settled();
  }
  t.deepEqual(house.log.begun, ['recover', ...RUN, ...RUN, ...RUN]);
  t.deepEqual(
    house.log.passes.map(({ run, pass }) => [run, pass]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  );
});

test('a log that is over its threshold when it is registered is compacted without waiting for a produce', async (t) => {
  const house = await CompactorHouse.open();
  house.log.produce(500);
  await house.register();
  await settled();
  t.is(house.log.dirtyBytes, 0);
});

test('what came in while a run was going makes another one when it is enough', async (t) => {
  const house = await CompactorHouse.with();
  house.log.held.add('rewrite');
  house.produce(100);
  await settled();
  house.produce(150);
  house.log.held.clear();
  house.log.letGo('rewrite');
  await settled();
  t.deepEqual([house.log.dirtyBytes, house.log.passes.length], [0, 2]);
});

test('a run says why it began, what its passes cover, and what it came to', async (t) => {
  const house = await CompactorHouse.with();
  house.log.overflows = [1];
  house.log.produce(60);
  house.produce(60);
  await settled();
  t.like(house.last('logCompactionStarted'), { topic: 'readings', partition: 0, reason: '120 of 120 bytes are not compacted' });
  const passes = house.events.flatMap((event) => (event.type === 'logPass' ? [[event.pass, event.from, event.end]] : []));
  t.deepEqual(passes, [
    [1, 0, 1],
    [2, 1, 1],
  ]);
  t.like(house.last('logCompacted'), { topic: 'readings', partition: 0, passes: 2, end: 1, bytesBefore: 120, bytesAfter: 10 });
});

test('a quiet log whose records grow too old is compacted by time alone', async (t) => {
  const house = await CompactorHouse.with({ maxAgeMs: 60_000 });
  house.log.oldest = { record: 1_000 };
  house.produce(10);
  t.is(house.runtime.timers, 1);
  house.runtime.advance(61_000);
  await settled();
  t.deepEqual(house.log.passes, []);
  house.runtime.advance(1);
  await settled();
  t.is(house.log.passes.length, 1);
  t.is(house.last('logCompactionStarted').reason, 'records are older than maxAgeMs');
});

test('a rule that finds nothing it may drop is tried again later, not over and over', async (t) => {
  const house = await CompactorHouse.with({ maxAgeMs: 80_000 });
  house.log.oldest = { record: 0 };
  house.produce(10);
  house.runtime.advance(80_001);
  await settled();
  // A group has not read it, so it stays.
  t.is(house.log.passes.length, 1);
  house.produce(1);
  await settled();
  t.is(house.log.passes.length, 1);
  house.runtime.advance(10_000);
  await settled();
  t.is(house.log.passes.length, 2);
});

test('a rule about days is looked at again in between, since the wall clock may be set', async (t) => {
  const house = await CompactorHouse.with({ maxAgeMs: 7 * 86_400_000 });
  house.log.oldest = { record: 0 };
  house.produce(10);
  house.log.oldest = { record: -7 * 86_400_000 };
  house.runtime.advance(600_000);
  await settled();
  t.is(house.log.passes.length, 1);
});

test('nothing is left when a log is not registered any more: no timer, no run', async (t) => {
  const house = await CompactorHouse.with({ maxAgeMs: 60_000 });
  house.log.oldest = { record: 0 };
  house.produce(10);
  await house.compactors.unregister(ID);
  t.is(house.runtime.timers, 0);
  house.produce(1_000);
  await settled();
  t.deepEqual(house.log.begun, []);
});

test('statistics show what runs, and what has been', async (t) => {
  const house = await CompactorHouse.with();
  const idle = { topic: 'readings', partition: 0, state: 'idle', runs: 0, passes: 0, pass: 0, from: 0, failures: 0, waiting: 0, asking: 0 };
  t.deepEqual(house.compactors.stats(), [{ ...idle, dirtyBytes: 0, totalBytes: 0 }]);
  house.log.held.add('rewrite');
  house.produce(100);
  await settled();
  t.like(house.compactors.stats()[0], { state: 'rewriting', passes: 1, pass: 1, end: 0, dirtyBytes: 100 });
  house.log.letGo('rewrite');
  await settled();
  t.like(house.compactors.stats()[0], { state: 'idle', runs: 1, passes: 1, totalBytes: 10 });
});
