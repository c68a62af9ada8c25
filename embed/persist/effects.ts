import type { AnyActorRef, AnyActorScope, AnyEventObject, ExecutableActionObject } from 'xstate';
import { childrenOf } from './snapshots.ts';
import type { Timers } from './timers.ts';

/** What XState's types do not have of a system. */
type NamingSystem = AnyActorScope['system'] & { readonly _unregister: (actor: AnyActorRef) => void };

/**
 * What a transition wants to have done, held back until its event is durable, in the order in which it was asked for. The
 * transition runs on `scope` in place of its actor's own.
 */
export class HeldEffects {
  readonly scope: AnyActorScope;
  /** As they will be when the effects are released. */
  timers: Timers;
  readonly #actor: AnyActorScope;
  readonly #held: (() => void)[] = [];
  #isReleased = false;

  constructor(actor: AnyActorScope, timers: Timers) {
    this.#actor = actor;
    this.timers = timers;
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
    if (action.type === 'xstate.cancel' && typeof params?.sendId === 'string') this.timers = this.timers.without(params.sendId);
    const timer = this.#timerOf(action.type, params);
    this.#held.push(timer ?? (() => this.#actor.actionExecutor(action)));
  }

  /** A delayed event to the actor itself is one that is kept. */
  #timerOf(type: string, params: { readonly [name: string]: unknown } | undefined): (() => void) | undefined {
    const isToSelf = type === 'xstate.raise' || (type === 'xstate.sendTo' && params?.to === this.#actor.self);
    if (!isToSelf || typeof params?.delay !== 'number') return undefined;
    // XState's own actions have these parameters.
    const { event, id, delay } = params as { readonly event: AnyEventObject; readonly id?: string; readonly delay: number };
    const { timers, timer } = this.timers.with(event, delay, id);
    this.timers = timers;
    return () => this.#actor.defer(() => timers.clock.schedule(timer, delay));
  }

  /**
   * XState gives a stopped child's system id back at once, because the next child may be made with it before this one has stopped;
   * so it cannot wait until the effects are released. The same for the names of its own children.
   */
  #freeName(child: unknown): void {
    if (!isActor(child)) return;
    for (const grandchild of Object.values(childrenOf(child.getSnapshot()))) this.#freeName(grandchild);
    if (child.systemId !== undefined) (this.#actor.system as NamingSystem)._unregister(child);
  }
}

function isActor(given: unknown): given is AnyActorRef & { readonly systemId?: string } {
  return typeof given === 'object' && given !== null && 'sessionId' in given && 'getSnapshot' in given;
}
