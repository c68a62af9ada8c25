import type { Histogram } from '../../../protocol/metrics.ts';

/** From a tenth of a millisecond, which is what an idle engine needs for an answer, to five minutes of a major compaction. */
export const DURATION_BOUNDS: readonly number[] = [
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500],
  ...[1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000],
];

/** Counts durations by size. Adding one makes no garbage. Milliseconds. */
export class Buckets {
  readonly #counts: number[] = new Array(DURATION_BOUNDS.length + 1).fill(0);
  #sum = 0;
  #count = 0;

  add(ms: number): void {
    let at = 0;
    while (at < DURATION_BOUNDS.length && ms > DURATION_BOUNDS[at]) at++;
    this.#counts[at]++;
    this.#sum += ms;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** A copy, so that what somebody was given stays as it was. */
  read(): Histogram {
    return { bounds: DURATION_BOUNDS, counts: [...this.#counts], sum: this.#sum, count: this.#count };
  }
}
