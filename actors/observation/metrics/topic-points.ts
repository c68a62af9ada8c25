import type { TopicInfo } from '../../../protocol/log.ts';
import type { MetricPoint } from '../../../protocol/metrics.ts';
import type { LogCompactorStats } from '../../../protocol/stats.ts';
import type { Logs } from '../../logs/logs.ts';
import { sum } from './arithmetic.ts';

/** Topics with points of their own, the first by name; all others are one point, `other: true`. Who collects pays by the point. */
export const MOST_TOPICS = 100;
/** Groups with points of their own, over these topics, the first by name; all others are one point. */
export const MOST_GROUPS = 200;
const OTHER = { other: true } as const;

/** The same number of every topic. */
export function byTopic(topics: readonly TopicInfo[], of: (topic: TopicInfo) => number): MetricPoint[] {
  const shown = topics.slice(0, MOST_TOPICS).map((topic) => ({ attributes: { topic: topic.name }, value: of(topic) }));
  const others = topics.slice(MOST_TOPICS);
  return others.length === 0 ? shown : [...shown, { attributes: OTHER, value: sum(others.map(of)) }];
}

/** The same number of every topic that is registered for compaction, over its partitions. */
export function byCompacted(compactors: readonly LogCompactorStats[], of: (one: LogCompactorStats) => number): MetricPoint[] {
  const values = new Map<string, number>();
  for (const one of compactors) values.set(one.topic, (values.get(one.topic) ?? 0) + of(one));
  return cut(
    [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([topic, value]) => ({ attributes: { topic }, value })),
    MOST_TOPICS,
  );
}

/** The records that every group has still to read, over the partitions of a topic. Groups of topics that have no points of their own are left out. */
export function lags(logs: Logs, topics: readonly TopicInfo[]): MetricPoint[] {
  const points = topics.slice(0, MOST_TOPICS).flatMap(({ name }) => lagsOf(logs, name));
  return cut(points, MOST_GROUPS);
}

function lagsOf(logs: Logs, name: string): { attributes: { topic: string; group: string }; value: number }[] {
  const topic = logs.find(name, undefined);
  const groups = new Map<string, number>();
  for (const { group, lag } of topic === undefined ? [] : logs.groups(topic)) groups.set(group, (groups.get(group) ?? 0) + lag);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, value]) => ({ attributes: { topic: name, group }, value }));
}

function cut(points: readonly { attributes: MetricPoint['attributes']; value: number }[], most: number): MetricPoint[] {
  if (points.length <= most) return [...points];
  return [...points.slice(0, most), { attributes: OTHER, value: sum(points.slice(most).map(({ value }) => value)) }];
}
