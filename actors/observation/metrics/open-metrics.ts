import { LithifyError } from '../../../protocol/errors.ts';
import type { Histogram, Metric, MetricPoint } from '../../../protocol/metrics.ts';

/** UCUM, as OpenMetrics spells it; what is counted in braces has no unit. */
const UNITS: Readonly<Record<string, string>> = { By: 'bytes', ms: 'milliseconds', s: 'seconds', '1': 'ratio' };

type Attributes = MetricPoint['attributes'];

/**
 * The metrics as OpenMetrics text, version 1.0.0, which Prometheus reads: to be served as
 * `application/openmetrics-text; version=1.0.0; charset=utf-8`. Metrics of the same name become one family, so those of several
 * stores may come in one list, if their points have an attribute to tell them apart. LITHIFY_INVALID_ARGUMENT: it is no list.
 */
export function openMetricsText(metrics: readonly Metric[]): string {
  if (!Array.isArray(metrics)) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'openMetricsText takes a list of metrics, as engine.metrics() gives it.', {
      details: { option: 'metrics' },
    });
  }
  const families = new Map<string, Metric>();
  for (const metric of metrics) {
    const name = familyName(metric);
    const known = families.get(name);
    families.set(name, known === undefined ? metric : { ...known, points: [...known.points, ...metric.points] });
  }
  return `${[...families].flatMap(([name, metric]) => familyLines(name, metric)).join('')}# EOF\n`;
}

/** Dots are no letters there; the unit is part of the name. */
function familyName({ name, unit }: Metric): string {
  const words = name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=[0-9])/, '_');
  const suffix = UNITS[unit];
  return suffix === undefined || words.endsWith(`_${suffix}`) ? words : `${words}_${suffix}`;
}

function familyLines(name: string, { kind, unit, description, points }: Metric): string[] {
  const suffix = UNITS[unit];
  return [
    `# TYPE ${name} ${kind}\n`,
    ...(suffix === undefined ? [] : [`# UNIT ${name} ${suffix}\n`]),
    `# HELP ${name} ${escaped(description)}\n`,
    ...points.flatMap((point) => pointLines(name, kind, point)),
  ];
}

function pointLines(name: string, kind: Metric['kind'], { attributes, value, histogram }: MetricPoint): string[] {
  if (histogram !== undefined) return histogramLines(name, attributes, histogram);
  return value === undefined ? [] : [sample(kind === 'counter' ? `${name}_total` : name, attributes, value)];
}

/** Cumulative there: each bucket counts those below it, too. */
function histogramLines(name: string, attributes: Attributes, { bounds, counts, sum, count }: Histogram): string[] {
  let below = 0;
  const buckets = counts.map((inBucket, at) => {
    below += inBucket;
    return sample(`${name}_bucket`, { ...attributes, le: boundText(bounds[at]) }, below);
  });
  return [...buckets, sample(`${name}_count`, attributes, count), sample(`${name}_sum`, attributes, sum)];
}

/** A bound is always written as a fraction, so that it is the same text everywhere. */
function boundText(bound: number | undefined): string {
  if (bound === undefined) return '+Inf';
  return Number.isInteger(bound) ? bound.toFixed(1) : numberText(bound);
}

function sample(name: string, attributes: Attributes, value: number): string {
  const labels = Object.entries(attributes).map(([key, one]) => `${labelName(key)}="${escaped(String(one))}"`);
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${numberText(value)}\n`;
}

function labelName(key: string): string {
  return key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (special) => (special === '\n' ? '\\n' : `\\${special}`));
}
