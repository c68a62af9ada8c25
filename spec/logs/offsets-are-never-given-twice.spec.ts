import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type CompactionOptions, type Engine, nodeRuntime, type Offset, type Strategy, type Topic } from '../../index.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';
import { records, shown } from './support/topics.ts';

// D14, D18 and D19 of the seed: the next offset was computed from what was left, so that it went back when a compaction had taken the
// newest record; an empty topic began at 1; and its first and last offset were the same answer as those of a topic of one record.

/** Keeps nothing of an even key, not even the newest record, and all of an odd one. */
const dropsEven: Strategy<Set<bigint>, bigint> = {
  init: () => new Set(),
  reduce: (state, key) => {
    state.add(key);
    return false;
  },
  collect: (state) => new Map([...state].filter((key) => key % 2n === 0n).map((key) => [key, Number.MAX_SAFE_INTEGER])),
};

const EVERYTHING: Readonly<Record<string, CompactionOptions>> = {
  'a strategy': { strategy: dropsEven },
  'the rule about age': { maxAgeMs: 1 },
};

/** `count` records of one even key. */
const even = (count: number) => records(count, { keys: 1 }).map((one) => ({ ...one, timestamp: 1000 }));

/** The store as a process that is killed now would leave it, opened. */
async function killed(t: ExecutionContext, { location }: Engine): Promise<Engine> {
  return openEngine(t, TINY, await liveCopy(location, join(await tempDirectory(t), 'copy')));
}

async function goesOnAt(t: ExecutionContext, topic: Topic, next: Offset): Promise<void> {
  t.deepEqual([topic.offsets()?.next, await topic.produce({ key: 1n, value: 'on' })], [next, next]);
  t.true((await shown(topic)).includes(`${next}:on`));
}

for (const [what, compaction] of Object.entries(EVERYTHING)) {
  test(`a topic of which ${what} has left nothing goes on where it was, killed or closed, as often as it is opened`, async (t) => {
    const engine = await openEngine(t);
    const topic = engine.topic('topic', { compaction });
    await topic.produceMany(even(20));
    await topic.compact();
    t.deepEqual(topic.offsets(), { beginning: undefined, end: undefined, next: 20 });
    t.deepEqual(await shown(topic), []);
    const copy = await killed(t, engine);
    t.deepEqual(copy.topic('topic').offsets(), { beginning: undefined, end: undefined, next: 20 });
    await goesOnAt(t, copy.topic('topic'), 20);
    await quiet(engine);
    await engine.close();
    for (let life = 0; life < 2; life++) await (await openEngine(t, TINY, engine.location)).close();
    await goesOnAt(t, (await openEngine(t, TINY, engine.location)).topic('topic'), 20);
  });
}

test('where the newest record is gone and an older one is left, the next is numbered behind the one that is gone', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic', { compaction: { strategy: dropsEven } });
  await topic.produceMany([
    { key: 1n, value: 'stays' },
    { key: 2n, value: 'goes' },
    { key: 2n, value: 'goes too' },
  ]);
  await topic.commit('group', 2);
  await topic.compact();
  t.deepEqual(topic.offsets(), { beginning: 0, end: 0, next: 3 });
  const again = (await killed(t, engine)).topic('topic');
  t.deepEqual(again.offsets(), { beginning: 0, end: 0, next: 3 });
  await goesOnAt(t, again, 3);
  // Who had consumed the record that is gone misses nothing of what comes.
  t.deepEqual(await shown(again, { group: 'group' }), ['3:on']);
});

test('a reader that waits behind records that are compacted away gets the next one', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic', { compaction: { strategy: dropsEven } });
  await topic.produceMany(even(20));
  const tail = topic.subscribe({ from: { after: 9 } });
  await topic.compact();
  const seen = tail.next();
  await goesOnAt(t, topic, 20);
  t.like(await seen, { value: { offset: 20 } });
});

test('a topic that is missing, one that is empty and one of a single record are three answers', async (t) => {
  const engine = await openEngine(t);
  const empty = await engine.topic('empty').make();
  await engine.topic('single').produce({ key: 1n, value: 'v' });
  const all = (from: Engine) => ['missing', 'empty', 'single'].map((name) => from.topic(name).offsets());
  const expected = [undefined, { beginning: undefined, end: undefined, next: 0 }, { beginning: 0, end: 0, next: 1 }];
  t.deepEqual(all(engine), expected);
  await engine.ask({ type: 'MinorCompact' });
  t.deepEqual(all(engine), expected);
  const copy = await killed(t, engine);
  t.deepEqual(all(copy), expected);
  t.is(await copy.topic('empty').produce({ key: 1n, value: 'v' }), 0);
  t.is(await empty.produce({ key: 1n, value: 'v' }), 0);
});

test('killed after each step of a compaction that leaves nothing, the topic goes on where it was', async (t) => {
  // Every block of a job, and every step between two, is a turn.
  const copies: string[] = [];
  let isWatched = false;
  const real = nodeRuntime();
  const turn = async () => {
    if (isWatched && copies.length < 12) copies.push(await liveCopy(engine.location, join(await tempDirectory(t), 'copy')));
    await real.turn();
  };
  let ticks = 0;
  const clock = { ...real.clock, now: () => (ticks += 10) };
  const engine: Engine = await openEngine(t, { ...TINY, blockBytes: 64, runtime: { ...real, turn, clock } });
  const topic = engine.topic('topic', { compaction: { strategy: dropsEven } });
  await topic.produceMany(even(8));
  isWatched = true;
  await topic.compact();
  await quiet(engine);
  isWatched = false;
  t.true(copies.length >= 4, `${copies.length} steps`);
  for (const copy of copies) {
    const again = await openEngine(t, TINY, copy);
    await goesOnAt(t, again.topic('topic'), 8);
    await again.close();
  }
});
