import type { Clock } from '../protocol/runtime.ts';

/** What a clock needs of its host; a spec gives its own. */
export interface HostTimers {
  now(): number;
  wall(): number;
  /** `ms` is at most LONGEST_DELAY. */
  start(run: () => void, ms: number): NodeJS.Timeout;
  stop(timer: NodeJS.Timeout): void;
}

/** Node fires a timer after 1 ms when its delay is above this. */
export const LONGEST_DELAY = 2 ** 31 - 1;

const NODE: HostTimers = {
  now: () => performance.now(),
  wall: () => Date.now(),
  start: (run, ms) => setTimeout(run, ms).unref(),
  stop: (timer) => clearTimeout(timer),
};

export function nodeClock(host: HostTimers = NODE): Clock {
  return {
    now: host.now,
    wall: host.wall,
    setTimer: (run, ms) => new LongTimer(host, run, ms),
    clearTimer: (timer) => {
      if (timer instanceof LongTimer) timer.stop();
    },
  };
}

/** One timer of any length: it arms as much of its delay as the host can hold, and again with what is left. */
class LongTimer {
  readonly #host: HostTimers;
  readonly #run: () => void;
  readonly #due: number;
  #armed: NodeJS.Timeout;

  constructor(host: HostTimers, run: () => void, ms: number) {
    this.#host = host;
    this.#run = run;
    this.#due = host.now() + ms;
    this.#armed = this.#arm(ms);
  }

  stop(): void {
    this.#host.stop(this.#armed);
  }

  #arm(ms: number): NodeJS.Timeout {
    if (ms > LONGEST_DELAY) return this.#host.start(() => this.#rearm(), LONGEST_DELAY);
    return this.#host.start(this.#run, ms > 0 ? ms : 0);
  }

  #rearm(): void {
    this.#armed = this.#arm(this.#due - this.#host.now());
  }
}
