import { type Engine, open } from '../../index.ts';
import { type LevelLike, levelOperations } from './level.ts';
import type { Store, StoreOptions } from './subject.ts';

const MiB = 1024 * 1024;
/** Key, value and what the memtable keeps beside them, generously. */
const MEMTABLE_BYTES_PER_ENTRY = 200;
/** The most that the option takes: nothing is merged before it is asked for. */
const NEVER = 64;

export async function openLithify(location: string, { durability, cacheBytes, runEntries }: StoreOptions): Promise<Store> {
  const engine = await open(location, { durability, cacheBytes, ...(runEntries !== undefined && wholeRuns(runEntries)) });
  return {
    ...levelOperations(engine.kv as unknown as LevelLike, {}),
    endRun: async () => void (await engine.ask({ type: 'MinorCompact' })),
    compact: () => compact(engine),
    collect: async () => void (await engine.ask({ type: 'GarbageCollect' })),
    close: () => engine.close(),
  };
}

function wholeRuns(entries: number) {
  const memtableBytes = Math.max(16 * MiB, entries * MEMTABLE_BYTES_PER_ENTRY);
  return { memtableBytes, memoryBytes: 4 * memtableBytes, minorTrigger: NEVER };
}

async function compact(engine: Engine): Promise<void> {
  await engine.ask({ type: 'MajorCompaction' });
  const { minors, levels } = engine.stats();
  if (minors.tables > 0 || levels.slice(0, -1).some(({ tables }) => tables > 0)) throw new Error('The compaction left tables behind.');
}
