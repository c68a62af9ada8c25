import type { Metric } from '../../../protocol/metrics.ts';
import type { Observed } from '../observation.ts';

export function metricsOf(_engine: Observed): Metric[] {
  return [];
}
