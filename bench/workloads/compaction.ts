import { ENTRY_BYTES } from '../data.ts';
import { type Measured, measure } from '../measure.ts';
import type { Store } from '../subjects/subject.ts';
import { BATCH, type Context, RUNS, type Workload } from './workload.ts';

/**
 * Overlapping runs, each over the whole key space, then everything merged into one level. LevelDB compacts by itself
 * while it is loaded and cannot be stopped, so the row `load + compaction` has the whole way for all of them.
 */
export const compaction: Workload = {
  name: 'compaction',
  rows: ['compaction', 'load + compaction'],
  durabilities: ['none'],
  subjects: ['lithify', 'classic-level', 'rocksdb'],
  async run(context) {
    const { runEntries } = context.sizes;
    const entries = RUNS * runEntries;
    const store = await context.open({ runEntries });
    const loaded = await measure(() => loadRuns(store, context));
    const compacted = await measure(async () => {
      await store.compact?.();
      return entries;
    });
    const collected = await measure(async () => {
      await store.collect?.();
      return entries;
    });
    context.report('compaction', compacted, ENTRY_BYTES);
    context.report('load + compaction', together(entries, [loaded, compacted, collected]), ENTRY_BYTES);
    await store.close();
  },
};

function together(operations: number, parts: readonly Measured[]): Measured {
  const sum = (value: (part: Measured) => number) => parts.reduce((total, part) => total + value(part), 0);
  return {
    operations,
    ms: sum(({ ms }) => ms),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    delayMs: Math.max(...parts.map(({ delayMs }) => delayMs)),
  };
}

async function loadRuns(store: Store, { data, sizes: { runEntries } }: Context): Promise<number> {
  for (let run = 0; run < RUNS; run++) {
    for (let at = 0; at < runEntries; at += BATCH) await store.batch(data.pairs(run * runEntries + at, Math.min(BATCH, runEntries - at)));
    await store.endRun?.();
  }
  return RUNS * runEntries;
}
