/**
 * `engine.metrics()`: typed numbers with units, named and shaped as OpenTelemetry's metrics data model wants them, so that
 * an exporter only has to copy. Plain data.
 */
export interface Metric {
  /** Dotted, lower-case, beginning with 'lithify.'; never renamed within a major version. */
  readonly name: string;
  readonly description: string;
  /** UCUM: 'By', 'ms', '1', '{entry}', '{blob}' … */
  readonly unit: string;
  /** counter: only grows while the engine is open; gauge: what is now; histogram: counts since open. */
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly points: readonly MetricPoint[];
}

export interface MetricPoint {
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** counter and gauge. */
  readonly value?: number;
  readonly histogram?: Histogram;
}

export interface Histogram {
  /** Upper bounds, inclusive, ascending; one count more than bounds. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}
