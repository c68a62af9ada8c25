import type { Workload } from './workload.ts';

/** The merge of the compaction workload as a worker does it, in one thread, without a store beneath: what LevelDB adds is the rest. */
export const mergeAlone: Workload = {
  name: 'merge alone',
  rows: ['merge alone'],
  durabilities: ['none'],
  subjects: ['lithify'],
  // Loaded when it is wanted: no other process should have the engine's code in its memory.
  run: async (context) => (await import('./merge-in-memory.ts')).mergeInMemory(context),
};
