import { LithifyError } from '../protocol/errors.ts';
import type { Offset } from '../protocol/log.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { StoredGroup } from '../storage/log/catalog.ts';
import { STAGED_REFERENCE_BYTES } from '../storage/log/frame.ts';
import type { FrameBuilder, Numbered } from '../storage/log/frame-builder.ts';
import { encodedGroupBytes } from '../storage/log/group-commits.ts';
import type { PartitionId, StagedValue } from '../storage/log/part.ts';
import { type EncodableRecord, MOST_RECORD_OVERHEAD } from '../storage/log/record.ts';
import { Memtable } from '../storage/memtable/memtable.ts';
import { keyBounds } from '../storage/range-deletes/key-bounds.ts';
import { GroupBuilder, MOST_PREFIX_BYTES } from '../storage/wal/group.ts';
import type { LogNumbers } from './logs/log-numbers.ts';
import { MOST_RANGE_DELETES_A_GROUP } from './memtables.ts';

/** One write of a caller: lands whole or not at all. */
export interface WriteOperation {
  readonly type: 'put' | 'del';
  readonly key: Uint8Array;
  /** Present for a put. */
  readonly value?: Uint8Array;
}

/** A record on its way to the log. */
export interface RecordToWrite extends PartitionId {
  readonly record: EncodableRecord;
  /** Where its value lies; the record's own is empty then. */
  readonly staged?: StagedValue;
}

/** Everything that one write can bring: it lands as a whole or not at all. */
export interface WriteSet {
  readonly operations: readonly WriteOperation[];
  readonly records: readonly RecordToWrite[];
  readonly groups: readonly StoredGroup[];
  /** Asked when everything before this write is readable and nothing else can come between; an error refuses the write. */
  readonly check?: () => Promise<LithifyError | undefined>;
}

/** Offsets of a write's records, in order; to be called once the write is done. */
export type Offsets = () => Offset[];

/** Something that needs a moment in which nothing is in memory and nothing is committed; see `Writer.exclusively`. */
export interface Exclusive {
  /** For people: what writers wait for meanwhile. */
  readonly why: string;
  /** Resolves with how many sequences it used, from this one on. */
  readonly run: (firstSequence: number) => Promise<number>;
}

/** Writes that go to disk together. All their callers wait for one promise. */
export interface CommitGroup {
  readonly builder: GroupBuilder;
  readonly done: Promise<void>;
  readonly check?: WriteSet['check'];
  /** Nothing is written; this is run when its turn has come. */
  readonly exclusive?: Exclusive;
  sync: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

const MiB = 1024 * 1024;

/**
 * Groups gather here while one is under way. The last one is open for more, up to about 1 MiB. A group never spans two
 * memtables, so none is made that an empty memtable cannot hold, the nodes of its index included.
 */
export class CommitQueue {
  readonly #groups: CommitGroup[] = [];
  readonly #spare: GroupBuilder[] = [];
  readonly #memtableBytes: number;
  readonly #groupBytes: number;
  readonly #maxBytes: number;
  readonly #numbers: LogNumbers;

  constructor({ memtableBytes }: { memtableBytes: number }, numbers: LogNumbers) {
    this.#numbers = numbers;
    this.#memtableBytes = memtableBytes;
    this.#maxBytes = Math.floor(memtableBytes / 2);
    this.#groupBytes = Math.min(MiB, this.#maxBytes);
  }

  get length(): number {
    return this.#groups.length;
  }

  /** What its groups hold for their callers. */
  get bytes(): number {
    return this.#groups.reduce((sum, { builder }) => sum + builder.bytes + builder.logBytes, 0);
  }

  get head(): CommitGroup | undefined {
    return this.#groups[0];
  }

  /** The group's promise; nothing is queued when the write is refused. */
  put(key: Uint8Array, value: Uint8Array, sync: boolean): Promise<void> {
    const group = this.#openFor(key.length + value.length, 1, sync);
    group.builder.put(key, value);
    return group.done;
  }

  delete(key: Uint8Array, sync: boolean): Promise<void> {
    const group = this.#openFor(key.length, 1, sync);
    group.builder.delete(key);
    return group.done;
  }

  /** One entry, however much it covers; a range without keys writes nothing. */
  deleteRange(range: KeyRange, sync: boolean): Promise<void> {
    const bounds = keyBounds(range);
    if (bounds === undefined) return Promise.resolve();
    const { start, end } = bounds;
    const group = this.#openFor(start.length + (end?.length ?? 0), 1, sync);
    group.builder.deleteRange(start, end);
    return group.done;
  }

  batch(operations: readonly WriteOperation[], sync: boolean): Promise<void> {
    if (operations.length === 0) return Promise.resolve();
    const group = this.#openFor(sizeOf(operations), operations.length, sync);
    for (const { key, value } of operations) {
      if (value === undefined) group.builder.delete(key);
      else group.builder.put(key, value);
    }
    return group.done;
  }

