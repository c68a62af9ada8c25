import type { Engine, Metric, MetricPoint } from '../../../index.ts';

/** The metric of that name, without 'lithify.'. */
export function metric(metrics: readonly Metric[], name: string): Metric {
  const found = metrics.find((one) => one.name === `lithify.${name}`);
  if (found === undefined) throw new Error(`there is no metric ${name}`);
  return found;
}

/** The point with these attributes, and no others. */
export function point(metrics: readonly Metric[], name: string, attributes: MetricPoint['attributes'] = {}): MetricPoint | undefined {
  const wanted = textOf(attributes);
  return metric(metrics, name).points.find((one) => textOf(one.attributes) === wanted);
}

/** A number of an engine, now. */
export function valueOf(engine: Engine, name: string, attributes: MetricPoint['attributes'] = {}): number | undefined {
  return point(engine.metrics(), name, attributes)?.value;
}

function textOf(attributes: MetricPoint['attributes']): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
