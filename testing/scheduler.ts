import type { Clock, TimerId } from '../protocol/runtime.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';

/** Where the simulated calendar begins: 2026-01-01T00:00:00Z. */
const EPOCH = 1_767_225_600_000;
/** Longest step, in simulated ms: longer than a job's turn, so that every block may be one. */
const LONGEST_STEP_MS = 3;
/** How much time passes when somebody looks at the clock. */
const LOOK_MS = 0.05;
/** How often time runs ahead to a timer although there is something to do: a slow machine. */
const LEAP = 0.01;

interface Step {
  readonly label: string;
  readonly go: () => void;
}

interface Timer extends Step {
  readonly due: number;
  readonly number: number;
}

/**
 * Owns every interleaving of a simulation. Whatever takes time asks for a `step` and goes on when the seed picks it; when
 * nothing waits for a step, time moves on to the next timer. Between two steps all promises come to rest.
 */
export class Scheduler {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #settle: () => Promise<void>;
  #steps: Step[] = [];
  #timers: Timer[] = [];
  #now = 0;
  #timerNumber = 0;
  readonly #most: number;
  /** Steps taken. */
  taken = 0;

  /** `settle` resolves when no promise has anything more to do: a turn of the real event loop. */
  constructor(random: Random, trace: Trace, most: number, settle: () => Promise<void>) {
    this.#random = random;
    this.#trace = trace;
    this.#most = most;
    this.#settle = settle;
    this.clock = {
      now: () => (this.#now += LOOK_MS),
      wall: () => EPOCH + Math.floor(this.#now),
      setTimer: (run, ms) => this.#setTimer(run, ms),
      clearTimer: (timer) => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
    };
  }

  /** Resolves when the seed picks it among all that wait. */
  step(label: string): Promise<void> {
    return new Promise((resolve) => this.#steps.push({ label, go: resolve }));
  }

  /** Resolves after so much simulated time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#setTimer(resolve, ms));
  }

  /** Forgets everything that waits: whoever waited has died. */
  abandon(): void {
    this.#steps = [];
    this.#timers = [];
  }

  /** Takes steps until `isOver`; false when there is nothing left that could make it so. Rejects when it has taken too many. */
  async runUntil(isOver: () => boolean): Promise<boolean> {
    for (;;) {
      await this.#settle();
      if (isOver()) return true;
      const step = this.#next();
      if (step === undefined) return false;
      if (++this.taken > this.#most) throw new Error(`It is not over after ${this.#most} steps.`);
      this.#trace.add(`${this.#now.toFixed(2)} ${step.label}`);
      step.go();
    }
  }

  #next(): Step | undefined {
    const { length } = this.#steps;
    if (length === 0 || (this.#timers.length > 0 && this.#random.chance(LEAP))) this.#leap();
    else this.#now += this.#random.next() * LONGEST_STEP_MS;
    const due = this.#timers.filter((timer) => timer.due <= this.#now);
    const at = this.#random.below(length + due.length);
    if (at < length) return this.#steps.splice(at, 1)[0];
    const timer = due[at - length];
    this.#timers = this.#timers.filter((one) => one !== timer);
    return timer;
  }

  #leap(): void {
    const [first] = this.#timers.toSorted((a, b) => a.due - b.due || a.number - b.number);
    if (first !== undefined) this.#now = Math.max(this.#now, first.due);
  }

  #setTimer(run: () => void, ms: number): TimerId {
    const timer = { label: `timer of ${ms.toFixed(0)} ms`, go: run, due: this.#now + Math.max(0, ms), number: this.#timerNumber++ };
    this.#timers.push(timer);
    return timer;
  }
}
