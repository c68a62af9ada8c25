import type { AnyActorLogic, AnyActorScope, AnyEventObject, Snapshot } from 'xstate';
import { asLithifyError } from '../../protocol/errors.ts';
import { type Beginning, Beginnings, type Origin } from './beginning.ts';
import { restartChildTimers } from './child-timers.ts';
import { STOP, stopChildren } from './children.ts';
import { type Claimant, claim, release } from './claims.ts';
import { HeldEffects } from './effects.ts';
import { handOver } from './handing-over.ts';
import { type Notice, noticeIn, notify } from './notices.ts';
import type { Settings } from './options.ts';
import { over, Sends } from './sends.ts';
import type { Marker } from './snapshots.ts';
import { type Step, storedOf } from './step.ts';
import { ActorStore } from './store.ts';
import type { Target } from './targets.ts';
import { type Timer, TimerClock, type Timers } from './timers.ts';
import { Waiting } from './waiting.ts';

/**
 * Keeps one actor: an event is computed, written, and only then becomes the actor's state, with its effects. The events that
 * come meanwhile wait, as in XState's own mailbox.
 */
export class Keeper implements Claimant {
  readonly store: ActorStore;
  readonly sends: Sends;
  readonly #logic: AnyActorLogic;
  readonly #settings: Settings;
  readonly #scope: AnyActorScope;
  readonly #waiting = new Waiting();
  readonly #beginnings: Beginnings;
  readonly #input: unknown;
  /** undefined: it is behind it. */
  #beginning: Beginning | undefined;
  /** What everybody sees. */
  #current: Snapshot<unknown>;
  #revision = 0;
  /** What the store has of it; undefined: nothing. */
  #stored: Snapshot<unknown> | undefined;
  #timers: Timers;
  /** On its way into the store. */
  #step: Step | undefined;
  #writing: Promise<void> | undefined;
  #isRunning = false;
  #hasEnded = false;

  /** Finds the actor's state, or begins with a new one. Throws what is wrong with what is stored. */
  constructor(logic: AnyActorLogic, settings: Settings, scope: AnyActorScope, id: string, origin: Origin) {
    this.#logic = logic;
    this.#settings = settings;
    this.#scope = scope;
    this.#input = origin.input;
    this.store = new ActorStore(settings, id);
    this.sends = new Sends(id, scope.self);
    this.#beginnings = new Beginnings(logic, scope, new TimerClock(scope, settings.now), this.store);
    const beginning = this.#beginnings.find(origin);
    this.#current = beginning.shown;
    this.#timers = beginning.timers;
    this.#begin(beginning);
  }

  get id(): string {
    return this.store.id;
  }

  get revision(): number {
    return this.#revision;
  }

  get current(): Snapshot<unknown> {
    return this.#current;
  }

  /** The beginning is no event that came. */
  get waiting(): number {
    return this.sends.coming + this.#waiting.length + (this.#step === undefined || this.#step.isFirst ? 0 : 1);
  }

  get maxWaiting(): number {
    return this.#settings.maxWaiting;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get writing(): Promise<void> | undefined {
    return this.#writing;
  }

