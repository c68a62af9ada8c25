import type { AnyActorScope, AnyEventObject, Snapshot } from 'xstate';
import type { StoredTimer } from './envelope.ts';
import { restoredTarget, type Target } from './targets.ts';

/** A delayed event that has not come yet; known by itself, since two may have the same id, or none. */
export interface Timer extends Omit<StoredTimer, 'to'> {
  /** undefined: the actor itself. */
  readonly target?: Target | undefined;
}

/** Node's timers take no more; a longer wait goes there in hops. */
const LONGEST_HOP_MS = 2 ** 31 - 1;

/** What an event tells: 'hop': a timer is not due yet; 'arrived': other actors have what was for them. */
type News = { readonly is: 'hop' | 'due'; readonly timer: Timer } | { readonly is: 'arrived'; readonly timers: Set<Timer> };

/** Schedules an actor's timers on its system's clock, and knows their events when they come. */
export class TimerClock {
  readonly now: () => number;
  readonly #scope: AnyActorScope;
  readonly #news = new WeakMap<AnyEventObject, News>();
  /** By which the system's scheduler knows them: under their own ids it would lose sight of one of two that have the same. */
  readonly #names = new WeakMap<Timer, string>();
  #count = 0;
  /** Which have arrived since the actor was told last. */
  #arrived = new Set<Timer>();

  constructor(scope: AnyActorScope, now: () => number) {
    this.#scope = scope;
    this.now = now;
  }

  schedule(timer: Timer, delayMs: number): void {
    const { system, self } = this.#scope;
    const hop = Math.min(delayMs, LONGEST_HOP_MS);
    // An object of its own: a machine raises the same one again and again. What is for another is not this actor's event.
    const event = timer.target === undefined ? { ...timer.event } : { type: 'lithify.due' };
    this.#news.set(event, { timer, is: hop < delayMs ? 'hop' : 'due' });
    const name = `lithify.timer ${++this.#count}`;
    this.#names.set(timer, name);
    system.scheduler.schedule(self, self, event, hop, name);
  }

  cancel(timer: Timer): void {
    const { system, self } = this.#scope;
    const name = this.#names.get(timer);
    if (name !== undefined) system.scheduler.cancel(self, name);
  }

  /** The actor for which it was has it. Those that arrive before the event is taken in go with it, and with its one write. */
  arrived(timer: Timer): void {
    this.#arrived.add(timer);
    if (this.#arrived.size > 1) return;
    const event = { type: 'lithify.arrived' };
    this.#news.set(event, { is: 'arrived', timers: this.#arrived });
    this.#scope.self.send(event);
  }

  /** What is left, by the clock on the wall: a machine that sleeps stops the other one. */
  resume(timer: Timer): void {
    this.schedule(timer, Math.max(0, timer.dueAt - this.now()));
  }

  /** undefined: the event is none of ours. */
  came(event: AnyEventObject): News | undefined {
    const news = this.#news.get(event);
    if (news?.is === 'arrived') this.#arrived = new Set();
    return news;
  }
}

/** The delayed events that an actor waits for, in the order in which they were asked for. */
export class Timers {
  readonly clock: TimerClock;
  readonly #all: Set<Timer>;

  constructor(clock: TimerClock, all: Iterable<Timer> = []) {
    this.clock = clock;
    this.#all = new Set(all);
  }

  /** As they were stored beside this state. */
  static restored(clock: TimerClock, scope: AnyActorScope, stored: readonly StoredTimer[], state: Snapshot<unknown>): Timers {
    const timers = stored.map(({ to, ...timer }) => (to === undefined ? timer : { ...timer, target: restoredTarget(scope, to, state) }));
    return new Timers(clock, timers);
  }

  /** For a step that may not be taken. */
  copy(): Timers {
    return new Timers(this.clock, this.#all);
  }

  /** As they are to be stored beside this state. */
  storedIn(state: Snapshot<unknown>): StoredTimer[] {
    return [...this.#all].flatMap(({ target, ...timer }) => {
      if (target === undefined) return timer;
      const to = target.nameIn(state);
      return to === undefined ? [] : { ...timer, to };
    });
  }

  has(timer: Timer): boolean {
    return this.#all.has(timer);
  }

  add(event: AnyEventObject, delayMs: number, id: string | undefined, target?: Target): Timer {
    // What is no number is no wait, as for the clocks themselves.
    const dueAt = this.clock.now() + (delayMs > 0 ? delayMs : 0);
    const timer: Timer = { event, dueAt, ...(id !== undefined && { id }), ...(target && { target }) };
    this.#all.add(timer);
    return timer;
  }

  /** The one that came, or that need not come any more. false: it was not there. */
  remove(timer: Timer): boolean {
    return this.#all.delete(timer);
  }

  /** Of several with one id, XState cancels the last. */
  last(id: string): Timer | undefined {
    return [...this.#all].findLast((one) => one.id === id);
  }

  /** What is left of each; what is overdue comes at once, in the order in which it was due. */
  scheduleAll(): void {
    for (const timer of [...this.#all].sort((one, other) => one.dueAt - other.dueAt)) this.clock.resume(timer);
  }
}
