import type { Offset, TopicId } from '../../protocol/log.ts';
import type { StoredGroup } from '../../storage/log/catalog.ts';
import { logKey, type PartitionId } from '../../storage/log/part.ts';
import type { FoundPart } from '../../storage/salvage/logs/find-parts.ts';
import { type SalvagePart, salvagePartOf } from '../../storage/salvage/logs/salvage-part.ts';
import type { Knowledge } from '../../storage/salvage/manifest/knowledge.ts';
import type { PartitionFrames, WalContents } from '../../storage/salvage/wal/wal-contents.ts';

/** What is to be brought of a topic partition. */
export interface PartitionPlan {
  readonly partition: number;
  readonly parts: readonly SalvagePart[];
  /** Records below this are in parts, or were compacted away. */
  readonly agedTo: Offset;
  readonly frames: PartitionFrames | undefined;
  readonly groups: readonly StoredGroup[];
}

export interface TopicPlan {
  readonly name: string;
  readonly partitions: readonly PartitionPlan[];
  /** The manifest's name for it is lost. */
  readonly isMadeUp: boolean;
}

interface Sources {
  readonly known: Knowledge;
  /** Is there nothing that the manifest does not know? */
  readonly isWhole: boolean;
  readonly parts: readonly FoundPart[];
  readonly wal: WalContents;
}

/** Every topic of which something is known or left, in the order in which they were made. */
export function planTopics({ known, isWhole, parts, wal }: Sources): TopicPlan[] {
  const names = new Set([...known.topics.values()].map(({ name }) => name));
  const found = groupedBy(parts.flatMap(({ of, ...part }) => (of === undefined ? [] : [{ ...part, ...of }])));
  // The log's are the newer ones.
  const groups = groupedBy([...new Map([...known.groups, ...wal.groups]).values()]);
  const sizes = partitionsOf([
    ...known.partitions.values(),
    ...wal.partitions.values(),
    ...wal.groups.values(),
    ...[...found.values()].flat(),
  ]);
  const nameless = [...sizes.keys()].filter((id) => isLost(id, known, isWhole));
  const plans = [...new Set([...known.topics.keys(), ...nameless])]
    .sort((a, b) => a - b)
    .map((id): TopicPlan => {
      const topic = known.topics.get(id);
      const count = Math.max(topic?.partitions ?? 1, sizes.get(id) ?? 1);
      const partitions = Array.from({ length: count }, (_, partition): PartitionPlan => {
        const key = logKey(id, partition);
        const { parts: own = [], agedTo = 0 } = known.partitions.get(key) ?? {};
        const all = [...own.map(salvagePartOf), ...(found.get(key) ?? [])];
        return { partition, parts: all, agedTo, frames: wal.partitions.get(key), groups: groups.get(key) ?? [] };
      });
      return { name: topic?.name ?? madeUp(`recovered-topic-${id}`, names), partitions, isMadeUp: topic === undefined };
    });
  return [...plans, ...parts.filter(({ of }) => of === undefined).map((part) => planNobodys(part, names))];
}

/** Not one that was dropped: a whole manifest has forgotten those. */
function isLost(topic: TopicId, known: Knowledge, isWhole: boolean): boolean {
  if (known.topics.has(topic) || known.droppedTopics.has(topic)) return false;
  return !isWhole || topic >= known.nextTopic;
}

/** How many partitions each topic must have. */
function partitionsOf(mentioned: readonly PartitionId[]): Map<TopicId, number> {
  const sizes = new Map<TopicId, number>();
  for (const { topic, partition } of mentioned) sizes.set(topic, Math.max(sizes.get(topic) ?? 1, partition + 1));
  return sizes;
}

/** By `logKey`. */
function groupedBy<T extends PartitionId>(all: readonly T[]): Map<string, T[]> {
  return Map.groupBy(all, ({ topic, partition }) => logKey(topic, partition));
}

/** Log blocks whose index is damaged, which alone said of which topic they are. */
function planNobodys(part: FoundPart, names: Set<string>): TopicPlan {
  const name = madeUp(`recovered-blob-${part.blobId}-${part.firstBlock}`, names);
  return { name, partitions: [{ partition: 0, parts: [part], agedTo: 0, frames: undefined, groups: [] }], isMadeUp: true };
}

function madeUp(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let i = 2; names.has(name); i++) name = `${wanted}-${i}`;
  names.add(name);
  return name;
}
