import test, { type ExecutionContext } from 'ava';
import { type Engine, type EngineEvent, type OpenOptions, open, type Strategy, type Topic } from '../../index.ts';
import { eventsOf, TINY, tempDirectory } from '../support/engines.ts';
import { nextEvent } from '../support/next-event.ts';

// The fourth test of the seed `log-compactor.rs`: its compactor end to end, here on a real engine.

const SEEDS_BYTES = [0, 0, 0, 0, 0, 0, 138, 124, 42, 87, 0, 0, 0, 1, 0, 1, 247, 109, 0, 0];

/** The seed's TestCompactionStrategy: has room for one key a pass. */
const oneKeyAPass: Strategy<Map<bigint, number>, bigint> = {
  init: () => new Map(),
  reduce: (state, key, { offset }) => {
    if (state.size > 0) return true;
    state.set(key, offset);
    return false;
  },
  collect: (state) => state,
};

/** What the seed counts, and what it has no word for: analyses and runs. */
const COUNTED = ['recover', 'ageActive', 'analyze', 'newWork', 'rewrite', 'swap'];
const SEEDS_COUNTS = { recover: 1, ageActive: 2, analyze: 2, newWork: 2, rewrite: 2, swap: 2 };

interface Watched {
  readonly engine: Engine;
  readonly topic: Topic;
  readonly events: EngineEvent[];
  /** Actors of the log compactor's phases that were started, by name. */
  readonly phases: Record<string, number>;
}

async function compactedLikeTheSeeds(t: ExecutionContext, options: OpenOptions): Promise<Watched> {
  const phases: Record<string, number> = {};
  const inspect = (event: unknown) => {
    const { type, actorRef } = event as { type: string; actorRef: { id?: string } };
    if (type === '@xstate.actor' && COUNTED.includes(actorRef.id ?? '')) phases[actorRef.id ?? ''] = (phases[actorRef.id ?? ''] ?? 0) + 1;
  };
  const engine = await open(await tempDirectory(t), { ...TINY, ...options, inspect });
  t.teardown(() => engine.close());
  const events = eventsOf(engine);
  const topic = engine.topic('my-topic', { compaction: { strategy: oneKeyAPass, compactionThreshold: 1, minDirtyRatio: 0 } });
  const compacted = nextEvent(engine, 'logCompacted');
  await topic.produceMany([
    { key: 0n, value: '' },
    { key: 1n, value: '' },
  ]);
  t.like(await compacted, { topic: 'my-topic', partition: 0, passes: 2, end: 1 });
  return { engine, topic, events, phases };
}

async function exported(topic: Topic): Promise<number[]> {
  const bytes: number[] = [];
  await topic.export(async (piece) => void bytes.push(...piece));
  return bytes;
}

for (const workers of [0, 2]) {
  test(`one run of two passes: 2 agings, 2 work writers, 1 recovery, 2 swaps, and the seed's 20 bytes (${workers} workers)`, async (t) => {
    const { engine, topic, events, phases } = await compactedLikeTheSeeds(t, { workers });
    t.deepEqual(await exported(topic), SEEDS_BYTES);
    // A run that is asked for goes over the same again, and is a further run of the same registration: no second recovery.
    t.deepEqual(phases, SEEDS_COUNTS);
    await topic.compact();
    t.deepEqual(phases, { recover: 1, ageActive: 4, analyze: 4, newWork: 4, rewrite: 4, swap: 4 });
    t.deepEqual(await exported(topic), SEEDS_BYTES);
    await engine.close();
    t.deepEqual(
      events.flatMap((event) => (event.type === 'logPass' ? [[event.pass, event.from, event.end]] : [])),
      [
        [1, 0, 1],
        [2, 1, 1],
        [1, 0, 1],
        [2, 1, 1],
      ],
    );
    const jobs = events.flatMap((event) => (event.type === 'jobSettled' && event.outcome === 'done' ? [event.job] : []));
    // Of four agings one found something in memory.
    t.is(jobs.filter((job) => job === 'age').length, 1);
    t.is(jobs.filter((job) => job === 'rewrite').length, 4);
    t.false(events.some(({ type }) => type === 'logCompactionFailed'));
  });
}
