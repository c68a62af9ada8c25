import { LithifyError } from '../../protocol/errors.ts';
import type { GroupOffset, Offset, TopicId } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { type BlobExtent, type LogPart, type LogState, logKey, type PartitionId } from './part.ts';

/** What the manifest knows of topics. Immutable: every commit that changes it makes a new one. */
export interface LogCatalog {
  readonly topics: ReadonlyMap<TopicId, LogTopic>;
  /** What the next topic gets: above every id that was ever given. */
  readonly nextTopic: TopicId;
  /** By `logKey`; every partition of every topic has one. */
  readonly partitions: ReadonlyMap<string, LogState>;
  /** Large values whose record is in the WAL, or on its way there, and not yet in a part. */
  readonly staged: ReadonlyMap<BlobId, BlobExtent>;
  /** By `groupKey`. */
  readonly groups: ReadonlyMap<string, StoredGroup>;
}

export interface LogTopic {
  readonly id: TopicId;
  readonly name: string;
  readonly partitions: number;
}

/** A consumer group's place in one topic partition. */
export interface StoredGroup extends PartitionId, Pick<GroupOffset, 'group' | 'offset' | 'committedAt'> {}

/** One change, part of a version edit. */
export interface LogEdit {
  readonly created?: readonly LogTopic[];
  readonly dropped?: readonly TopicId[];
  readonly changes?: readonly LogChange[];
  readonly staged?: readonly BlobExtent[];
  /** Staged values that no record refers to; they must be garbage of the same edit. */
  readonly unstaged?: readonly BlobId[];
  readonly groups?: readonly StoredGroup[];
  readonly groupsForgotten?: readonly (PartitionId & Pick<GroupOffset, 'group'>)[];
}

export interface LogChange extends PartitionId {
  readonly removed: readonly PartName[];
  readonly added: readonly LogPart[];
  readonly agedTo?: Offset;
}

export interface PartName {
  readonly blobId: BlobId;
  readonly firstBlock: number;
}

export const EMPTY_CATALOG: LogCatalog = {
  topics: new Map(),
  nextTopic: 1,
  partitions: new Map(),
  staged: new Map(),
  groups: new Map(),
};

export function isEmpty({ nextTopic, staged }: LogCatalog): boolean {
  return nextTopic === EMPTY_CATALOG.nextTopic && staged.size === 0;
}

/** The edit that makes this catalog out of an empty one, but for `nextTopic`. */
export function snapshotOfLogs({ topics, partitions, staged, groups }: LogCatalog): LogEdit {
  const changes = [...partitions.values()]
    .filter(({ agedTo }) => agedTo > 0)
    .map((state) => ({ ...state, removed: [], added: state.parts }));
  return { created: byId(topics), changes, staged: [...staged.values()], groups: [...groups.values()] };
}

function byId(topics: ReadonlyMap<TopicId, LogTopic>): LogTopic[] {
  return [...topics.values()].sort((a, b) => a.id - b.id);
}

/** Of all parts; the same catalog is asked again and again. */
export function logBytes(catalog: LogCatalog): number {
  const known = BYTES.get(catalog);
  if (known !== undefined) return known;
  let bytes = 0;
  for (const { parts } of catalog.partitions.values()) for (const part of parts) bytes += part.bytes;
  BYTES.set(catalog, bytes);
  return bytes;
}
const BYTES = new WeakMap<LogCatalog, number>();

export function groupKey({ topic, partition, group }: PartitionId & { readonly group: string }): string {
  return `${logKey(topic, partition)}/${group}`;
}

export function partName({ blob, firstBlock }: LogPart): PartName {
  return { blobId: blob.id, firstBlock };
}

export function isSamePart(a: PartName, b: PartName): boolean {
  return a.blobId === b.blobId && a.firstBlock === b.firstBlock;
}

/** Every blob that a topic needs, a shared one as often as it has parts. */
export function* logBlobs({ partitions, staged }: LogCatalog): Iterable<BlobExtent> {
  for (const { parts } of partitions.values()) {
    for (const part of parts) {
      yield part.blob;
      yield* part.staged;
    }
  }
  yield* staged.values();
}

