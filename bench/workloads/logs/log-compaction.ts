import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, EngineEvent, Topic } from '../../../index.ts';
import type { Figure } from '../../figure.ts';
import { bytesOnDisk, inFlight, measure } from '../../measure.ts';
import { BATCH, type Context, type Workload } from '../workload.ts';
import { BURST_KEYS, LOG_KEY_BYTES, SMALL_VALUE } from './records.ts';

/** Producers that do not know of each other, so that the log has something to write while one waits. */
const PRODUCERS = 4;
const POLL_MS = 50;

/**
 * A burst of small records of a thousand keys into a topic that keeps the newest of each, with the defaults of everything
 * else. The time ends when all of it is compacted. The next records are made while it goes on: no burst fits in memory.
 */
export const logCompaction: Workload = {
  name: 'log compaction',
  rows: ['log compaction'],
  durabilities: ['fsync'],
  subjects: ['lithify'],
  async run(context) {
    const { keyBasedRetention } = await import('../../../index.ts');
    const engine = await context.openEngine();
    const topic = await engine.topic('burst', { compaction: { strategy: keyBasedRetention(BURST_KEYS) } }).make();
    const held = watchProducers(engine);
    const disk = watchDisk(context.location);
    const measured = await measure(async () => {
      const produced = await burst(topic, context);
      await topic.compact();
      return produced;
    });
    const delay = { name: 'longest delay of the event loop', value: measured.delayMs, unit: 'ms' } as const;
    const figures = [...runsOf(engine), ...held(), ...(await disk.end()), ...leftOf(engine, topic), delay];
    context.report('log compaction', measured, LOG_KEY_BYTES + SMALL_VALUE, figures);
    await engine.close();
  },
};

async function burst(topic: Topic, { data, sizes: { records } }: Context): Promise<number> {
  const count = Math.ceil(records / BATCH);
  await inFlight({ lanes: PRODUCERS, count, limitMs: Number.POSITIVE_INFINITY }, (n) => {
    const first = n * BATCH;
    const size = Math.min(BATCH, records - first);
    return topic.produceMany(
      Array.from({ length: size }, (_, i) => ({ key: BigInt((first + i) % BURST_KEYS), value: data.smallValue(first + i, SMALL_VALUE) })),
    );
  });
  return records;
}

function runsOf(engine: Engine): Figure[] {
  const { bytesWritten, compactors } = engine.stats().logs;
  const runs = compactors.reduce((sum, one) => sum + one.runs, 0);
  return [
    { name: 'runs', value: runs, unit: 'count' },
    { name: 'bytes that compaction wrote', value: bytesWritten, unit: 'bytes' },
  ];
}

/** How often producers were held back, and how long; times overlap with nothing, since there is one partition. */
function watchProducers(engine: Engine): () => Figure[] {
  const times: number[] = [];
  const watching = engine.events$.subscribe((event: EngineEvent) => {
    if (event.type === 'producersResumed') times.push(event.waitedMs);
  });
  return () => {
    watching.unsubscribe();
    return [
      { name: 'times that producers were held back', value: times.length, unit: 'count' },
      { name: 'held back, all together', value: times.reduce((sum, ms) => sum + ms, 0), unit: 'ms' },
      { name: 'held back, longest', value: Math.max(0, ...times), unit: 'ms' },
    ];
  };
}

function watchDisk(location: string): { end(): Promise<Figure[]> } {
  const stop = new AbortController();
  let peak = 0;
  const look = async (): Promise<void> => {
    peak = Math.max(peak, await bytesOnDisk(location));
  };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      // A file that is gone between being listed and being looked at is nobody's fault.
      await look().catch(() => undefined);
      await sleep(POLL_MS);
    }
  })();
  return {
    end: async () => {
      stop.abort();
      await watching;
      await look();
      return [{ name: 'peak on disk', value: peak, unit: 'bytes' }];
    },
  };
}

function leftOf(engine: Engine, { name }: Topic): Figure[] {
  const { records = 0, bytes = 0 } = engine.topics().find((topic) => topic.name === name) ?? {};
  return [
    { name: 'records left', value: records, unit: 'count' },
    { name: 'bytes left', value: bytes, unit: 'bytes' },
  ];
}
