import { nodeClock } from '../../../platform/clock.ts';
import type { Clock } from '../../../protocol/runtime.ts';

interface Timer {
  readonly run: () => void;
  readonly due: number;
}

/** A wall clock, and timers, that go on when they are told to. What measures how long something takes sees real time. */
export class TravellingClock implements Clock {
  readonly #timers = new Map<number, Timer>();
  readonly #real = nodeClock();
  #wall: number;
  #next = 1;

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#real.now();
  }

  wall(): number {
    return this.#wall;
  }

  setTimer(run: () => void, ms: number): number {
    this.#timers.set(this.#next, { run, due: this.#wall + ms });
    return this.#next++;
  }

  clearTimer(timer: unknown): void {
    if (typeof timer === 'number') this.#timers.delete(timer);
  }

  /** Timers go off in their order, each at its time. */
  advance(ms: number): void {
    const end = this.#wall + ms;
    for (let next = this.#soonest(end); next !== undefined; next = this.#soonest(end)) {
      const [id, { run, due }] = next;
      this.#wall = Math.max(this.#wall, due);
      this.#timers.delete(id);
      run();
    }
    this.#wall = end;
  }

  #soonest(end: number): [number, Timer] | undefined {
    return [...this.#timers].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due)[0];
  }
}
