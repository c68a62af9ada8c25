/**
 * `engine.metrics()`: typed numbers with units, named and shaped as OpenTelemetry's metrics data model wants them, so that
 * an exporter only has to copy. Plain data.
 */
export interface Metric {
  /** Dotted, lower-case, beginning with 'lithify.'; never renamed within a major version. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** UCUM: 'By', 'ms', '1', '{entry}', '{blob}' … */
  readonly unit: string;
  /** counter: only grows while the engine is open; gauge: what is now; histogram: counts since open. */
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** One for each combination of attributes; none where there is nothing to tell. */
  readonly points: readonly MetricPoint[];
}

/** One number, or one histogram, of a metric. */
export interface MetricPoint {
  /** What it is about, such as `{ topic: 'readings' }`; few values, as dimensions should have. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** counter and gauge. */
  readonly value?: number;
  /** histogram. */
  readonly histogram?: Histogram;
}

/** Durations, in buckets. */
export interface Histogram {
  /** Upper bounds, inclusive, ascending; one count more than bounds. */
  readonly bounds: readonly number[];
  /** By bucket, not cumulative; the last is what lies above all bounds. */
  readonly counts: readonly number[];
  /** Of all, in the unit of the metric. */
  readonly sum: number;
  /** Of all buckets. */
  readonly count: number;
}