/** The catalog after the edit. Throws LITHIFY_INTERNAL, and changes nothing, where the edit is unsound. */
export function applyLogEdit(catalog: LogCatalog, edit: LogEdit | undefined, nextTopic = catalog.nextTopic): LogCatalog {
  if (edit === undefined) return catalog;
  const next = draftOf(catalog, edit);
  for (const extent of edit.staged ?? []) next.staged.set(extent.id, extent);
  createAll(next, edit.created ?? []);
  for (const change of edit.changes ?? []) applyChange(next, change);
  for (const group of edit.groups ?? []) if (next.topics.has(group.topic)) next.groups.set(groupKey(group), group);
  for (const group of edit.groupsForgotten ?? []) next.groups.delete(groupKey(group));
  for (const id of edit.unstaged ?? []) next.staged.delete(id);
  for (const topic of edit.dropped ?? []) drop(next, topic);
  next.nextTopic = Math.max(next.nextTopic, nextTopic);
  return next;
}

interface Draft {
  readonly topics: Map<TopicId, LogTopic>;
  nextTopic: TopicId;
  readonly partitions: Map<string, LogState>;
  readonly staged: Map<BlobId, BlobExtent>;
  readonly groups: Map<string, StoredGroup>;
}

/** Copies what the edit changes and no more: with thousands of topics that is most of what a commit costs. */
function draftOf({ topics, nextTopic, partitions, staged, groups }: LogCatalog, edit: LogEdit): Draft {
  const isWritten = (...lists: readonly (readonly unknown[] | undefined)[]) => lists.some((list = []) => list.length > 0);
  return {
    topics: copiedIf(topics, isWritten(edit.created, edit.dropped)),
    nextTopic,
    partitions: copiedIf(partitions, isWritten(edit.created, edit.changes, edit.dropped)),
    staged: copiedIf(staged, isWritten(edit.staged, edit.unstaged, edit.changes)),
    groups: copiedIf(groups, isWritten(edit.groups, edit.groupsForgotten, edit.dropped)),
  };
}

/** One that is not written may be the old one's own. */
function copiedIf<K, V>(map: ReadonlyMap<K, V>, isWritten: boolean): Map<K, V> {
  return isWritten ? new Map(map) : (map as Map<K, V>);
}

function createAll(draft: Draft, created: readonly LogTopic[]): void {
  if (created.length === 0) return;
  const names = new Set(Array.from(draft.topics.values(), ({ name }) => name));
  for (const topic of created) {
    if (names.has(topic.name)) throw unsound(`creates topic '${topic.name}' twice`);
    names.add(topic.name);
    create(draft, topic);
  }
}

function create(draft: Draft, topic: LogTopic): void {
  if (topic.id < draft.nextTopic) throw unsound(`creates topic ${topic.id}, and ids below ${draft.nextTopic} were given`);
  draft.topics.set(topic.id, topic);
  draft.nextTopic = topic.id + 1;
  for (let partition = 0; partition < topic.partitions; partition++) {
    draft.partitions.set(logKey(topic.id, partition), { topic: topic.id, partition, parts: [], agedTo: 0 });
  }
}

function drop(draft: Draft, id: TopicId): void {
  const topic = draft.topics.get(id);
  if (topic === undefined) throw unsound(`drops topic ${id}, which is not there`);
  draft.topics.delete(id);
  for (let partition = 0; partition < topic.partitions; partition++) draft.partitions.delete(logKey(id, partition));
  for (const [key, group] of draft.groups) if (group.topic === id) draft.groups.delete(key);
}

/** A change of a topic that was dropped meanwhile changes nothing: its blobs are garbage of this edit. */
function applyChange(draft: Draft, change: LogChange): void {
  const key = logKey(change.topic, change.partition);
  const before = draft.partitions.get(key);
  if (before === undefined) return;
  const kept = before.parts.filter((part) => !change.removed.some((name) => isSamePart(name, partName(part))));
  if (kept.length !== before.parts.length - change.removed.length) throw unsound(`removes a part of ${key} that is not there`);
  const agedTo = change.agedTo ?? before.agedTo;
  if (agedTo < before.agedTo) throw unsound(`lowers what is aged of ${key} from ${before.agedTo} to ${agedTo}`);
  const parts = [...kept, ...change.added].sort((a, b) => a.firstOffset - b.firstOffset);
  refuseOverlap(key, parts, agedTo);
  for (const { staged } of change.added) for (const { id } of staged) draft.staged.delete(id);
  draft.partitions.set(key, { ...before, parts, agedTo });
}

function refuseOverlap(key: string, parts: readonly LogPart[], agedTo: Offset): void {
  let next = 0;
  for (const { firstOffset, lastOffset } of parts) {
    if (firstOffset < next || lastOffset < firstOffset) throw unsound(`makes parts of ${key} overlap at offset ${firstOffset}`);
    next = lastOffset + 1;
  }
  if (next > agedTo) throw unsound(`adds records of ${key} up to ${next - 1}, but only those below ${agedTo} are aged`);
}

function unsound(what: string): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `An edit ${what}; nothing was changed.`);
}