  /** With what it would have to begin again, as long as nothing of it is stored. */
  get toBegin(): Pick<Marker, 'begin'> {
    if (this.#revision > 0) return {};
    return { begin: this.#input === undefined ? {} : { input: this.#input } };
  }

  /** The actor was started. */
  start(): void {
    try {
      this.#claim();
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #claim(): void {
    const before = claim(this.#settings.engine, this);
    // Who comes after this one waits for the same, though this one should be stopped before.
    if (before !== undefined) this.#writing = before.then(() => this.#wrote({ type: 'ready' }));
    else if (this.store.isChanged || this.#beginning?.ending !== undefined) this.#notify({ type: 'ready' });
    else this.#run();
  }

  /** An event came to the actor; answers what its state is now. */
  came(event: AnyEventObject): Snapshot<unknown> {
    const notice = noticeIn(event);
    try {
      if (notice !== undefined) return this.#noticed(notice);
      if (event.type === STOP.type) return this.#stopped(event);
      this.#await(event);
      this.#advance();
      return this.#current;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #begin(beginning: Beginning): void {
    this.#beginning = beginning;
    this.#current = beginning.shown;
    this.#revision = beginning.revision;
    this.#stored = beginning.stored;
    this.#timers = beginning.timers;
    for (const end of beginning.ends) this.#await(end);
  }

  #await(event: AnyEventObject): void {
    this.#waiting.add(event);
    this.sends.arrived(event);
  }

  #run(): void {
    this.store.letGo();
    const first = this.#beginning?.first;
    if (first !== undefined) return this.#write(first, this.store.encodedEvent(first.event));
    this.#logic.start?.(this.#current, this.#scope);
    this.#timers.scheduleAll();
    restartChildTimers(this.#current);
    this.#isRunning = true;
    this.sends.handled();
    this.#scope.defer(() => this.#goOn());
  }

  #noticed(notice: Notice): Snapshot<unknown> {
    if (notice.type === 'failed') throw notice.error;
    if (notice.type === 'durable') return this.#apply(notice.step);
    if (this.store.isChanged) this.#takeOver();
    else this.#current = this.#beginning?.ending ?? this.#current;
    if (this.#current.status === 'active') this.#run();
    else this.#end(over(this.id, 'is done'));
    return this.#current;
  }

  /** Another actor has written since this one looked; of what it was made with nothing has been started. */
  #takeOver(): void {
    this.#stopChildren(this.#beginning?.first?.next ?? this.#current);
    for (const end of this.#waiting.ends) {
      this.#waiting.remove(end);
      this.sends.handled();
    }
    this.#begin(this.#beginnings.find({ input: this.#input }));
  }

  #apply(step: Step): Snapshot<unknown> {
    const { next, effects, event, isFirst, revision } = step;
    this.#step = undefined;
    this.#beginning = undefined;
    this.#isRunning = true;
    this.#current = next;
    this.#revision = revision;
    this.#timers = effects.timers;
    if (isFirst) this.#logic.start?.(next, this.#scope);
    effects.release();
    this.sends.settle(event, next);
    this.sends.handled();
    if (next.status === 'active') this.#scope.defer(() => this.#goOn());
    else this.#end(over(this.id, 'is done'));
    return next;
  }

  /** Outside of a transition there is nobody who would catch what a guard throws. */
  #goOn(): void {
    try {
      this.#advance();
    } catch (error) {
      // What comes before the notice may not be taken in any more.
      this.#isRunning = false;
      this.#notify({ type: 'failed', error });
    }
  }

  /** Takes in what waits, up to the first event that has to be written. */
  #advance(): void {
    while (this.#isRunning && !this.#hasEnded && this.#step === undefined) {
      const event = this.#waiting.next();
      if (event === undefined) return;
      this.#take(event);
      if (this.#step === undefined) this.sends.handled();
    }
  }

  #take(event: AnyEventObject): void {
    const news = this.#timers.clock.came(event);
    if (news === undefined) return this.#transition(event);
    if (news.is === 'arrived') return this.#arrived(event, news.timers);
    const { timer } = news;
    // It was cancelled while it waited here.
    if (!this.#timers.has(timer)) return;
    if (news.is === 'hop') return this.#timers.clock.resume(timer);
    if (timer.target !== undefined) return this.#handOver(timer, timer.target);
    this.#timers.remove(timer);
    this.#transition(event);
    // It has been, though nothing came of it.
    if (this.#step === undefined) this.#rewrite(event);
  }

  /** It is stored until it has arrived: a crash may have it sent again, but does not lose it. */
  #handOver(timer: Timer, target: Target): void {
    const { actor } = target;
    target.keepName(this.#current);
    this.#scope.defer(async () => {
      const isOver = await handOver(this.#scope.self, actor, timer.event);
      if (isOver && !this.#hasEnded) this.#timers.clock.arrived(timer);
    });
  }

  #arrived(event: AnyEventObject, timers: Iterable<Timer>): void {
    const removed = [...timers].filter((timer) => this.#timers.remove(timer));
    if (removed.length > 0) this.#rewrite(event);
  }

  #transition(event: AnyEventObject): void {
    const bytes = this.#encoded(event);
    if (bytes === undefined) return;
    const effects = new HeldEffects(this.#scope, this.#timers);
    const next: Snapshot<unknown> = this.#logic.transition(this.#current, event, effects.scope);
    if (next.status === 'error') {
      // A failure is no state to come back to: what was stored last stays.
      this.#stopChildren(next);
      throw next.error;
    }
    // Nothing that could be restored differs, so there is nothing to write.
    if (next === this.#current && effects.isEmpty) return this.sends.settle(event, next);
    this.#write({ event, revision: this.#revision + 1, next, effects, isFirst: false }, bytes);
  }

  /** The same state, with the timers that are left: no event of this actor's led there. */
  #rewrite(event: AnyEventObject): void {
    const effects = new HeldEffects(this.#scope, this.#timers);
    this.#write({ event, revision: this.#revision, next: this.#current, effects, isFirst: false }, undefined);
  }

  /** undefined: it cannot be kept, and who sent it has been told. Nobody to tell: that is this actor's failure. */
  #encoded(event: AnyEventObject): Uint8Array | undefined {
    try {
      return this.store.encodedEvent(event);
    } catch (error) {
      if (this.sends.refuse(event, error)) return undefined;
      throw error;
    }
  }

  #write(step: Step, event: Uint8Array | undefined): void {
    this.#step = step;
    const stored = storedOf(step, this.#logic, this.#settings.now(), this.#waiting.ends, this.#stored);
    const written = this.store.write(stored, event);
    const isOver = written.then(
      () => {
        this.#stored = stored.state;
        this.#wrote({ type: 'durable', step });
      },
      (error: unknown) => this.#wrote({ type: 'failed', error: asLithifyError(error, 'LITHIFY_INTERNAL', `Actor '${this.id}'`) }),
    );
    this.#writing = isOver;
  }

  #wrote(notice: Notice): void {
    this.#writing = undefined;
    if (this.#hasEnded) release(this.#settings.engine, this);
    this.#notify(notice);
  }

  #notify(notice: Notice): void {
    if (!this.#hasEnded) notify(this.#scope.self, notice);
  }

  #stopped(event: AnyEventObject): Snapshot<unknown> {
    const isUnderWay = this.#step !== undefined;
    this.#stopNewChildren();
    this.#end(over(this.id, isUnderWay ? 'was stopped while the event was written, which may or may not be stored' : 'was stopped'));
    return this.#logic.transition(this.#current, event, this.#scope);
  }

  #failed(error: unknown): Snapshot<unknown> {
    this.#stopNewChildren();
    this.#stopChildren(this.#current);
    this.#end(error);
    return { ...this.#current, status: 'error', output: undefined, error };
  }

  #end(error: unknown): void {
    this.#hasEnded = true;
    this.#isRunning = false;
    this.#waiting.clear();
    this.sends.end(error);
    release(this.#settings.engine, this);
  }

  /** They were made by a step that will not be taken here. */
  #stopNewChildren(): void {
    const next = (this.#step ?? this.#beginning?.first)?.next;
    if (next !== undefined) this.#stopChildren(next);
  }

  #stopChildren(snapshot: Snapshot<unknown>): void {
    stopChildren(this.#logic, this.#scope, snapshot);
  }
}
