import { compaction } from './compaction.ts';
import { ingests } from './ingest.ts';
import { inspector } from './inspector.ts';
import { consume } from './logs/consume.ts';
import { keysInMemory } from './logs/keys-in-memory.ts';
import { logCompaction } from './logs/log-compaction.ts';
import { produce, produceMany } from './logs/produce.ts';
import { LARGE_VALUE, SMALL_VALUE } from './logs/records.ts';
import { wakeUp } from './logs/wake-up.ts';
import { mergeAlone } from './merge-alone.ts';
import { persistedActors } from './persist.ts';
import { reads } from './reads.ts';
import type { Workload } from './workload.ts';
import { batch, put } from './writes.ts';

const KEYS: readonly Workload[] = [put, batch, reads, compaction, mergeAlone];

const LOGS: readonly Workload[] = [
  ...[produce(SMALL_VALUE), produce(LARGE_VALUE), produceMany(SMALL_VALUE), produceMany(LARGE_VALUE)],
  ...[consume, wakeUp, logCompaction, keysInMemory],
];

/** In the order of the report. */
export const WORKLOADS: readonly Workload[] = [...KEYS, ...ingests, ...LOGS, persistedActors, inspector];

/** Names for several rows at once. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = { kv: rowsOf(KEYS), bulk: rowsOf(ingests), logs: rowsOf(LOGS) };

function rowsOf(workloads: readonly Workload[]): string[] {
  return workloads.flatMap(({ rows }) => rows);
}
