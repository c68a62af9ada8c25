import { changeKey, plainJson } from '../plain-json.ts';
import { type Pace, pauseAfter } from './pace.ts';

/** A part of the picture: looked at when it is due, and sent to those who have not seen it since it changed. */
export class Part {
  readonly #look: () => unknown;
  readonly #pace: Pace;
  #due = Number.NEGATIVE_INFINITY;
  #key = '';
  #json = '';
  /** Number of the frame in which it became what it is; 0: it has never been seen. */
  #changedIn = 0;

  constructor(pace: Pace, look: () => unknown) {
    this.#pace = pace;
    this.#look = look;
  }

  refresh(frame: number, nowMs: number): void {
    if (nowMs < this.#due) return;
    const start = performance.now();
    this.#lookAnew(frame);
    this.#due = nowMs + pauseAfter(performance.now() - start, this.#pace);
  }

  /** As JSON; undefined: nothing new for who has seen that frame. */
  since(frame: number): string | undefined {
    return this.#changedIn > frame ? this.#json : undefined;
  }

  #lookAnew(frame: number): void {
    try {
      const value = this.#look();
      const key = changeKey(value);
      if (key === this.#key) return;
      this.#key = key;
      this.#json = plainJson(value);
      this.#changedIn = frame;
    } catch {
      // An engine that opens, recovers or closes may have nothing to show; what was seen last stands.
    }
  }
}
