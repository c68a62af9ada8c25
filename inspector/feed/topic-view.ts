import type { TopicInfo } from '../../protocol/log.ts';
import type { TopicView } from '../frames.ts';
import type { Inspected } from '../inspected.ts';

const MOST_TOPICS = 64;
const MOST_PARTITIONS = 32;
const MOST_GROUPS = 64;

export interface TopicsView {
  readonly topics: readonly TopicView[];
  readonly topicsLeftOut: number;
  /** Of all of them. */
  readonly bytes: number;
}

/** The largest, by name; looking makes nothing and registers nothing. */
export function topicsView(engine: Pick<Inspected, 'topics' | 'topic'>): TopicsView {
  const all = engine.topics();
  const shown = all.length <= MOST_TOPICS ? all : [...all].sort((a, b) => b.bytes - a.bytes).slice(0, MOST_TOPICS);
  const byName = [...shown].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { topics: byName.map((info) => topicView(engine, info)), topicsLeftOut: all.length - shown.length, bytes: bytesOf(all) };
}

function bytesOf(topics: readonly TopicInfo[]): number {
  return topics.reduce((sum, { bytes }) => sum + bytes, 0);
}

function topicView(engine: Pick<Inspected, 'topic'>, { name, records, bytes, dirtyBytes, partitions }: TopicInfo): TopicView {
  const topic = engine.topic(name);
  const numbers = Array.from({ length: Math.min(partitions, MOST_PARTITIONS) }, (_, partition) => partition);
  return {
    ...{ name, records, bytes, dirtyBytes },
    partitions: numbers.map((partition) => ({ partition, ...offsetsOf(topic, partition), ...sizesOf(topic, partition) })),
    groups: topic.groups().slice(0, MOST_GROUPS),
  };
}

type TopicToLookAt = ReturnType<Inspected['topic']>;

function offsetsOf(topic: TopicToLookAt, partition: number): { beginning?: number; end?: number; next: number } {
  const { beginning, end, next = 0 } = topic.offsets(partition) ?? {};
  return { ...(beginning !== undefined && { beginning }), ...(end !== undefined && { end }), next };
}

function sizesOf(topic: TopicToLookAt, partition: number): { activeBytes: number; historyBytes: number } {
  return topic.sizes(partition) ?? { activeBytes: 0, historyBytes: 0 };
}
