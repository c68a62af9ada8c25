import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks. Finer costs a wake-up each; coarser misses by as much. */
const RESOLUTION = 2;

/**
 * Tells, at each call, the longest time in ms that the event loop of this thread was held since the call before. The
 * first call only starts the watch: until somebody asks nothing is measured. Never holds the process open.
 */
export function delayWatch(): () => number {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return () => {
    if (histogram === undefined) {
      histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
      histogram.enable();
      return 0;
    }
    // What is recorded is the time from one look to the next, so the wait that was asked for is in it.
    const longest = histogram.max / 1e6 - RESOLUTION;
    histogram.reset();
    return longest > 0 ? longest : 0;
  };
}
