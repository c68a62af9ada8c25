import type { Clock } from '../../../protocol/runtime.ts';
import { Ring, Slot } from './ring.ts';

/** What comes with every commit has this part of the room to itself, so that it pushes out nothing that is rare. */
const CHATTER_SHARE = 8;
/** A cause is hardly ever further back than this. */
const LOOK_BACK = 32;

/** The entries: those of chatter in one ring, all others in another, numbered together. */
export class Pages {
  readonly #rare: Ring;
  readonly #chatter: Ring;
  readonly #clock: Clock;
  #last = 0;
  #now = 0;

  constructor(capacity: number, clock: Clock) {
    const chatter = Math.ceil(capacity / CHATTER_SHARE);
    this.#chatter = new Ring(chatter);
    this.#rare = new Ring(Math.max(1, capacity - chatter));
    this.#clock = clock;
  }

  /** Number of the last entry; 0: there is none. */
  get last(): number {
    return this.#last;
  }

  /** Looks at the clock; entries until the next look have this time. */
  look(): void {
    this.#now = this.#clock.now();
  }

  /** A slot for the next entry, which the caller fills but for its number and time. */
  take(isChatter: boolean, cause: number): Slot {
    const slot = (isChatter ? this.#chatter : this.#rare).take();
    slot.n = ++this.#last;
    slot.at = this.#now;
    slot.isMoved = false;
    slot.cause = cause;
    return slot;
  }

  /** Chatter that something rare came of is rare, and so is what it came of. */
  keep(n: number): void {
    const found = n === 0 ? undefined : this.#chatter.find(n, LOOK_BACK);
    if (found === undefined) return;
    const kept = this.#rare.take();
    kept.copy(found);
    kept.isMoved = true;
    found.n = 0;
    this.keep(kept.cause);
  }

  /** Entries above `n`, oldest first. They change as the rings turn: read them at once. */
  above(n: number): Slot[] {
    const found: Slot[] = [];
    this.#rare.collect(n, found);
    this.#chatter.collect(n, found);
    return found.sort((a, b) => a.n - b.n);
  }

  /** The same, to be read later. */
  copied(): Slot[] {
    return this.above(0).map((slot) => {
      const copy = new Slot();
      copy.copy(slot);
      return copy;
    });
  }
}
