import { compaction } from './compaction.ts';
import { mergeAlone } from './merge-alone.ts';
import { reads } from './reads.ts';
import type { Workload } from './workload.ts';
import { batch, put } from './writes.ts';

/** In the order of the report. */
export const WORKLOADS: readonly Workload[] = [put, batch, reads, compaction, mergeAlone];
