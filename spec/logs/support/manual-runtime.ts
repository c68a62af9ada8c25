import { setImmediate } from 'node:timers/promises';
import type { Clock, Release, Runtime } from '../../../protocol/runtime.ts';

/** A runtime whose time passes when it is told to, and that knows who holds the process. */
export class ManualRuntime implements Pick<Runtime, 'clock' | 'keepAlive' | 'turn'> {
  readonly #timers = new Map<number, { run: () => void; due: number }>();
  #now = 0;
  #timer = 0;
  #setBack = 0;
  /** How much time each look at the clock takes: as if the code were busy. */
  busyMs = 0;
  held = 0;
  turns = 0;

  readonly clock: Clock = {
    now: () => (this.#now += this.busyMs),
    wall: () => this.#now - this.#setBack,
    setTimer: (run, ms) => {
      this.#timers.set(++this.#timer, { run, due: this.#now + ms });
      return this.#timer;
    },
    clearTimer: (timer) => {
      if (typeof timer === 'number') this.#timers.delete(timer);
    },
  };

  readonly keepAlive = (): Release => {
    this.held++;
    return () => this.held--;
  };

  readonly turn = async (): Promise<void> => {
    this.turns++;
    await setImmediate();
  };

  get timers(): number {
    return this.#timers.size;
  }

  /** Somebody sets the wall clock; timers do not mind. */
  setBack(ms: number): void {
    this.#setBack += ms;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [timer, { run, due }] of this.#timers) {
      if (due > this.#now) continue;
      this.#timers.delete(timer);
      run();
    }
  }
}

/** Everything that can go on without time passing has gone on. */
export async function settled(): Promise<void> {
  await setImmediate();
}
