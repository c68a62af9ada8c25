import type { TopicId } from '../../protocol/log.ts';
import type { StoredGroup } from '../../storage/log/catalog.ts';

type Groups = ReadonlyMap<string, StoredGroup>;

interface Index {
  readonly size: number;
  readonly keys: ReadonlyMap<TopicId, readonly string[]>;
}

/** Maps of a catalog never change, and those of a memtable only grow: with as many groups as before they are the same ones. */
const INDEXES = new WeakMap<Groups, Index>();

/** The groups of one topic, by key. Who looks at many topics would otherwise go through all groups for each. */
export function groupsOfTopic(groups: Groups, topic: TopicId): readonly (readonly [key: string, group: StoredGroup])[] {
  const keys = keysOf(groups).get(topic) ?? [];
  return keys.flatMap((key) => {
    const group = groups.get(key);
    return group === undefined ? [] : [[key, group] as const];
  });
}

function keysOf(groups: Groups): Index['keys'] {
  const known = INDEXES.get(groups);
  if (known?.size === groups.size) return known.keys;
  const keys = Map.groupBy(groups.keys(), (key) => groups.get(key)?.topic ?? 0);
  INDEXES.set(groups, { size: groups.size, keys });
  return keys;
}
