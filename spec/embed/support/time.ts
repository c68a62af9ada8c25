import { SimulatedClock } from 'xstate';

/** A clock on the wall, and one for each process. */
export class Time {
  wall = 1_000_000;
  #clocks: SimulatedClock[] = [];

  get clock(): SimulatedClock {
    const clock = new SimulatedClock();
    this.#clocks = [clock];
    return clock;
  }

  pass(ms: number): void {
    this.wall += ms;
    for (const clock of this.#clocks) clock.increment(ms);
  }
}
