import type { TopicId } from '../../../protocol/log.ts';
import type { BlobId } from '../../../protocol/messages.ts';
import {
  groupKey,
  isSamePart,
  type LogChange,
  type LogEdit,
  type LogTopic,
  logBlobs,
  partName,
  type StoredGroup,
} from '../../log/catalog.ts';
import { type BlobExtent, type LogState, logKey } from '../../log/part.ts';
import type { RangeDelete } from '../../range-deletes/range-deletes.ts';
import type { TableMeta } from '../../sst/table.ts';
import type { VersionEdit } from '../../tablet/contract.ts';
import type { ManifestState } from '../../tablet/manifest-state.ts';
import { allTables } from '../../tablet/version.ts';

/**
 * What is known of a store, as far as its manifest can be read. Not a version: where entries are missing tables of a level
 * may overlap and parts of a topic too, and nothing here minds.
 */
export class Knowledge {
  readonly tables = new Map<BlobId, TableMeta>();
  /** Blobs that were live once and are not any more. */
  readonly gone = new Set<BlobId>();
  readonly rangeDeletes = new Map<number, RangeDelete>();
  readonly topics = new Map<TopicId, LogTopic>();
  readonly droppedTopics = new Set<TopicId>();
  /** By `logKey`. */
  readonly partitions = new Map<string, LogState>();
  readonly staged = new Map<BlobId, BlobExtent>();
  readonly groups = new Map<string, StoredGroup>();
  walFloor = 0;
  /** Of all tables. */
  lastSequence = 0;
  /** Topics get ids from here on. */
  nextTopic = 1;

  static of(state: ManifestState): Knowledge {
    const known = new Knowledge();
    const { version, garbage, walFloor, lastSequence } = state;
    const { logs } = version;
    for (const table of allTables(version)) known.tables.set(table.id, table);
    for (const { id } of garbage) known.gone.add(id);
    for (const one of version.rangeDeletes.list) known.rangeDeletes.set(one.seq, one);
    for (const topic of logs.topics.values()) known.topics.set(topic.id, topic);
    for (const [key, partition] of logs.partitions) known.partitions.set(key, partition);
    for (const [id, extent] of logs.staged) known.staged.set(id, extent);
    for (const [key, group] of logs.groups) known.groups.set(key, group);
    return Object.assign(known, { walFloor, lastSequence, nextTopic: logs.nextTopic });
  }

  /** Every blob that the store needs. */
  get live(): Set<BlobId> {
    const logs = [
      ...logBlobs({ partitions: this.partitions, staged: this.staged, topics: this.topics, groups: this.groups, nextTopic: 0 }),
    ];
    return new Set([...this.tables.keys(), ...logs.map(({ id }) => id)]);
  }

  /** Makes the change as far as it can be made: what it takes away need not be there. */
  apply(edit: VersionEdit): void {
    for (const { id } of edit.removed) this.tables.delete(id);
    for (const { table } of edit.added) this.tables.set(table.id, table);
    for (const { id } of edit.garbage) this.gone.add(id);
    for (const id of edit.collected) this.gone.add(id);
    for (const one of edit.rangeDeletes?.added ?? []) this.rangeDeletes.set(one.seq, one);
    for (const seq of edit.rangeDeletes?.removed ?? []) this.rangeDeletes.delete(seq);
    this.walFloor = Math.max(this.walFloor, edit.walFloor ?? 0);
    this.lastSequence = Math.max(this.lastSequence, edit.lastSequence ?? 0);
    this.nextTopic = Math.max(this.nextTopic, edit.nextTopic ?? 0);
    if (edit.log !== undefined) this.#applyLog(edit.log);
    for (const id of this.gone) this.tables.delete(id);
  }

  #applyLog(edit: LogEdit): void {
    for (const topic of edit.created ?? []) this.#create(topic);
    for (const extent of edit.staged ?? []) this.staged.set(extent.id, extent);
    for (const change of edit.changes ?? []) this.#change(change);
    for (const group of edit.groups ?? []) this.groups.set(groupKey(group), group);
    for (const group of edit.groupsForgotten ?? []) this.groups.delete(groupKey(group));
    for (const id of edit.unstaged ?? []) this.staged.delete(id);
    for (const topic of edit.dropped ?? []) this.#drop(topic);
  }

  #create(topic: LogTopic): void {
    this.topics.set(topic.id, topic);
    this.nextTopic = Math.max(this.nextTopic, topic.id + 1);
    for (let partition = 0; partition < topic.partitions; partition++) this.#partition(topic.id, partition);
  }

  #partition(topic: TopicId, partition: number): LogState {
    const key = logKey(topic, partition);
    const state = this.partitions.get(key) ?? { topic, partition, parts: [], agedTo: 0 };
    this.partitions.set(key, state);
    return state;
  }

  #change({ topic, partition, removed, added, agedTo = 0 }: LogChange): void {
    if (this.droppedTopics.has(topic)) return;
    const before = this.#partition(topic, partition);
    const kept = before.parts.filter((part) => ![...removed, ...added.map(partName)].some((name) => isSamePart(name, partName(part))));
    const parts = [...kept, ...added].sort((a, b) => a.firstOffset - b.firstOffset);
    for (const { staged } of added) for (const { id } of staged) this.staged.delete(id);
    this.partitions.set(logKey(topic, partition), { ...before, parts, agedTo: Math.max(agedTo, before.agedTo) });
  }

  #drop(id: TopicId): void {
    this.droppedTopics.add(id);
    this.topics.delete(id);
    for (const [key, { topic }] of this.partitions) if (topic === id) this.partitions.delete(key);
    for (const [key, { topic }] of this.groups) if (topic === id) this.groups.delete(key);
  }
}
