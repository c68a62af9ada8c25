import type { PlanOptions } from './contract.ts';

const LEVEL_FACTOR = 10;
/** The last level is rewritten whole by new minors until it is as large as this many memtables. */
const MEMTABLES_PER_BASE_LEVEL = 4;

/** How the engine's options are meant for planning. Bytes. */
export function planOptions(options: {
  readonly minorTrigger: number;
  readonly tableBytes: number;
  readonly memtableBytes: number;
}): PlanOptions {
  const { minorTrigger, tableBytes, memtableBytes } = options;
  return { minorTrigger, tableBytes, baseLevelBytes: memtableBytes * MEMTABLES_PER_BASE_LEVEL, levelFactor: LEVEL_FACTOR };
}
