import type { AnyActorScope, AnyEventObject } from 'xstate';
import type { StoredTimer } from './envelope.ts';

/** A delayed event that has not come yet; known by itself, since two may have the same id, or none. */
export interface Timer extends StoredTimer {}

/** Node's timers take no more; a longer wait goes there in hops. */
const LONGEST_HOP_MS = 2 ** 31 - 1;

/** What a scheduled event is for. */
interface Scheduled {
  readonly timer: Timer;
  /** The timer itself is not due yet. */
  readonly isHop: boolean;
}

/** Schedules an actor's timers on its system's clock, and knows their events when they come. */
export class TimerClock {
  readonly now: () => number;
  readonly #scope: AnyActorScope;
  readonly #scheduled = new WeakMap<AnyEventObject, Scheduled>();

  constructor(scope: AnyActorScope, now: () => number) {
    this.#scope = scope;
    this.now = now;
  }

  schedule(timer: Timer, delayMs: number): void {
    const { system, self } = this.#scope;
    const hop = Math.min(delayMs, LONGEST_HOP_MS);
    // An object of its own: a machine raises the same one again and again.
    const event = { ...timer.event };
    this.#scheduled.set(event, { timer, isHop: hop < delayMs });
    system.scheduler.schedule(self, self, event, hop, timer.id);
  }

  /** What is left, by the clock on the wall: a machine that sleeps stops the other one. */
  resume(timer: Timer): void {
    this.schedule(timer, Math.max(0, timer.dueAt - this.now()));
  }

  /** undefined: the event is none of ours. */
  came(event: AnyEventObject): Scheduled | undefined {
    return this.#scheduled.get(event);
  }
}

/** The delayed events that an actor waits for, in the order in which they were asked for; never changed. */
export class Timers {
  readonly clock: TimerClock;
  readonly all: readonly Timer[];

  constructor(clock: TimerClock, all: readonly Timer[]) {
    this.clock = clock;
    this.all = all;
  }

  has(timer: Timer): boolean {
    return this.all.includes(timer);
  }

  with(event: AnyEventObject, delayMs: number, id: string | undefined): { timers: Timers; timer: Timer } {
    const timer: Timer = { event, dueAt: this.clock.now() + Math.max(0, delayMs), ...(id !== undefined && { id }) };
    return { timers: new Timers(this.clock, [...this.all, timer]), timer };
  }

  /** The one that came, or that need not come any more. */
  withoutThis(timer: Timer): Timers {
    return new Timers(
      this.clock,
      this.all.filter((one) => one !== timer),
    );
  }

  /** Of several with one id, XState cancels the last. */
  without(id: string): Timers {
    const last = this.all.findLast((one) => one.id === id);
    return last === undefined ? this : this.withoutThis(last);
  }

  /** What is left of each; what is overdue comes at once. */
  scheduleAll(): void {
    for (const timer of this.all) this.clock.resume(timer);
  }
}
