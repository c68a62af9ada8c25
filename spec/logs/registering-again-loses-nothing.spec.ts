import test, { type ExecutionContext } from 'ava';
import { type Engine, keyBasedRetention, nthKeyBasedRetention } from '../../index.ts';
import { openEngine } from '../support/engines.ts';
import { HeldEngine } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';
import { records, recordsOf } from './support/topics.ts';

// D8 and D11 of the seed: closing a topic that was compacted, or registering it again during a run, renamed and deleted files that were
// written to; 21 and 117 of 200 acknowledged records were left.

const COUNT = 200;
/** Keeps every record, in several passes. */
const KEEPS_ALL = { strategy: keyBasedRetention(80), compactionThreshold: 4096, minDirtyRatio: 0 };

/** An engine whose log compactor stands still in the middle of a run over `COUNT` records. */
async function inTheMiddle(t: ExecutionContext, job: 'age' | 'analyze' | 'rewrite'): Promise<HeldEngine> {
  const held = await HeldEngine.open({ memtableBytes: 256 * 1024, memoryBytes: 1024 * 1024 });
  t.teardown(async () => {
    held.release();
    await held.engine.close();
  });
  const topic = held.engine.topic('topic');
  await topic.produceMany(records(COUNT, { pad: 40 }));
  const begun = nextEvent(held.engine, 'jobStarted', (event) => {
    if (event.job === job) held.hold();
    return event.job === job;
  });
  topic.register(KEEPS_ALL);
  await begun;
  return held;
}

async function allAreThere(t: ExecutionContext, engine: Engine, count: number): Promise<void> {
  const found = (await recordsOf(engine.topic('topic'))).map(({ offset }) => offset);
  t.deepEqual(
    found,
    Array.from({ length: count }, (_, offset) => offset),
  );
}

for (const job of ['age', 'analyze', 'rewrite'] as const) {
  test(`registered again while it is in its ${job} job, unregistered, and registered once more: every record is there`, async (t) => {
    const held = await inTheMiddle(t, job);
    const topic = held.engine.topic('topic');
    topic.register({ ...KEEPS_ALL, strategy: keyBasedRetention(90) });
    const left = topic.unregister();
    topic.register({ ...KEEPS_ALL, strategy: keyBasedRetention(100) });
    await topic.produce({ key: 1n, value: 'meanwhile' });
    held.release();
    await left;
    await allAreThere(t, held.engine, COUNT + 1);
    const again = held.engine.topic('topic', { compaction: { strategy: nthKeyBasedRetention(70, 2) } });
    await again.compact();
    await allAreThere(t, held.engine, COUNT + 1);
    t.deepEqual(
      held.engine.stats().logs.compactors.map(({ runs, failures }) => [runs, failures]),
      [[1, 0]],
    );
  });
}

test('what is registered last decides what stays', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic');
  await topic.produceMany(records(COUNT, { keys: 5 }));
  for (let keys = 1; keys < 5; keys++) topic.register({ ...KEEPS_ALL, strategy: nthKeyBasedRetention(10, keys) });
  topic.register({ ...KEEPS_ALL, strategy: nthKeyBasedRetention(10, 6) });
  await topic.compact();
  t.is((await recordsOf(topic)).length, 30);
});

test('handles of a topic are the same topic: what is produced, compacted and read through any of them is one log', async (t) => {
  const engine = await openEngine(t);
  engine.topic('topic', { compaction: { ...KEEPS_ALL, strategy: keyBasedRetention(COUNT) } });
  const produced = records(COUNT).map((record) => engine.topic('topic').produce(record));
  t.deepEqual(
    await Promise.all(produced),
    produced.map((_, offset) => offset),
  );
  for (let i = 0; i < 5; i++) {
    await engine.topic('topic').compact();
    await engine.topic('topic').produce({ key: BigInt(COUNT + i), value: 'more' });
  }
  await allAreThere(t, engine, COUNT + 5);
  t.deepEqual(engine.topic('topic').offsets(), { beginning: 0, end: COUNT + 4, next: COUNT + 5 });
});
