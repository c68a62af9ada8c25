import type { BlobId } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { LogCatalog } from '../storage/log/catalog.ts';
import { FrameReader } from '../storage/log/frame-reader.ts';
import { logKey } from '../storage/log/part.ts';
import { staleManifest } from '../storage/tablet/sweep.ts';
import type { Group } from '../storage/wal/group.ts';
import { Wal } from '../storage/wal/wal.ts';
import { memtablesLimit } from './limits.ts';
import { type GroupSize, Memtables } from './memtables.ts';
import type { Store } from './store.ts';

/** The log as memtables, sealed as they were full. */
export interface Replayed {
  readonly wal: Wal;
  readonly memtables: Memtables;
  readonly lastSequence: number;
  /** Keys and records. */
  readonly entries: number;
  /** Staged values that some record refers to. */
  readonly staged: ReadonlySet<BlobId>;
}

/** Reads the log back into memory. What tables and parts hold already is passed over, so replaying twice changes nothing. */
export async function replay(store: Store, options: EngineOptions, runtime: Runtime): Promise<Replayed> {
  const { walFloor: floor, memtableFloor, lastSequence, version } = store.state;
  const memtables = new Memtables({ number: memtableFloor, segment: floor }, options.memtableBytes, memtablesLimit(options));
  const filling = new Filling(memtables, lastSequence, version.logs, new Set(store.orphans));
  const tools = { checksum: runtime.checksum, turn: () => runtime.turn(), random: () => runtime.random() };
  const wal = await Wal.open(runtime.files, store.paths.wal, tools, (group, segment) => filling.add(group, segment), { floor });
  if (memtables.live.isEmpty) memtables.startAt(wal.current);
  const { lastSequence: last, entries, staged } = filling;
  return { wal, memtables, lastSequence: last, entries, staged };
}

class Filling {
  readonly #memtables: Memtables;
  readonly #flushed: number;
  readonly #logs: LogCatalog;
  readonly #orphans: ReadonlySet<BlobId>;
  readonly staged = new Set<BlobId>();
  lastSequence: number;
  entries = 0;

  constructor(memtables: Memtables, flushed: number, logs: LogCatalog, orphans: ReadonlySet<BlobId>) {
    this.#memtables = memtables;
    this.#flushed = flushed;
    this.#logs = logs;
    this.#orphans = orphans;
    this.lastSequence = flushed;
  }

  add(group: Group, segment: number): void {
    if (this.#wasRefused(group)) {
      // It stays in the log, so its sequences are taken.
      this.lastSequence = Math.max(this.lastSequence, group.firstSequence + group.count - 1);
      return;
    }
    const wanted = this.#wanted(group);
    const { count, records, groups = [] } = wanted;
    if (count === 0 && records === undefined && groups.length === 0) return;
    const memtables = this.#memtables;
    const size: GroupSize = {
      bytes: group.end - group.start,
      count: group.count,
      logBytes: logBytesOf(group),
      rangeDeletes: group.rangeDeletes,
    };
    if (!memtables.live.fits(size)) memtables.seal(segment, size);
    if (memtables.live.isEmpty) memtables.startAt(segment);
    memtables.live.apply(wanted);
    this.lastSequence = Math.max(this.lastSequence, wanted.firstSequence + count - 1);
    this.entries += count + (records?.count ?? 0);
  }

  /**
   * A write whose append failed can come back if the process dies before the log is cut. What was staged for it has been
   * given back by then: such a group must not come back without its values. A value that is there, and that the manifest
   * never heard of, was not given back.
   */
  #wasRefused({ records }: Group): boolean {
    if (records === undefined) return false;
    const frames = new FrameReader(records.bytes, records.start, records.end);
    while (frames.next()) {
      const { staged } = frames;
      if (staged === undefined || !this.#isUnaged(frames) || this.#logs.staged.has(staged.id)) continue;
      if (this.#orphans.has(staged.id)) throw staleManifest('the large value of a record in the log', 'none', [staged.id]);
      return true;
    }
    return false;
  }

  /** Of a topic that is still there, and in no part. */
  #isUnaged({ topic, partition, record }: FrameReader): boolean {
    const { nextTopic } = this.#logs;
    if (topic >= nextTopic) throw staleManifest(`topics below number ${nextTopic} in the log`, `records of topic ${topic}`);
    const state = this.#logs.partitions.get(logKey(topic, partition));
    return state !== undefined && record.offset >= state.agedTo;
  }

  /** What of the group is not on disk otherwise. */
  #wanted({ records, groups, ...entries }: Group): Group {
    const isFlushed = entries.firstSequence + entries.count - 1 <= this.#flushed;
    const unaged = records && this.#unaged(records);
    return {
      ...(isFlushed ? { ...entries, count: 0, end: entries.start } : entries),
      ...(unaged && unaged.count > 0 && { records: unaged }),
      ...(groups && { groups: groups.filter(({ topic }) => this.#logs.topics.has(topic)) }),
    };
  }

  #unaged({ bytes, start, end }: NonNullable<Group['records']>): NonNullable<Group['records']> {
    const frames = new FrameReader(bytes, start, end);
    const kept = new Uint8Array(end - start);
    let length = 0;
    let count = 0;
    while (frames.next()) {
      if (!this.#isUnaged(frames)) continue;
      kept.set(bytes.subarray(frames.frameStart, frames.frameEnd), length);
      length += frames.frameEnd - frames.frameStart;
      count++;
      if (frames.staged !== undefined) this.staged.add(frames.staged.id);
    }
    return { bytes: kept, start: 0, end: length, count };
  }
}

function logBytesOf({ records, groups = [] }: Group): number {
  return (records === undefined ? 0 : records.end - records.start) + groups.length;
}
