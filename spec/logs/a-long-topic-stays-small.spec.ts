import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { type Engine, keyBasedRetention, type OpenOptions, type Topic } from '../../index.ts';
import { eventsOf, openEngine } from '../support/engines.ts';
import { ofType } from '../support/next-event.ts';
import { shown } from './support/topics.ts';

const KiB = 1024;
const OPTIONS: OpenOptions = {
  ...{ workers: 0, durability: 'os', memtableBytes: 256 * KiB, memoryBytes: 4 * KiB * KiB },
  ...{ cacheBytes: 512 * KiB, tableBytes: 256 * KiB, blockBytes: 8 * KiB },
};
const ROUND = 40_000;
const KEYS = 1_000;

test('of however many records, memory, log and topic hold what is live, though a topic beside it is quiet', async (t) => {
  const engine = await openEngine(t, OPTIONS);
  const events = eventsOf(engine);
  const quiet = engine.topic('quiet');
  await quiet.produce({ key: 1n, value: 'the only one' });
  const topic = engine.topic('long', { compaction: { strategy: keyBasedRetention(2 * KEYS) } });
  const most = { segments: 0, memory: 0, bytes: 0, records: 0 };
  await produceRound(engine, topic, 0, most);
  const heap = usedHeap();
  for (let round = 1; round < 4; round++) await produceRound(engine, topic, round, most);
  const grown = usedHeap() - heap;
  await topic.compact();

  t.true(most.segments <= 3, `${most.segments} segments of the log`);
  t.true(most.memory <= engine.stats().memtables.limit);
  // Half of it may be dirty when a run begins, and a threshold and a call's records may come in until it ends.
  t.true(most.records <= 4 * KEYS + 10_000, `${most.records} records`);
  t.true(most.bytes < 400 * KiB, `${most.bytes} bytes`);
  t.true(grown < 4 * KiB * KiB, `${grown} bytes of heap for ${3 * ROUND} records`);
  t.like(
    engine.topics().find(({ name }) => name === 'long'),
    { records: KEYS, dirtyBytes: 0 },
  );
  t.is(topic.offsets()?.next, 4 * ROUND);
  t.deepEqual(await shown(quiet), ['0:the only one']);
  t.log(`heap grew by ${Math.round(grown / KiB)} KiB; ${ofType(events, 'logCompacted').length} runs; at most ${most.records} records`);
});

async function produceRound(engine: Engine, topic: Topic, round: number, most: Record<string, number>): Promise<void> {
  for (let from = round * ROUND; from < (round + 1) * ROUND; from += KEYS) {
    await topic.produceMany(Array.from({ length: KEYS }, (_, i) => ({ key: BigInt(i), value: `value ${from + i}` })));
    const { wal, memtables, logs } = engine.stats();
    most.segments = Math.max(most.segments ?? 0, wal.segments);
    most.memory = Math.max(most.memory ?? 0, memtables.bytes);
    most.bytes = Math.max(most.bytes ?? 0, logs.compactors[0]?.totalBytes ?? 0);
    most.records = Math.max(most.records ?? 0, engine.topics().find(({ name }) => name === 'long')?.records ?? 0);
  }
}

/** Of this thread, without what nobody holds. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return getHeapStatistics().used_heap_size;
}
