import type { SnapshotStats } from '../protocol/stats.ts';

/** Holds one moment of the store: what a read at `sequence` sees stays readable, whatever is compacted meanwhile. */
export interface SnapshotHold {
  readonly sequence: number;
  /** Releasing twice is fine. */
  release(): void;
}

interface SnapshotsParts {
  /** Monotonic ms. */
  readonly now: () => number;
  /** Where the caller is, told when it is asked for; undefined: nobody wants to know. */
  readonly whereabouts: (() => () => string | undefined) | undefined;
  /** A moment has gone for which something was kept: there may be versions to drop. At most once a turn of the microtask queue. */
  readonly onAdvanced: () => void;
}

/**
 * Who reads at which moment. Compactions keep the versions that these see, and no others.
 *
 * A job works with the sequences that were held when it began, and that is right also for a hold that is made while it
 * runs. A new hold is at the newest sequence that can be read, or at one that is held already. What a job reads was
 * sealed, or in tables, when it began, so all of it is at or below that newest sequence (`readAt` sees to the one
 * exception), and of every key it keeps the newest version of its inputs, unless that is a delete with nothing beneath:
 * exactly what the new hold can see of them. The same goes for range deletes: those that a job applies were in its
 * memtable or in the version when it began, so a later hold reads after them, and to it what they cover is gone anyhow.
 * And tables are dropped for a range delete only if that was in the version when the order was made.
 */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  /** Ascending, each sequence once. */
  readonly #moments: Moment[] = [];
  #count = 0;
  /** What was handed out last; undefined after a change. Jobs keep it. */
  #sequences: readonly number[] | undefined = [];
  #ordinal = 0;
  /** Moments below this ordinal were there when somebody last asked what is held. */
  #asked = 0;
  #isAdvancing = false;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  /** Of all that are held, ascending; for who keeps something for their sake. */
  get sequences(): readonly number[] {
    this.#asked = this.#ordinal;
    return this.held;
  }

  /** The same for who only looks. */
  get held(): readonly number[] {
    this.#sequences ??= this.#moments.map(({ sequence }) => sequence);
    return this.#sequences;
  }

  get count(): number {
    return this.#count;
  }

  get oldest(): number | undefined {
    return this.sequences[0];
  }

  /** The newest sequence that can be read, or one that is held at this moment: of any other, versions may be gone. */
  hold(sequence: number, owner: string): SnapshotHold {
    this.#count++;
    return new Hold(this.#momentAt(sequence), owner, this.#parts.now(), this.#parts.whereabouts?.(), this);
  }

  /** The one that has been held longest among those at the oldest moment. */
  oldestHold(): Omit<SnapshotStats, 'pinnedBytes'> | undefined {
    const hold = this.#moments[0]?.first;
    return hold && this.#told(hold);
  }

  /** Who has held longest at each moment from `from` to before `to`, oldest moment first; `most` of them. */
  holdsBetween(from: number, to: number, most: number): Omit<SnapshotStats, 'pinnedBytes'>[] {
    const at = this.#placeOf(from);
    return this.#moments
      .slice(at, at + most)
      .filter(({ sequence }) => sequence < to)
      .flatMap(({ first }) => (first === undefined ? [] : this.#told(first)));
  }

  #told({ owner, sequence, since, whereabouts }: Hold): Omit<SnapshotStats, 'pinnedBytes'> {
    const stack = whereabouts?.();
    return { owner, sequence, ageMs: this.#parts.now() - since, ...(stack !== undefined && { stack }) };
  }

  /** Called by the hold itself, once. */
  released({ first, sequence, ordinal }: Moment): void {
    this.#count--;
    if (first !== undefined) return;
    const at = this.#placeOf(sequence);
    if (at === this.#moments.length - 1) this.#moments.pop();
    else this.#moments.splice(at, 1);
    this.#sequences = undefined;
    // Most iterators live between two commits: nobody kept or left anything for their sake.
    if (ordinal < this.#asked) this.#advance();
  }

  #momentAt(sequence: number): Moment {
    const at = this.#placeOf(sequence);
    const found = this.#moments[at];
    if (found?.sequence === sequence) return found;
    const moment = new Moment(sequence, this.#ordinal++);
    if (at === this.#moments.length) this.#moments.push(moment);
    else this.#moments.splice(at, 0, moment);
    this.#sequences = undefined;
    return moment;
  }

  /** Many that are released together are one reason to look for work. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    queueMicrotask(() => {
      this.#isAdvancing = false;
      this.#parts.onAdvanced();
    });
  }

  /** Where it stands among the ascending moments, or would; most are at the end. */
  #placeOf(sequence: number): number {
    const moments = this.#moments;
    let low = 0;
    let high = moments.length;
    if (high > 0 && moments[high - 1].sequence <= sequence) return moments[high - 1].sequence === sequence ? high - 1 : high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (moments[middle].sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * What a job must keep versions for: what is held, and what would be held by whoever began to read now. The two differ only
 * in the moment between an ingest's commit and its becoming readable, when tables are ahead of what can be read.
 */
export function readAt(held: readonly number[], readable: number, stored: number): readonly number[] {
  return stored <= readable || held.at(-1) === readable ? held : [...held, readable];
}

/** All who hold one sequence, as a list through the holds: an iterator is opened and closed in a microsecond or two. */
class Moment {
  readonly sequence: number;
  /** How many moments there were before. */
  readonly ordinal: number;
  /** In the order in which they came. */
  first: Hold | undefined;
  last: Hold | undefined;

  constructor(sequence: number, ordinal: number) {
    this.sequence = sequence;
    this.ordinal = ordinal;
  }

  add(hold: Hold): void {
    hold.previous = this.last;
    if (this.last === undefined) this.first = hold;
    else this.last.next = hold;
    this.last = hold;
  }

  remove({ previous, next }: Hold): void {
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
  }
}

class Hold implements SnapshotHold {
  readonly owner: string;
  readonly since: number;
  readonly whereabouts: (() => string | undefined) | undefined;
  previous: Hold | undefined;
  next: Hold | undefined;
  readonly #moment: Moment;
  readonly #home: Snapshots;
  #isReleased = false;

  constructor(moment: Moment, owner: string, since: number, whereabouts: Hold['whereabouts'], home: Snapshots) {
    this.#moment = moment;
    this.owner = owner;
    this.since = since;
    this.whereabouts = whereabouts;
    this.#home = home;
    moment.add(this);
  }

  get sequence(): number {
    return this.#moment.sequence;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#moment.remove(this);
    this.#home.released(this.#moment);
  }
}
