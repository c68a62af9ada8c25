import type { Offset } from '../../../protocol/log.ts';
import { EntryKind } from '../../entry.ts';
import { groupKey, type StoredGroup } from '../../log/catalog.ts';
import { FrameBuilder } from '../../log/frame-builder.ts';
import { FrameReader } from '../../log/frame-reader.ts';
import { logKey, type PartitionId } from '../../log/part.ts';
import { Memtable } from '../../memtable/memtable.ts';
import type { RangeDelete } from '../../range-deletes/range-deletes.ts';
import { forEachEntry } from '../../wal/decode-group.ts';
import type { Group } from '../../wal/group.ts';
import type { Knowledge } from '../manifest/knowledge.ts';

/** Records of a topic partition that stand in the log, as frames. */
export interface PartitionFrames extends PartitionId {
  readonly frames: FrameBuilder;
  next: Offset;
}

const LEAST_MEMTABLE_BYTES = 8 * 1024 * 1024;

/** What the write-ahead log holds, whole groups only, in memory: it is as large as memtables may be. */
export class WalContents {
  readonly #flushedTo: number;
  /** Of entries that tables have too. */
  readonly #flushed: Memtable[] = [];
  readonly #fresh: Memtable[] = [];
  readonly rangeDeletes: RangeDelete[] = [];
  /** By `logKey`. */
  readonly partitions = new Map<string, PartitionFrames>();
  /** By `groupKey`; the last that was committed. */
  readonly groups = new Map<string, StoredGroup>();
  /** Bytes of the largest entry. */
  maxBytes = 0;

  /** `flushedTo`: entries up to this sequence are in tables, unless they were lost there. */
  constructor(flushedTo: number) {
    this.#flushedTo = flushedTo;
  }

  /**
   * The newest first: that one counts where two have an entry with the same sequence, of which one was refused.
   * `withFlushed`: what is in tables too comes again. Only where nothing of the log is lost: a compaction may have dropped an
   * entry together with its deletion, and then the log must have that as well.
   */
  memtables(withFlushed: boolean): readonly Memtable[] {
    return [...(withFlushed ? this.#flushed : []), ...this.#fresh].reverse();
  }

  add(group: Group): void {
    if (group.count > 0) this.#addEntries(group);
    if (group.records !== undefined) this.#addRecords(group.records);
    for (const one of group.groups ?? []) this.groups.set(groupKey(one), one);
  }

  #addEntries(group: Group): void {
    this.#memtableFor(group).apply(group);
    forEachEntry(group, (kind, keyStart, keyEnd, valueEnd, seq) => {
      this.maxBytes = Math.max(this.maxBytes, valueEnd - keyStart);
      if (kind !== EntryKind.rangeDelete) return;
      const end = group.bytes.slice(keyEnd, valueEnd);
      this.rangeDeletes.push({ start: group.bytes.slice(keyStart, keyEnd), ...(end.length > 0 && { end }), seq });
    });
  }

  #memtableFor({ start, end, count, firstSequence }: Group): Memtable {
    const memtables = firstSequence + count - 1 <= this.#flushedTo ? this.#flushed : this.#fresh;
    const bytes = end - start;
    const last = memtables.at(-1);
    if (last?.fits(bytes, count) && firstSequence > last.lastSequence) return last;
    let capacity = LEAST_MEMTABLE_BYTES;
    while (!Memtable.canHold(capacity, bytes, count)) capacity *= 2;
    const made = Memtable.create(memtables.length + 1, capacity);
    memtables.push(made);
    return made;
  }

  /** In the order of their offsets; what comes twice, moved from one segment to the next, is taken once. */
  #addRecords({ bytes, start, end }: NonNullable<Group['records']>): void {
    const frames = new FrameReader(bytes, start, end);
    while (frames.next()) {
      const { topic, partition, record, staged } = frames;
      const known = this.#partition({ topic, partition });
      if (record.offset < known.next) continue;
      known.frames.copy(topic, partition, record, staged);
      known.next = record.offset + 1;
    }
  }

  #partition({ topic, partition }: PartitionId): PartitionFrames {
    const key = logKey(topic, partition);
    let known = this.partitions.get(key);
    if (known === undefined) this.partitions.set(key, (known = { topic, partition, frames: new FrameBuilder(), next: 0 }));
    return known;
  }
}

/**
 * Was the write refused when it was made? The log brings such a one back if the process died before the log was cut; the large
 * values that it refers to had been given back by then, so that nobody knows of them.
 */
export function isRefused({ records }: Group, { partitions, staged: known }: Pick<Knowledge, 'partitions' | 'staged'>): boolean {
  if (records === undefined) return false;
  const frames = new FrameReader(records.bytes, records.start, records.end);
  while (frames.next()) {
    const { topic, partition, record, staged } = frames;
    const state = staged && partitions.get(logKey(topic, partition));
    if (state !== undefined && record.offset >= state.agedTo && !known.has(staged?.id ?? -1)) return true;
  }
  return false;
}
