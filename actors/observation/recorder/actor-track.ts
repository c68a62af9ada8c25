/** What an actor does now, as far as its inspection events tell. It holds no reference to the actor. */
export class ActorTrack {
  /** As in ActorInfo.id. */
  readonly name: string;
  /** The chart's id; undefined for promises and callbacks, and until the first step. */
  machine: string | undefined;
  /** State value after the last step. */
  value: unknown = undefined;
  /** Between the moment in which it got an event and that in which it had done with it. */
  isBusy = false;
  /** Entry of the event that it processes, or processed last; 0: not known. */
  current = 0;
  #event: object | undefined;
  /** Came while it was busy: numbers and events by turns. */
  readonly #waiting: (number | object)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** An event was sent to it; true: it begins with it now. */
  got(n: number, event: object): boolean {
    if (this.isBusy) {
      // It has stopped, and will process nothing more.
      if (this.#waiting.length >= MOST_WAITING) this.#waiting.splice(0, 2);
      this.#waiting.push(n, event);
      return false;
    }
    this.#begin(n, event);
    return true;
  }

  /** It takes a step for this event. */
  steps(event: object): void {
    if (event !== this.#event) this.#catchUp(event);
  }

  /** It has done with the event; true: it begins with the next. */
  done(): boolean {
    if (this.#waiting.length > 0) {
      const [n, event] = this.#waiting.splice(0, 2);
      if (typeof n === 'number' && typeof event === 'object') this.#begin(n, event);
      return true;
    }
    this.isBusy = false;
    // Of no use any more, and it may be large.
    this.#event = undefined;
    return false;
  }

  #begin(n: number, event: object): void {
    this.isBusy = true;
    this.current = n;
    this.#event = event;
  }

  /** What it got before it was started, and what XState sends without a word, comes in another order. */
  #catchUp(event: object): void {
    const at = this.#waiting.indexOf(event);
    const n = at < 0 ? 0 : this.#waiting[at - 1];
    if (at >= 0) this.#waiting.splice(at - 1, 2);
    this.#begin(typeof n === 'number' ? n : 0, event);
  }
}

const MOST_WAITING = 256;
