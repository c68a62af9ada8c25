import { LithifyError } from '../../protocol/errors.ts';
import type { KeyRange } from '../entry.ts';
import { EntryKind } from '../entry.ts';
import { type RangeDelete, RangeDeletes } from '../range-deletes/range-deletes.ts';
import type { Group } from '../wal/group.ts';
import { type Arena, attachArena, createArena, entriesStart, POINT_TABLE, publish } from './arena.ts';
import { keyLengthAt, keyStartAt, valueLengthAt } from './entry-layout.ts';
import { type CursorRange, MemtableCursor } from './memtable-cursor.ts';
import { DELTAS, INNER_WORDS, LEAF_WORDS, REFS, wordsFor } from './node-layout.ts';
import { OrderedIndex } from './ordered-index.ts';
import { MISS, PointIndex } from './point-index.ts';

/** A memtable on its way to another thread. `buffer` is shared where the platform can, copied where not. */
export interface SharedMemtable {
  readonly number: number;
  readonly buffer: ArrayBufferLike;
}

export interface MemtableEntry {
  /** One of EntryKind: a deletion is found too, and a range delete as one of its first key. */
  readonly kind: number;
  readonly seq: number;
  /** A view: the arena's bytes never move or change, so it stays good and keeps the memtable's buffer alive. */
  readonly value: Uint8Array;
}

const MAX_DELTA = 2 ** 31 - 1;

/**
 * The newest writes, in memory and in order: all versions of all keys, until they are flushed. Entries are copied a
 * whole group at a time from the WAL's record; two indexes over them (ordered-index.ts, point-index.ts) stand in the
 * same buffer. Reads may go on while groups are applied: they tell old from new by sequence.
 */
export class Memtable {
  readonly #arena: Arena;
  readonly #ordered: OrderedIndex;
  readonly #points: PointIndex;
  /** What of the last group is not in the indexes yet. */
  #pendingAt = 0;
  #pendingDelta = 0;
  #pendingLast = 0;
  #lastPoint = 0;
  #rangeDeletes = RangeDeletes.none;

  private constructor(arena: Arena) {
    this.#arena = arena;
    this.#ordered = new OrderedIndex(arena.bytes, arena.words, arena.state);
    this.#points = new PointIndex(arena.bytes, arena.words, POINT_TABLE, arena.state);
    this.#pendingAt = arena.state.used;
  }

  /** `capacityBytes`: what it takes, all in all, from now on. */
  static create(number: number, capacityBytes: number): Memtable {
    return new Memtable(createArena(number, capacityBytes));
  }

  /** Another thread's memtable as it was when it was handed over. For reading only, and only when nobody writes. */
  static attach(shared: SharedMemtable): Memtable {
    return new Memtable(attachArena(shared.buffer));
  }

  /** Can an empty memtable of this size take such a group? */
  static canHold(capacityBytes: number, groupBytes: number, count: number): boolean {
    const size = capacityBytes - (capacityBytes % 8);
    return entriesStart(size) + groupBytes + 4 * wordsFor(count) <= size;
  }

