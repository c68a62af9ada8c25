import test, { type ExecutionContext } from 'ava';
import { type CompactionOptions, keyBasedRetention, nodeRuntime, open, type Runtime } from '../../index.ts';
import { resolveCompaction } from '../../protocol/compaction-options.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { CompactorHouse } from './support/compactor-house.ts';
import { settled } from './support/manual-runtime.ts';
import { records, shown } from './support/topics.ts';

// D16 of the seed: subscribers looked at a file's time, so a clock that was set back (a device without one of its own, at its start)
// kept records from them until it had caught up.

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** An engine whose wall clock is what the spec says. */
async function withClock(t: ExecutionContext, at = { ms: Date.UTC(2026, 0, 1) }) {
  const real = nodeRuntime();
  const runtime: Runtime = { ...real, clock: { ...real.clock, wall: () => at.ms } };
  const engine = await open(await tempDirectory(t), { ...TINY, runtime });
  t.teardown(() => engine.close());
  return { engine, at };
}

test('whatever the wall clock does, a waiting subscriber gets each record, in the order of the offsets', async (t) => {
  const { engine, at } = await withClock(t);
  const topic = await engine.topic('topic').make();
  const tail = topic.subscribe();
  const times = [0, -HOUR, -YEAR, YEAR, -50 * YEAR, 0].map((shift) => at.ms + shift);
  for (const [offset, ms] of times.entries()) {
    at.ms = ms;
    const seen = tail.next();
    t.is(await topic.produce({ key: 1n, value: 'v', timestamp: ms }), offset);
    t.like(await seen, { value: { offset, timestamp: ms } });
    if (offset === 3) await engine.ask({ type: 'MinorCompact' });
  }
  t.is((await shown(topic)).length, times.length);
});

test('set back, it makes nothing old: the rule about age takes what is too old by then, and no more', async (t) => {
  const { engine, at } = await withClock(t);
  const start = at.ms;
  const topic = engine.topic('topic', { compaction: { maxAgeMs: HOUR } });
  const produced = async (value: string) => topic.produce({ key: 1n, value, timestamp: at.ms });
  await produced('at first');
  await topic.produce({ key: 1n, value: 'without a time' });
  await engine.ask({ type: 'MinorCompact' });
  at.ms = start - YEAR;
  await produced('a year before');
  await topic.compact();
  t.is((await shown(topic)).length, 3);
  at.ms = start + HOUR / 2;
  await topic.compact();
  t.deepEqual(await shown(topic), ['0:at first', '1:without a time']);
  at.ms = start + 2 * HOUR;
  await topic.compact();
  t.deepEqual(await shown(topic), []);
  t.is(await topic.produce({ key: 1n, value: 'on' }), 3);
});

test('a group goes on where it was, and is not taken for one that has gone', async (t) => {
  const { engine, at } = await withClock(t);
  const compaction: CompactionOptions = { strategy: keyBasedRetention(10), keepUnreadBy: ['group'], groupExpiryMs: HOUR };
  const topic = engine.topic('topic', { compaction });
  await topic.produceMany(records(10, { keys: 1 }));
  await topic.commit('group', 3);
  at.ms -= YEAR;
  await topic.compact();
  t.is((await shown(topic, { group: 'group' })).length, 6);
  t.like(topic.groups(), { 0: { committed: 3, idleMs: 0 } });
  await topic.commit('group', 1);
  t.like(topic.groups(), { 0: { committed: 1, idleMs: 0 } });
});

for (const [what, back] of [
  ['an hour', HOUR],
  ['a year', YEAR],
] as const) {
  test(`set back by ${what} after a run, it does not keep the next one from coming when its time has passed`, async (t) => {
    const house = await CompactorHouse.open();
    house.runtime.advance(2 * YEAR);
    house.log.produce(200);
    house.log.oldest = { record: house.runtime.clock.wall() - 80_000 };
    await house.compactors.register(
      { topic: 3, partition: 0 },
      house.log,
      resolveCompaction({ compactionThreshold: 100, maxAgeMs: 80_000 }),
    );
    await settled();
    t.is(house.saidNow().filter((type) => type === 'logCompacted').length, 1);
    house.runtime.setBack(back);
    house.log.oldest = { record: house.runtime.clock.wall() };
    // Ten minutes at most until it looks at the clock again, then the rule's own time and pause.
    for (let seconds = 0; seconds < 800; seconds += 10) {
      house.runtime.advance(10_000);
      await settled();
    }
    t.true(house.saidNow().includes('logCompacted'));
  });
}
