import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engine, keyBasedRetention, type Topic } from '../../index.ts';
import { LIMITS, operations, type Workload } from '../demo/workload.ts';

/** Slow enough to be followed by eye, and to leave the machine alone. */
const PAUSE_MS = 100;
const BATCH = 500;
const SENSORS = 20_000;
const RECORDS = 40;
const PARTITIONS = 4;
/** One group reads everything at once, the other comes by only so often (in batches). */
const LATE_EVERY = 150;
const TOPIC = 'temperatures';

/** A sensor fleet that writes keys and records until it is stopped, or the engine closes. */
export async function runLoad(engine: Engine, signal: AbortSignal): Promise<void> {
  const workload: Workload = { seed: randomInt(2 ** 31), writes: LIMITS.writes, keys: SENSORS, valueBytes: 100, batch: BATCH };
  const compaction = { strategy: keyBasedRetention(SENSORS), compactionThreshold: 32 * 1024 };
  const topic = engine.topic(TOPIC, { partitions: PARTITIONS, compaction });
  const closed = new AbortController();
  void engine.closed.then(() => closed.abort());
  const ended = AbortSignal.any([signal, closed.signal]);
  try {
    for (let round = 0; ; round++) {
      await engine.kv.batch<Uint8Array, Uint8Array>(operations(workload, round * BATCH, (round + 1) * BATCH), BYTES);
      await produce(topic, round);
      await sleep(PAUSE_MS, undefined, { signal: ended });
    }
  } catch (error) {
    // A Shutdown from the page is how one ends it, too.
    if (engine.stats().state !== 'closing' && engine.stats().state !== 'closed') throw error;
    await engine.closed;
  }
}

const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const;

async function produce(topic: Topic, round: number): Promise<void> {
  const records = Array.from({ length: RECORDS }, (_, at) => ({
    key: BigInt((round * RECORDS + at * 7919) % SENSORS),
    value: JSON.stringify({ celsius: 15 + ((round + at) % 200) / 10, round }),
    timestamp: Date.now(),
  }));
  await topic.produceMany(records);
  await commit(topic, 'alarms');
  if (round % LATE_EVERY === 0) await commit(topic, 'reports');
}

async function commit(topic: Topic, group: string): Promise<void> {
  for (let partition = 0; partition < (topic.partitions ?? 0); partition++) {
    const end = topic.offsets(partition)?.end;
    if (end !== undefined) await topic.commit(group, end, partition);
  }
}