  /** Copies everything. The write's promise, and what its records will be numbered. */
  write(set: WriteSet, sync: boolean): { done: Promise<void>; offsets: Offsets } {
    const { operations, records, groups, check } = set;
    const logBytes = records.reduce((sum, one) => sum + recordBytes(one), 0) + groups.reduce((sum, one) => sum + encodedGroupBytes(one), 0);
    const group = this.#openFor(sizeOf(operations), operations.length, sync, logBytes, check);
    const { builder } = group;
    for (const { key, value } of operations) {
      if (value === undefined) builder.delete(key);
      else builder.put(key, value);
    }
    for (const one of groups) builder.commit(one);
    const numbered = records.map((one) => this.#number(builder, one));
    return { done: group.done, offsets: () => numbered.map(({ numbers, index }) => numbers.base + index) };
  }

  /**
   * Records that have their offsets already, in a group that is theirs alone. Copies them. LITHIFY_INVALID_ARGUMENT: one of
   * these offsets was given to another record.
   */
  copy(frames: FrameBuilder, sync: boolean): Promise<void> {
    if (!this.#numbers.areFree(frames.numbered)) throw offsetsTaken(frames.numbered);
    const group = this.#open(frames.length, 0, {});
    group.sync = sync;
    group.builder.frames.adopt(frames);
    this.#numbers.reserve(frames.numbered);
    return group.done;
  }

  /** Takes its turn among the groups. */
  exclusive(exclusive: Exclusive): Promise<void> {
    return this.#open(0, 0, { exclusive }).done;
  }

  /** A group was refused, and with it the offsets of its records: those behind it get them. */
  renumber(): void {
    this.#numbers.renumber(this.#groups.map(({ builder }) => builder.frames));
  }

  /** Takes the head group out: from here on nothing is added to it. */
  shift(): CommitGroup | undefined {
    const [head] = this.#groups;
    const frames = head?.builder.frames;
    if (frames !== undefined && !frames.isFixed && !this.#numbers.areNext(frames.numbered)) this.renumber();
    return this.#groups.shift();
  }

  /** The group has been settled; its buffer serves the next one. */
  recycle(group: CommitGroup): void {
    group.builder.reset();
    if (this.#spare.length < 2) this.#spare.push(group.builder);
  }

  refuseAll(error: LithifyError): void {
    for (const group of this.#groups.splice(0)) group.reject(error);
    this.renumber();
  }

  #number({ frames }: GroupBuilder, { topic, partition, record, staged }: RecordToWrite): { numbers: Numbered; index: number } {
    const numbers = frames.add(topic, partition, record, this.#numbers.promise(topic, partition), staged);
    return { numbers, index: numbers.count - 1 };
  }

  #openFor(bytes: number, count: number, sync: boolean, logBytes = 0, check?: WriteSet['check']): CommitGroup {
    const last = this.#groups.at(-1);
    const joins = last !== undefined && !isAlone(last) && !check && this.#fitsGroup(last.builder, bytes + logBytes, count);
    const group = joins ? last : this.#open(bytes + logBytes, count, check ? { check } : {});
    if (sync) group.sync = true;
    return group;
  }

  #fitsGroup(builder: GroupBuilder, bytes: number, count: number): boolean {
    const all = builder.bytes + builder.logBytes + bytes;
    return all <= this.#groupBytes && this.#fitsMemtable(all, builder.count + count);
  }

  #fitsMemtable(bytes: number, count: number): boolean {
    return Memtable.canHold(this.#memtableBytes, bytes + count * MOST_PREFIX_BYTES, count);
  }

  #open(bytes: number, count: number, alone: Pick<CommitGroup, 'check' | 'exclusive'>): CommitGroup {
    if (bytes > this.#maxBytes || !this.#fitsMemtable(bytes, count)) throw tooLarge(bytes, count, this.#memtableBytes);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const builder = this.#spare.pop() ?? new GroupBuilder();
    const group: CommitGroup = { builder, done: promise, sync: false, ...alone, resolve, reject };
    this.#groups.push(group);
    return group;
  }
}

/** Nothing joins it. */
function isAlone({ check, exclusive, builder }: CommitGroup): boolean {
  return check !== undefined || exclusive !== undefined || builder.frames.isFixed || builder.rangeDeletes >= MOST_RANGE_DELETES_A_GROUP;
}

/** What a record takes in a group, at most. */
export function recordBytes({ record }: RecordToWrite): number {
  let bytes = MOST_RECORD_OVERHEAD + STAGED_REFERENCE_BYTES + record.value.length;
  for (const { key, value } of record.headers) bytes += key.length + value.length + 2 * MOST_PREFIX_BYTES;
  return bytes;
}

function sizeOf(operations: readonly WriteOperation[]): number {
  let bytes = 0;
  for (const { key, value } of operations) bytes += key.length + (value?.length ?? 0);
  return bytes;
}

function offsetsTaken(numbered: readonly Numbered[]): LithifyError {
  const [{ base, partition } = { base: 0, partition: 0 }] = numbered;
  const message = `Records from offset ${base} of partition ${partition} cannot be taken in: such offsets were given to others meanwhile.`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { offset: base, partition } });
}

function tooLarge(bytes: number, entries: number, memtableBytes: number): LithifyError {
  return new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `A write of ${bytes} bytes in ${entries} entries is too large for memtables of ${memtableBytes}: it may take half of one, and its index the rest. Split the batch, or open with a larger memtableBytes.`,
    { details: { bytes, entries, memtableBytes } },
  );
}
