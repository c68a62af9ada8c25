import type { MemtableStats } from '../protocol/stats.ts';
import { Memtable } from '../storage/memtable/memtable.ts';

/** A memtable and the WAL segment of its first group: once it is flushed, older segments are not needed. */
export interface LiveMemtable {
  readonly memtable: Memtable;
  readonly firstSegment: number;
}

/** The active memtable and the sealed ones that wait for their flush, in sealing order. */
export class Memtables {
  readonly #bytesEach: number;
  readonly #limit: number;
  #active: LiveMemtable;
  #sealed: readonly LiveMemtable[] = [];
  /** Newest first, for readers; made anew at each change, so that a reader may keep it. */
  #forReading: readonly Memtable[];

  /** `bytesEach`: capacity of one; `limit`: how many there may be at once. */
  constructor(first: { number: number; segment: number }, bytesEach: number, limit: number) {
    this.#bytesEach = bytesEach;
    this.#limit = limit;
    this.#active = { memtable: Memtable.create(first.number, bytesEach), firstSegment: first.segment };
    this.#forReading = [this.#active.memtable];
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

  /** How many there may be at once. */
  get limit(): number {
    return this.#limit;
  }

  get bytes(): number {
    return this.#forReading.reduce((sum, memtable) => sum + memtable.bytes, 0);
  }

  get limitBytes(): number {
    return this.#limit * this.#bytesEach;
  }

  /** Seals the active one; the next can take a group of this size. */
  seal(nextSegment: number, groupBytes: number, count: number): Memtable {
    const sealed = this.#active;
    const isEmpty = sealed.memtable.entries === 0;
    const capacity = capacityFor(this.#bytesEach, groupBytes, count);
    // An empty one that is only too small is replaced, not flushed.
    if (!isEmpty) this.#sealed = [...this.#sealed, sealed];
    this.#active = { memtable: Memtable.create(sealed.memtable.number + 1, capacity), firstSegment: nextSegment };
    this.#refresh();
    return sealed.memtable;
  }

  /** The active one is empty, and its first group will be in this segment. */
  startAt(segment: number): void {
    this.#active = { ...this.#active, firstSegment: segment };
  }

  /** What the WAL floor becomes when the oldest sealed one is flushed. */
  floorAfterOldest(): number {
    return (this.#sealed[1] ?? this.#active).firstSegment;
  }

  /** The oldest sealed one is in a table now. */
  dropOldest(): void {
    this.#sealed = this.#sealed.slice(1);
    this.#refresh();
  }

  stats(): { active: MemtableStats; sealed: MemtableStats[]; bytes: number; limit: number } {
    return {
      active: statsOf(this.active),
      sealed: this.#sealed.map(({ memtable }) => statsOf(memtable)),
      bytes: this.bytes,
      limit: this.limitBytes,
    };
  }

  #refresh(): void {
    this.#forReading = [this.#active, ...this.#sealed.toReversed()].map((live) => live.memtable);
  }
}

/** Tiny entries need several times their size in nodes: then one group may want more than a memtable's usual size. */
function capacityFor(usual: number, groupBytes: number, count: number): number {
  let capacity = usual;
  while (!Memtable.canHold(capacity, groupBytes, count)) capacity *= 2;
  return capacity;
}

function statsOf({ number, entries, bytes }: Memtable): MemtableStats {
  return { number, entries, bytes };
}