  get shared(): SharedMemtable {
    return { number: this.number, buffer: this.#arena.bytes.buffer };
  }
  get number(): number {
    return this.#arena.number;
  }
  get capacity(): number {
    return this.#arena.bytes.length;
  }
  get entries(): number {
    return this.#arena.state.entries;
  }
  /** What entries and nodes take. */
  get bytes(): number {
    const { state, bytes } = this.#arena;
    return state.used - entriesStart(bytes.length) + bytes.length - 4 * state.top;
  }
  /** About what of them the keys in a range take. */
  bytesIn({ gte, lt }: KeyRange): number {
    const to = lt === undefined ? 1 : this.#ordered.shareBefore(lt);
    const from = gte === undefined ? 0 : this.#ordered.shareBefore(gte);
    return Math.max(0, Math.round((to - from) * this.bytes));
  }
  /** 0 while empty. */
  get firstSequence(): number {
    return this.#arena.state.firstSequence;
  }
  /** 0 while empty. */
  get lastSequence(): number {
    return this.#arena.state.lastSequence;
  }

  /** Of the newest entry that is not a range delete; 0: there is none. */
  get lastPointSequence(): number {
    return this.#lastPoint;
  }
  /**
   * Made anew at each addition, so that a reader may keep it; it knows no more of them than its sequence lets it see. Keys
   * are copies. Not handed over to other threads: `none` there.
   */
  get rangeDeletes(): RangeDeletes {
    return this.#rangeDeletes;
  }

  /** Is there room for a group of so many bytes of entries, whatever its keys are? */
  fits(groupBytes: number, count: number): boolean {
    const { state, words } = this.#arena;
    const inAll = words.length - wordsFor(state.entries + count);
    const ifAllSplit = state.top - count * (LEAF_WORDS + state.depth * INNER_WORDS);
    return state.used + groupBytes <= 4 * Math.max(inAll, ifAllSplit);
  }

  /** Adds a group that `fits`. Its sequences are above all that the memtable has. */
  apply(group: Group): void {
    this.begin(group);
    this.advance(Number.POSITIVE_INFINITY);
  }

  /** `apply` in parts, for large groups: copies the entries; `advance` brings them in. Readers see those brought in. */
  begin(group: Group): void {
    const { bytes, state } = this.#arena;
    const size = group.end - group.start;
    if (this.#pendingAt !== state.used) throw broken('the last group is not all in yet');
    if (!this.fits(size, group.count)) throw broken('the group does not fit');
    if (group.firstSequence <= state.lastSequence) throw broken('sequences do not ascend');
    const delta = state.entries === 0 ? 0 : group.firstSequence - state.firstSequence;
    if (delta + group.count > MAX_DELTA) throw broken('sequences are too far apart');
    if (state.entries === 0) state.firstSequence = group.firstSequence;
    this.#pendingDelta = delta;
    this.#pendingLast = group.firstSequence + group.count - 1;
    bytes.set(group.bytes.subarray(group.start, group.end), state.used);
    state.used += size;
  }

  /** Brings up to `most` further entries in; true when all are. */
  advance(most: number): boolean {
    const { bytes, state } = this.#arena;
    const ordered = this.#ordered;
    const points = this.#points;
    const end = state.used;
    let at = this.#pendingAt;
    let delta = this.#pendingDelta;
    let lastPoint = -1;
    let rangeDeletes: RangeDelete[] | undefined;
    for (let left = most; at < end && left > 0; left--) {
      ordered.insert(at, delta);
      points.set(at, delta);
      if (bytes[at] === EntryKind.rangeDelete) (rangeDeletes ??= []).push(this.#rangeDeleteAt(at, delta));
      else lastPoint = delta;
      delta++;
      at = keyStartAt(bytes, at) + keyLengthAt(bytes, at) + valueLengthAt(bytes, at);
    }
    this.#pendingAt = at;
    this.#pendingDelta = delta;
    if (lastPoint >= 0) this.#lastPoint = state.firstSequence + lastPoint;
    if (rangeDeletes !== undefined) this.#rangeDeletes = this.#rangeDeletes.with(rangeDeletes);
    if (at === end) state.lastSequence = this.#pendingLast;
    publish(this.#arena);
    return at === end;
  }

  #rangeDeleteAt(ref: number, delta: number): RangeDelete {
    const { bytes, state } = this.#arena;
    const keyStart = keyStartAt(bytes, ref);
    const keyEnd = keyStart + keyLengthAt(bytes, ref);
    const end = bytes.slice(keyEnd, keyEnd + valueLengthAt(bytes, ref));
    return { start: bytes.slice(keyStart, keyEnd), ...(end.length > 0 && { end }), seq: state.firstSequence + delta };
  }

  /** The newest version of the key with a sequence of at most `maxSequence`. */
  get(key: Uint8Array, maxSequence: number): MemtableEntry | undefined {
    const { bytes, state } = this.#arena;
    const newest = maxSequence - state.firstSequence;
    let ref = this.#points.find(key, 0, key.length);
    let delta = this.#points.delta;
    if (ref === MISS) return undefined;
    if (ref < 0 || delta > newest) {
      // Rare: an older version than the newest, or a table that overflowed.
      if (!this.#locate(key, newest)) return undefined;
      ref = this.#arena.words[this.#ordered.leaf + REFS + this.#ordered.slot];
      delta = this.#arena.words[this.#ordered.leaf + DELTAS + this.#ordered.slot];
    }
    const valueStart = keyStartAt(bytes, ref) + key.length;
    const value = bytes.subarray(valueStart, valueStart + valueLengthAt(bytes, ref));
    return { kind: bytes[ref], seq: state.firstSequence + delta, value };
  }

  #locate(key: Uint8Array, newest: number): boolean {
    const ordered = this.#ordered;
    ordered.locate(key, 0, key.length, Math.min(newest, MAX_DELTA));
    if (ordered.isPastEnd()) return false;
    return ordered.compareKey(key, 0, key.length, this.#arena.words[ordered.leaf + REFS + ordered.slot], 0) === 0;
  }

  /** All versions in the range, in order; see merge/cursor.ts. Goes on over what is applied meanwhile. */
  cursor(range: CursorRange = {}): MemtableCursor {
    return new MemtableCursor(this.#arena, this.#ordered, range);
  }
}

function broken(what: string): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `A group cannot go into the memtable: ${what}.`);
}
