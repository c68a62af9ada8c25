import type { Metric } from '../../../protocol/metrics.ts';
import type { Runtime } from '../../../protocol/runtime.ts';
import type { Observed } from '../observation.ts';
import { ENGINE_METRICS } from './engine-metrics.ts';
import type { Instrument } from './instrument.ts';
import { LOG_METRICS } from './log-metrics.ts';
import { STORE_METRICS } from './store-metrics.ts';
import type { Tally } from './tally.ts';
import { WORK_METRICS } from './work-metrics.ts';
import { WRITE_METRICS } from './write-metrics.ts';

const INSTRUMENTS: readonly Instrument[] = [...ENGINE_METRICS, ...WRITE_METRICS, ...WORK_METRICS, ...STORE_METRICS, ...LOG_METRICS];

/** All metrics at this moment, always the same ones in the same order; LITHIFY_CLOSED before the store is open. */
export function metricsOf(engine: Observed, tally: Tally, runtime: Pick<Runtime, 'memory' | 'longestDelay'>): Metric[] {
  const stats = engine.stats();
  const from = { engine, tally, stats, topics: engine.logs.list(), memory: runtime.memory(), loopDelayMs: runtime.longestDelay?.() };
  return INSTRUMENTS.map(({ read, ...described }) => ({ ...described, points: read(from) }));
}
