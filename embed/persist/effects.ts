import type { AnyActorRef, AnyActorScope, AnyEventObject, ExecutableActionObject } from 'xstate';
import { freeSystemId, systemIdOf } from './internals.ts';
import { childrenOf } from './snapshots.ts';
import { KnownTarget } from './targets.ts';
import type { Timers } from './timers.ts';

/** Of XState's own actions that send an event later. `to`: the id of a child that the same state invokes, until it is made. */
interface DelayedSend {
  readonly event: AnyEventObject;
  readonly delay: number;
  readonly id?: string;
  readonly to?: AnyActorRef | string;
}

/**
 * What a transition wants to have done, held back until its event is durable, in the order in which it was asked for. The
 * transition runs on `scope` in place of its actor's own.
 */
export class HeldEffects {
  readonly scope: AnyActorScope;
  /** As they will be when the effects are released. */
  readonly timers: Timers;
  readonly #actor: AnyActorScope;
  readonly #held: (() => void)[] = [];
  #isReleased = false;

  constructor(actor: AnyActorScope, timers: Timers) {
    this.#actor = actor;
    this.timers = timers.copy();
    this.scope = {
      ...actor,
      // What is asked for while the effects run, runs when the actor says.
      defer: (run) => (this.#isReleased ? actor.defer(run) : this.#held.push(() => actor.defer(run))),
      emit: (event) => (this.#isReleased ? actor.emit(event) : this.#held.push(() => actor.emit(event))),
      actionExecutor: (action) => this.#hold(action),
    };
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  release(): void {
    this.#isReleased = true;
    for (const run of this.#held.splice(0)) run();
  }

  #hold(action: ExecutableActionObject): void {
    const params = action.params as { readonly [name: string]: unknown } | undefined;
    if (action.type === 'xstate.stopChild') this.#freeName(action.params);
    const timer = this.#timerOf(action.type, params);
    this.#held.push(timer ?? (() => this.#actor.actionExecutor(action)));
    if (action.type === 'xstate.cancel' && typeof params?.sendId === 'string') this.#cancel(params.sendId);
  }

  #cancel(id: string): void {
    const { timers } = this;
    const timer = timers.last(id);
    if (timer === undefined) return;
    timers.remove(timer);
    this.#held.push(() => this.#actor.defer(() => timers.clock.cancel(timer)));
  }

  #timerOf(type: string, params: { readonly [name: string]: unknown } | undefined): (() => void) | undefined {
    if ((type !== 'xstate.raise' && type !== 'xstate.sendTo') || typeof params?.delay !== 'number') return undefined;
    const sent = params as unknown as DelayedSend;
    const { event, id, delay } = sent;
    const isToSelf = type === 'xstate.raise' || sent.to === this.#actor.self;
    // XState exchanges the id for the child in these very parameters, before it is stored.
    const target = isToSelf ? undefined : new KnownTarget(this.#actor, sent);
    const { timers } = this;
    const timer = timers.add(event, delay, id, target);
    return () => this.#actor.defer(() => timers.clock.schedule(timer, delay));
  }

  /**
   * XState gives a stopped child's system id back at once, because the next child may be made with it before this one has stopped;
   * so it cannot wait until the effects are released. The same for the names of its own children.
   */
  #freeName(child: unknown): void {
    if (!isActor(child)) return;
    for (const grandchild of Object.values(childrenOf(child.getSnapshot()))) this.#freeName(grandchild);
    if (systemIdOf(child) !== undefined) freeSystemId(this.#actor.system, child);
  }
}

function isActor(given: unknown): given is AnyActorRef {
  return typeof given === 'object' && given !== null && 'sessionId' in given && 'getSnapshot' in given;
}
