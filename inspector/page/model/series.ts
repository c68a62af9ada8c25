/** How many points a small chart has at most and at least: five minutes and one, at one a second. */
export const POINTS = 300;
const LEAST = 60;

/** What a point says when several frames fall into it. */
export type Fold = 'last' | 'max' | 'mean';

/** The last minutes of one number, as a ring: it stays as large as it is however long the page is open. */
export class Series {
  readonly stepMs: number;
  readonly #fold: Fold;
  readonly #values = new Float64Array(POINTS).fill(Number.NaN);
  /** Number of the newest point since the clock began, and how many frames are in it. */
  #newest = Number.NaN;
  #oldest = Number.NaN;
  #folded = 0;

  /** `everyMs`: between two frames; a point is at least a second long, and never shorter than that. */
  constructor(fold: Fold, everyMs = 1000) {
    this.#fold = fold;
    this.stepMs = Math.max(1000, everyMs);
  }

  add(atMs: number, value: number): void {
    const step = Math.floor(atMs / this.stepMs);
    if (step !== this.#newest) this.#begin(step);
    const at = step % POINTS;
    this.#values[at] = this.#folded === 0 ? value : this.#folding(this.#values[at], value);
    this.#folded++;
  }

  /** Numbers of the first and the last point that are shown. A young series shows less time, so that it can be read. */
  get span(): { readonly first: number; readonly last: number } {
    const last = this.#newest;
    // The other way around, and so nothing, as long as there is no point.
    if (Number.isNaN(last)) return { first: 0, last: -1 };
    return { first: last + 1 - Math.min(POINTS, Math.max(LEAST, last - this.#oldest + 1)), last };
  }

  /** A point by its number; NaN: it is not known, or not any more. */
  at(step: number): number {
    const isKept = step <= this.#newest && step > this.#newest - POINTS;
    return isKept ? this.#values[(step + POINTS) % POINTS] : Number.NaN;
  }

  /** Oldest first; NaN where nothing is known. */
  points(): number[] {
    const { first, last } = this.span;
    return Array.from({ length: last - first + 1 }, (_, i) => this.at(first + i));
  }

  get last(): number | undefined {
    return Number.isNaN(this.#newest) ? undefined : this.#values[this.#newest % POINTS];
  }

  /** What lies between the newest point and this one is not known. A clock that went back begins anew. */
  #begin(step: number): void {
    const isAnew = !(step > this.#newest && step - this.#newest < POINTS);
    if (isAnew) {
      this.#values.fill(Number.NaN);
      this.#oldest = step;
    } else for (let between = this.#newest + 1; between < step; between++) this.#values[between % POINTS] = Number.NaN;
    this.#newest = step;
    this.#folded = 0;
  }

  #folding(before: number, value: number): number {
    if (this.#fold === 'last') return value;
    if (this.#fold === 'max') return Math.max(before, value);
    return before + (value - before) / (this.#folded + 1);
  }
}
