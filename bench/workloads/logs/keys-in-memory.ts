import type { Workload } from '../workload.ts';

/** How much memory the keys of one pass of a strategy take, and how fast they go in: flat tables, as a worker has them. */
export const keysInMemory: Workload = {
  name: 'keys in memory',
  rows: ['keys', 'nth keys'],
  durabilities: ['none'],
  subjects: ['lithify'],
  // Loaded when it is wanted: no other process should have the engine's code in its memory.
  run: async (context) => (await import('./flat-tables.ts')).fillTables(context),
};
