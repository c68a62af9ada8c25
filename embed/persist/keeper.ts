import type { AnyActorLogic, AnyActorScope, AnyEventObject, Snapshot } from 'xstate';
import { asLithifyError } from '../../protocol/errors.ts';
import { restartChildTimers } from './child-timers.ts';
import { type Claimant, claim, release } from './claims.ts';
import { HeldEffects } from './effects.ts';
import type { Stored } from './envelope.ts';
import { failedChild } from './events.ts';
import { jsonOf } from './json.ts';
import type { Settings } from './options.ts';
import { over, Sends } from './sends.ts';
import { childrenOf, expectChildren, forgotten, type Marker, notRestored, withoutFailures } from './snapshots.ts';
import { ActorStore } from './store.ts';
import { TimerClock, Timers } from './timers.ts';
import { Waiting } from './waiting.ts';

/** An event with what it leads to, on its way into the store. */
interface Step {
  readonly event: AnyEventObject;
  readonly revision: number;
  readonly next: Snapshot<unknown>;
  readonly effects: HeldEffects;
  readonly isFirst: boolean;
}

/** What a keeper tells its actor, through the actor's own mailbox. */
type Notice =
  | { readonly type: 'ready' }
  | { readonly type: 'durable'; readonly step: Step }
  | { readonly type: 'failed'; readonly error: unknown };

/** How an actor came to be made. */
export interface Origin {
  readonly input?: unknown;
  /** As a child of a machine that is kept, which is being restored. */
  readonly marker?: Marker;
}

const STOP = { type: 'xstate.stop' };
const INIT = 'xstate.init';

/** By the events that carry them: nobody else can make one. */
const notices = new WeakMap<object, Notice>();

/**
 * Keeps one actor: an event is computed, written, and only then becomes the actor's state, with its effects. The events that
 * come meanwhile wait, without a limit, as in XState's own mailbox.
 */
export class Keeper implements Claimant {
  readonly store: ActorStore;
  readonly sends: Sends;
  readonly #logic: AnyActorLogic;
  readonly #settings: Settings;
  readonly #scope: AnyActorScope;
  readonly #waiting = new Waiting();
  readonly #input: unknown;
  /** What everybody sees. */
  #current: Snapshot<unknown>;
  #revision = 0;
  /** What the store has of it; undefined: nothing. */
  #stored: Snapshot<unknown> | undefined;
  #timers: Timers;
  /** Of an actor that is new: what it begins with, once that is written. */
  #first: Step | undefined;
  /** Of an actor that is done: what its parent must still hear of it. */
  #ending: Snapshot<unknown> | undefined;
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
    this.#timers = new Timers(new TimerClock(scope, settings.now), []);
    this.#current = this.#find(origin);
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

  get waiting(): number {
    return this.#waiting.length + (this.#step === undefined ? 0 : 1);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get writing(): Promise<void> | undefined {
    return this.#writing;
  }

  /** With what it would have to begin again, as long as nothing of it is stored. */
  get beginning(): Pick<Marker, 'begin'> {
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
    else if (this.store.isChanged || this.#ending !== undefined) this.#notify({ type: 'ready' });
    else this.#run();
  }

  /** An event came to the actor; answers what its state is now. */
  came(event: AnyEventObject): Snapshot<unknown> {
    const notice = notices.get(event);
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

  #find({ input, marker }: Origin): Snapshot<unknown> {
    const stored = this.store.read();
    if (stored === undefined) {
      if (marker?.status === 'done') return { status: 'done', output: undefined, error: undefined };
      if (marker !== undefined && marker.begin === undefined) throw forgotten(this.id);
      return this.#begin(input);
    }
    const restored = this.#restore(stored);
    if (marker?.status !== 'active' || restored.status === 'active') return restored;
    this.#ending = restored;
    return { ...restored, status: 'active', output: undefined, error: undefined };
  }

  #await(event: AnyEventObject): void {
    this.#waiting.add(event);
    this.sends.arrived();
  }

  /** A fresh actor is seen in its first state at once, but it is not over before that is written. */
  #begin(input: unknown): Snapshot<unknown> {
    const effects = new HeldEffects(this.#scope, this.#timers);
    const next: Snapshot<unknown> = this.#logic.getInitialSnapshot(effects.scope, input);
    if (next.status === 'error') return this.#refuse(next);
    this.#first = { event: { type: INIT, input }, revision: 1, next, effects, isFirst: true };
    return next.status === 'active' ? next : { ...next, status: 'active', output: undefined, error: undefined };
  }

