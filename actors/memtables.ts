import type { MemtableStats } from '../protocol/stats.ts';
import { groupKey, type StoredGroup } from '../storage/log/catalog.ts';
import { encodedGroupBytes } from '../storage/log/group-commits.ts';
import { LogTable } from '../storage/log/log-table.ts';
import { Memtable } from '../storage/memtable/memtable.ts';
import type { Group } from '../storage/wal/group.ts';

/** What a group needs room for: entries of keys, and what else it brings. Bytes. */
export interface GroupSize {
  readonly bytes: number;
  readonly count: number;
  readonly logBytes: number;
  /** How many of `count` are range deletes. Absent: none. */
  readonly rangeDeletes?: number;
}

/** Positions in a log table are 32-bit numbers. */
const MOST_LOG_BYTES = 2 ** 30;

/**
 * Range deletes in one memtable. They are kept in memory beside it, about 2 KiB each with long histories, so that they are
 * bounded for themselves; every reader of the memtable asks them.
 */
const MOST_RANGE_DELETES = 1000;
/** So many may come in one group: an empty memtable takes them all. */
export const MOST_RANGE_DELETES_A_GROUP = 256;

/** Everything that came between two seals: entries of keys, records of topics, what groups committed. */
export class LiveMemtable {
  readonly memtable: Memtable;
  readonly log: LogTable;
  /** By `groupKey`: the last that each committed in this time. */
  readonly groups = new Map<string, StoredGroup>();
  /** The WAL segment of the first group: once this is flushed, older segments are not needed. */
  firstSegment: number;
  #groupBytes = 0;

  constructor(number: number, capacity: number, firstSegment: number) {
    this.memtable = Memtable.create(number, capacity);
    this.log = LogTable.create(Math.min(capacity, MOST_LOG_BYTES));
    this.firstSegment = firstSegment;
  }

  get isEmpty(): boolean {
    return this.memtable.entries + this.log.records + this.groups.size === 0;
  }
  get bytes(): number {
    return this.memtable.bytes + this.log.bytes + this.#groupBytes;
  }

  /** Entries, records and groups share one budget: that of the memtable. */
  fits({ bytes, count, logBytes, rangeDeletes = 0 }: GroupSize): boolean {
    const before = this.memtable.rangeDeletes.size;
    if (before > 0 && before + rangeDeletes > MOST_RANGE_DELETES) return false;
    return this.memtable.fits(this.log.bytes + this.#groupBytes + logBytes + bytes, count);
  }

  noteGroups(groups: readonly StoredGroup[]): void {
    for (const group of groups) {
      this.#groupBytes += encodedGroupBytes(group);
      this.groups.set(groupKey(group), group);
    }
  }

  /** All of a group at once: for replay. */
  apply(group: Group): void {
    if (group.count > 0) this.memtable.apply(group);
    if (group.records !== undefined) this.log.append(group.records.bytes, group.records.start, group.records.end);
    this.noteGroups(group.groups ?? []);
  }
}

/** The active memtable and the sealed ones that wait for their flush, in sealing order. */
export class Memtables {
  readonly #bytesEach: number;
  readonly #limit: number;
  #active: LiveMemtable;
  #sealed: readonly LiveMemtable[] = [];
  /** Newest first, for readers; made anew at each change, so that a reader may keep it. */
  #forReading: readonly Memtable[] = [];
  #logs: readonly LogTable[] = [];

  /** `bytesEach`: capacity of one; `limit`: how many there may be at once. */
  constructor(first: { number: number; segment: number }, bytesEach: number, limit: number) {
    this.#bytesEach = bytesEach;
    this.#limit = limit;
    this.#active = new LiveMemtable(first.number, bytesEach, first.segment);
    this.#refresh();
  }

  get live(): LiveMemtable {
    return this.#active;
  }

  get active(): Memtable {
    return this.#active.memtable;
  }

  get sealed(): readonly LiveMemtable[] {
    return this.#sealed;
  }

  get forReading(): readonly Memtable[] {
    return this.#forReading;
  }

  /** Records of topics, oldest table first; made anew at each change. */
  get logs(): readonly LogTable[] {
    return this.#logs;
  }

  /** How many there may be at once. */
  get limit(): number {
    return this.#limit;
  }

  get bytes(): number {
    return [this.#active, ...this.#sealed].reduce((sum, live) => sum + live.bytes, 0);
  }

  get limitBytes(): number {
    return this.#limit * this.#bytesEach;
  }

  /** Seals the active one; the next can take a group of this size. */
  seal(nextSegment: number, size: GroupSize): LiveMemtable {
    const sealed = this.#active;
    // An empty one that is only too small is replaced, not flushed.
    if (!sealed.isEmpty) this.#sealed = [...this.#sealed, sealed];
    this.#active = new LiveMemtable(sealed.memtable.number + 1, capacityFor(this.#bytesEach, size), nextSegment);
    this.#refresh();
    return sealed;
  }

  /** The active one is empty, and its first group will be in this segment. */
  startAt(segment: number): void {
    this.#active.firstSegment = segment;
  }

  /** What the WAL floor becomes when the oldest sealed one is flushed. */
  floorAfterOldest(): number {
    return (this.#sealed[1] ?? this.#active).firstSegment;
  }

  /** The oldest sealed one is in a table and in parts now. */
  dropOldest(): void {
    this.#sealed = this.#sealed.slice(1);
    this.#refresh();
  }

  stats(): { active: MemtableStats; sealed: MemtableStats[]; bytes: number; limit: number } {
    return {
      active: statsOf(this.#active),
      sealed: this.#sealed.map(statsOf),
      bytes: this.bytes,
      limit: this.limitBytes,
    };
  }

  #refresh(): void {
    const newestFirst = [this.#active, ...this.#sealed.toReversed()];
    this.#forReading = newestFirst.map((live) => live.memtable);
    this.#logs = newestFirst.map((live) => live.log).reverse();
  }
}

/** Tiny entries need several times their size in nodes: then one group may want more than a memtable's usual size. */
function capacityFor(usual: number, { bytes, count, logBytes }: GroupSize): number {
  let capacity = usual;
  while (!Memtable.canHold(capacity, bytes + logBytes, count)) capacity *= 2;
  return capacity;
}

function statsOf({ memtable, log, bytes }: LiveMemtable): MemtableStats {
  return { number: memtable.number, entries: memtable.entries + log.records, bytes };
}
