import type { TopicInfo } from '../../../protocol/log.ts';
import type { Metric, MetricPoint } from '../../../protocol/metrics.ts';
import type { EngineStats } from '../../../protocol/stats.ts';
import type { Observed } from '../observation.ts';
import type { Buckets } from './buckets.ts';
import type { Tally } from './tally.ts';

/** Everything that a metric may be read from, at one moment. */
export interface Reading {
  readonly stats: EngineStats;
  readonly topics: readonly TopicInfo[];
  readonly tally: Tally;
  readonly engine: Observed;
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly arrayBuffers: number };
  /** undefined where it cannot be told. */
  readonly loopDelayMs: number | undefined;
}

/** What a metric is called and where it comes from: the only place where it is named. */
export interface Instrument extends Omit<Metric, 'points'> {
  readonly read: (from: Reading) => readonly MetricPoint[];
}

/** A number, one point without attributes; undefined: it cannot be told now, so no point at all. */
type Values = number | undefined | readonly MetricPoint[];

type Made = (name: string, unit: string, description: string, read: (from: Reading) => Values) => Instrument;

/** Only grows while the engine is open. */
export const counter: Made = (name, unit, description, read) => instrument('counter', name, unit, description, read);

/** What is now. */
export const gauge: Made = (name, unit, description, read) => instrument('gauge', name, unit, description, read);

/** Milliseconds, in the buckets of DURATION_BOUNDS. */
export function duration(name: string, description: string, read: (from: Reading) => readonly MetricPoint[]): Instrument {
  return instrument('histogram', name, 'ms', description, read);
}

function instrument(kind: Metric['kind'], name: string, unit: string, description: string, read: (from: Reading) => Values): Instrument {
  return { name: `lithify.${name}`, description, unit, kind, read: (from) => pointsOf(read(from)) };
}

function pointsOf(values: Values): readonly MetricPoint[] {
  if (values === undefined) return [];
  return typeof values === 'number' ? [{ attributes: {}, value: values }] : values;
}

/** A point for each entry, under one attribute. */
export function by(attribute: string, values: Readonly<Record<string, number>>): MetricPoint[] {
  return Object.entries(values).map(([name, value]) => ({ attributes: { [attribute]: name }, value }));
}

/** How many there are of each of these words; a word that does not come up is 0, so that a series does not end. */
export function countBy(attribute: string, words: readonly string[], known: readonly string[]): MetricPoint[] {
  const counts: Record<string, number> = Object.fromEntries(known.map((word) => [word, 0]));
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return by(attribute, counts);
}

export function histogramPoint(buckets: Buckets, attributes: MetricPoint['attributes'] = {}): MetricPoint {
  return { attributes, histogram: buckets.read() };
}
