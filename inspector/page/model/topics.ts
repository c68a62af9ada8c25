import type { EngineStats, LogCompactorStats } from '../../../protocol/stats.ts';
import type { TopicView } from '../../frames.ts';

export interface TopicRow {
  readonly topic: TopicView;
  readonly activeBytes: number;
  readonly historyBytes: number;
  /** Of all bytes, those that no compaction has seen: 0 to 1. */
  readonly dirty: number;
  /** The largest lag first; `share` of the records that could lag. */
  readonly groups: readonly { readonly group: string; readonly lag: number; readonly share: number; readonly idleMs: number }[];
  readonly compactors: readonly LogCompactorStats[];
}

export function topicRows(topics: readonly TopicView[], { compactors }: EngineStats['logs']): TopicRow[] {
  return topics.map((topic) => ({
    topic,
    activeBytes: sum(topic.partitions.map(({ activeBytes }) => activeBytes)),
    historyBytes: sum(topic.partitions.map(({ historyBytes }) => historyBytes)),
    dirty: topic.bytes > 0 ? Math.min(1, topic.dirtyBytes / topic.bytes) : 0,
    groups: groupsOf(topic),
    compactors: compactors.filter((compactor) => compactor.topic === topic.name),
  }));
}

/** A group's partitions together: what it has to read still, and how long it has not said anything. */
function groupsOf({ groups, partitions }: TopicView): TopicRow['groups'] {
  const all = sum(partitions.map(({ beginning, next }) => next - (beginning ?? next)));
  const byName = Map.groupBy(groups, ({ group }) => group);
  const rows = [...byName].map(([group, parts]) => {
    const lag = sum(parts.map((part) => part.lag));
    return { group, lag, share: all > 0 ? Math.min(1, lag / all) : 0, idleMs: Math.min(...parts.map(({ idleMs }) => idleMs)) };
  });
  return rows.sort((a, b) => b.lag - a.lag);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