  #restore(stored: Stored): Snapshot<unknown> {
    const { state, revision, timers, ends } = stored;
    this.#first = undefined;
    this.#revision = revision;
    this.#stored = state;
    this.#timers = new Timers(this.#timers.clock, timers);
    try {
      const restored: Snapshot<unknown> = this.#logic.restoreSnapshot?.(state, this.#scope);
      expectChildren(state, restored);
      for (const end of ends) this.#await(end);
      return restored;
    } catch (error) {
      throw notRestored(this.id, error);
    }
  }

  #run(): void {
    this.store.letGo();
    if (this.#first !== undefined) return this.#write(this.#first);
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
    else if (this.#ending !== undefined) this.#current = this.#ending;
    if (this.#current.status === 'active') this.#run();
    else this.#end(over(this.id, 'is done'));
    return this.#current;
  }

  /** Another actor has written since this one looked; of what it was made with nothing has been started. */
  #takeOver(): void {
    this.#stopChildren(this.#first?.next ?? this.#current);
    for (const end of this.#waiting.ends) {
      this.#waiting.remove(end);
      this.sends.handled();
    }
    const stored = this.store.read();
    this.#current = stored === undefined ? this.#begin(this.#input) : this.#restore(stored);
  }

  #apply(step: Step): Snapshot<unknown> {
    const { next, effects, event, isFirst, revision } = step;
    this.#step = undefined;
    this.#first = undefined;
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
    const scheduled = this.#timers.clock.came(event);
    if (scheduled !== undefined) {
      const { timer, isHop } = scheduled;
      // It was cancelled while it waited here.
      if (!this.#timers.has(timer)) return;
      if (isHop) return this.#timers.clock.resume(timer);
      this.#timers = this.#timers.withoutThis(timer);
    }
    const bytes = this.#encoded(event);
    if (bytes === undefined) return;
    const effects = new HeldEffects(this.#scope, this.#timers);
    const next: Snapshot<unknown> = this.#logic.transition(this.#current, event, effects.scope);
    if (next.status === 'error') return this.#refuse(next);
    // Nothing that could be restored differs, so there is nothing to write.
    if (next === this.#current && effects.isEmpty) return this.sends.settle(event, next);
    this.#write({ event, revision: this.#revision + 1, next, effects, isFirst: false }, bytes);
  }

  /** A failure is no state to come back to: what was stored last stays. */
  #refuse(next: Snapshot<unknown>): never {
    this.#stopChildren(next);
    throw next.error;
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

  #write(step: Step, event: Uint8Array = this.store.encodedEvent(step.event)): void {
    const { next, effects, revision } = step;
    this.#step = step;
    const failed = this.#waiting.ends.map(failedChild).filter((child) => child !== undefined);
    const ends = this.#waiting.ends.filter((end) => failedChild(end) === undefined);
    const state = withoutFailures(persistedOf(this.#logic, next), this.#stored, failed);
    const stored = { revision, at: this.#settings.now(), timers: effects.timers.all, ends, state };
    const written = this.store.write(stored, event);
    const isOver = written.then(
      () => {
        this.#stored = state;
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
    if (this.#hasEnded) return;
    const event = { type: `lithify.${notice.type}` };
    notices.set(event, notice);
    this.#scope.self.send(event);
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
    const next = (this.#step ?? this.#first)?.next;
    if (next !== undefined) this.#stopChildren(next);
  }

  /** What XState does not do for an actor that fails. */
  #stopChildren(snapshot: Snapshot<unknown>): void {
    if (Object.keys(childrenOf(snapshot)).length === 0) return;
    this.#logic.transition(snapshot, STOP, this.#scope);
  }
}

function persistedOf(logic: AnyActorLogic, snapshot: Snapshot<unknown>): Snapshot<unknown> {
  try {
    return logic.getPersistedSnapshot(snapshot);
  } catch (error) {
    // XState looks for actors in a context, and never finds the end of one that contains itself.
    if (error instanceof RangeError && 'context' in snapshot) jsonOf(snapshot.context, 'actor.state.context');
    throw error;
  }
}
