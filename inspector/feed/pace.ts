/** How often the engine is looked at, and what that may cost. */
export interface Pace {
  /** Between two frames, where there is time for them. Milliseconds. */
  readonly everyMs: number;
  /** Of the event loop's time, at most. */
  readonly share: number;
  /** However much a look costs, there is one so often. Default: 5000. */
  readonly longestMs?: number;
}

export const USUAL_PACE: Pace = { everyMs: 200, share: 0.02 };

const LONGEST_MS = 5000;

/** How long to wait after something that took `costMs`: as wished, but so long that it takes no more than its share. */
export function pauseAfter(costMs: number, { everyMs, share, longestMs = LONGEST_MS }: Pace): number {
  return Math.max(everyMs, Math.min(costMs / share, longestMs));
}
