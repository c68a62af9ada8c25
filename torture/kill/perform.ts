import { type CompactionOptions, type Engine, keyBasedRetention, type NewRecord, type Offset } from '../../index.ts';
import type { Operation, Produced } from './operations.ts';

/** Runs begin soon, and take several passes: there are more keys than fit in one. */
const SOON: CompactionOptions = { compactionThreshold: 3000, minDirtyRatio: 0 };

/** Registers the topics' compactions for as long as the engine is open. */
export async function makeTopics(engine: Engine): Promise<void> {
  await engine.topic('solo', { compaction: { ...SOON, strategy: keyBasedRetention(200) } }).make();
  await engine.topic('folded', { compaction: { ...SOON, strategy: keyBasedRetention(3) } }).make();
  await engine.topic('mixed', { partitions: 2, compaction: { ...SOON, strategy: keyBasedRetention(100) } }).make();
}

/** What `commit` and `checkpoint` need to know beside the operation. */
export interface Surroundings {
  /** Offset of the newest acknowledged record of `solo`. */
  readonly committable: () => Offset | undefined;
  readonly checkpointDirectory: string;
}

/** Calls into the engine before it returns; resolves with what the acknowledgement says: offsets, if there are any. */
export async function perform(engine: Engine, operation: Operation, surroundings: Surroundings): Promise<readonly Offset[]> {
  const { kv } = engine;
  switch (operation.kind) {
    case 'write': {
      const [first, ...others] = operation.writes;
      if (others.length > 0) await kv.batch([...operation.writes]);
      else if (first?.type === 'put') await kv.put(first.key, first.value);
      else if (first !== undefined) await kv.del(first.key);
      return [];
    }
    case 'clear':
      await kv.clear({ gte: operation.gte, lt: operation.lt });
      return [];
    case 'load':
    case 'ingest':
      await kv.ingest(operation.pairs.map(([key, value]) => [key, value]));
      return [];
    case 'produce':
      return engine.topic(operation.records[0]?.topic ?? 'solo').produceMany(operation.records.map(recordOf));
    case 'transaction':
      return transact(engine, operation);
    case 'commit':
      return commit(engine, surroundings.committable());
    case 'ask':
      await engine.ask({ type: operation.type } as { type: 'MinorCompact' });
      return [];
    case 'compact':
      await engine.topic(operation.topic).compact();
      return [];
    case 'checkpoint':
      await engine.checkpoint(surroundings.checkpointDirectory);
      return [];
    case 'snapshot':
      return [];
  }
}

function recordOf({ key, value, partition }: Produced): NewRecord {
  return { key, value, partition };
}

function transact(engine: Engine, { puts, records, expects }: Extract<Operation, { kind: 'transaction' }>): Promise<Offset[]> {
  return engine.write((tx) => {
    if (expects) for (const [key] of puts) tx.expect(key, undefined);
    for (const [key, value] of puts) tx.put(key, value);
    for (const record of records) tx.produce(record.topic, recordOf(record));
  });
}

async function commit(engine: Engine, offset: Offset | undefined): Promise<readonly Offset[]> {
  if (offset === undefined) return [];
  await engine.topic('solo').commit('group', offset);
  return [offset];
}
