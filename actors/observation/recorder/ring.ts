import type { RecorderEntry } from '../../../protocol/recorder.ts';
import type { ActorTrack } from './actor-track.ts';

/** An entry as it is kept: references and numbers. What it says in words is made when somebody reads. */
export class Slot {
  /** 0: nothing is kept here. */
  n = 0;
  /** By the engine's clock. */
  at = 0;
  kind: RecorderEntry['kind'] = 'message';
  /** What happened in it, or whom it was sent to; a name where no track is kept. */
  actor: ActorTrack | string = '';
  from: ActorTrack | string | undefined = undefined;
  /** 0: none that is known. */
  cause = 0;
  /** The message, the event, the decision; for a transition the event that it answered. */
  what: unknown = undefined;
  /** It was moved here when younger ones were here already. */
  isMoved = false;
  /** State values of a transition. */
  before: unknown = undefined;
  after: unknown = undefined;

  copy(other: Slot): void {
    this.n = other.n;
    this.at = other.at;
    this.kind = other.kind;
    this.actor = other.actor;
    this.from = other.from;
    this.cause = other.cause;
    this.what = other.what;
    this.before = other.before;
    this.after = other.after;
  }
}

/** The last entries that were taken, in slots that are used again: once it is full nothing is allocated any more. */
export class Ring {
  readonly #capacity: number;
  readonly #slots: Slot[] = [];
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A new slot until there are enough; then that of the oldest entry, to be filled anew. */
  take(): Slot {
    const at = this.#next;
    if (at === this.#slots.length) this.#slots.push(new Slot());
    this.#next = at + 1 === this.#capacity ? 0 : at + 1;
    return this.#slots[at];
  }

  /** The entry with this number, looked for among the newest `most`. */
  find(n: number, most: number): Slot | undefined {
    const { length } = this.#slots;
    for (let back = 1; back <= Math.min(most, length); back++) {
      const slot = this.#slots[(this.#next - back + length) % length];
      if (slot.n === n) return slot;
    }
    return undefined;
  }

  /** Appends what is kept and has a number above `n`, in no order. Looks at little more than that. */
  collect(n: number, into: Slot[]): void {
    const { length } = this.#slots;
    for (let back = 1; back <= length; back++) {
      const slot = this.#slots[(this.#next - back + length) % length];
      if (slot.n > n) into.push(slot);
      else if (slot.n > 0 && !slot.isMoved) return;
    }
  }
}
