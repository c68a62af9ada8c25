import { open, type StartFrom, type Topic } from '../../../index.ts';
import type { LogOptions, LogStore } from '../log.ts';

/** Not compacted: what was produced is what is read. */
export async function openLithifyLog(location: string, options: LogOptions): Promise<LogStore> {
  const engine = await open(location, options);
  const topic = await engine.topic('bench').make();
  return {
    append: (entry) => topic.produce(entry),
    appendMany: (entries) => topic.produceMany(entries),
    settle: async () => void (await engine.ask({ type: 'MinorCompact' })),
    readAll: () => readAll(topic),
    loop: () => loop(topic),
    readFrom: (offset, count) => readSome(topic, { offset }, count),
    readFromTime: (time, count) => readSome(topic, { time }, count),
    close: () => engine.close(),
  };
}

async function readAll(topic: Topic): Promise<number> {
  let records = 0;
  for await (const batch of topic.subscribe({ idleTimeout: 0 }).batches()) records += batch.length;
  return records;
}

async function loop(topic: Topic): Promise<number> {
  let records = 0;
  for await (const { offset } of topic.subscribe({ idleTimeout: 0 })) if (offset >= 0) records++;
  return records;
}

async function readSome(topic: Topic, from: StartFrom, count: number): Promise<number> {
  const subscription = topic.subscribe({ from, idleTimeout: 0 });
  let records = 0;
  while (records < count) {
    const batch = await subscription.nextBatch();
    if (batch === undefined) break;
    records += batch.length;
  }
  await subscription.return();
  return Math.min(records, count);
}
