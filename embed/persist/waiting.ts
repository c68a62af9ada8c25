import type { AnyEventObject } from 'xstate';
import { isEndOfChild } from './events.ts';

/** Events that an actor has not taken in yet, in the order in which they came. */
export class Waiting {
  #events: AnyEventObject[] = [];
  /** Where the next one is: shifting a long array would move all of it. */
  #at = 0;
  #ends: readonly AnyEventObject[] = [];

  get length(): number {
    return this.#events.length - this.#at;
  }

  /** Those that tell of the end of a child. */
  get ends(): readonly AnyEventObject[] {
    return this.#ends;
  }

  add(event: AnyEventObject): void {
    this.#events.push(event);
    if (isEndOfChild(event)) this.#ends = [...this.#ends, event];
  }

  next(): AnyEventObject | undefined {
    const event = this.#events[this.#at];
    if (event === undefined) return undefined;
    this.#at++;
    if (this.#at * 2 >= this.#events.length) this.#trim();
    if (this.#ends.includes(event)) this.#ends = this.#ends.filter((end) => end !== event);
    return event;
  }

  remove(event: AnyEventObject): void {
    this.#trim();
    this.#events = this.#events.filter((one) => one !== event);
    this.#ends = this.#ends.filter((end) => end !== event);
  }

  clear(): void {
    this.#events = [];
    this.#ends = [];
    this.#at = 0;
  }

  #trim(): void {
    this.#events = this.#events.slice(this.#at);
    this.#at = 0;
  }
}
