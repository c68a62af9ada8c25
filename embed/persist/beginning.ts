import type { AnyActorLogic, AnyActorScope, AnyEventObject, Snapshot } from 'xstate';
import { stopChildren } from './children.ts';
import { HeldEffects } from './effects.ts';
import type { Stored } from './envelope.ts';
import { expectChildren, forgotten, type Marker, notRestored } from './snapshots.ts';
import type { Step } from './step.ts';
import type { ActorStore } from './store.ts';
import { type TimerClock, Timers } from './timers.ts';

const INIT = 'xstate.init';

/** How an actor came to be made. */
export interface Origin {
  readonly input?: unknown;
  /** As a child of a machine that is kept, which is being restored. */
  readonly marker?: Marker;
}

/** With what an actor goes on. */
export interface Beginning {
  /** What everybody sees. */
  readonly shown: Snapshot<unknown>;
  readonly revision: number;
  /** What the store has of it; undefined: nothing. */
  readonly stored?: Snapshot<unknown>;
  readonly timers: Timers;
  /** Ends of children that it has still to take in. */
  readonly ends: readonly AnyEventObject[];
  /** Of an actor that is new: what it begins with, once that is written. */
  readonly first?: Step;
  /** Of an actor that is done: what its parent must still hear of it. */
  readonly ending?: Snapshot<unknown>;
}

/** Finds an actor's beginning. */
export class Beginnings {
  readonly #logic: AnyActorLogic;
  readonly #scope: AnyActorScope;
  readonly #clock: TimerClock;
  readonly #store: ActorStore;

  constructor(logic: AnyActorLogic, scope: AnyActorScope, clock: TimerClock, store: ActorStore) {
    this.#logic = logic;
    this.#scope = scope;
    this.#clock = clock;
    this.#store = store;
  }

  /** Goes on from what is stored, or begins. Throws what is wrong with what is stored. */
  find({ input, marker }: Origin): Beginning {
    const stored = this.#store.read();
    if (stored !== undefined) return asItsParentKnows(this.#restored(stored), marker);
    if (marker?.status === 'done') return this.#bare({ status: 'done', output: undefined, error: undefined });
    if (marker !== undefined && marker.begin === undefined) throw forgotten(this.#store.id);
    return this.#new(input);
  }

  /** A fresh actor is seen in its first state at once, but it is not over before that is written. */
  #new(input: unknown): Beginning {
    const effects = new HeldEffects(this.#scope, new Timers(this.#clock));
    const next: Snapshot<unknown> = this.#logic.getInitialSnapshot(effects.scope, input);
    if (next.status === 'error') {
      stopChildren(this.#logic, this.#scope, next);
      throw next.error;
    }
    const first: Step = { event: { type: INIT, input }, revision: 1, next, effects, isFirst: true };
    return { ...this.#bare(next.status === 'active' ? next : active(next)), first };
  }

  #bare(shown: Snapshot<unknown>): Beginning {
    return { shown, revision: 0, timers: new Timers(this.#clock), ends: [] };
  }

  #restored({ state, revision, timers, ends }: Stored): Beginning {
    try {
      const shown: Snapshot<unknown> = this.#logic.restoreSnapshot?.(state, this.#scope);
      expectChildren(state, shown);
      return { shown, revision, stored: state, timers: Timers.restored(this.#clock, this.#scope, timers, shown), ends };
    } catch (error) {
      throw notRestored(this.#store.id, error);
    }
  }
}

/** Its end is told to a parent that has not heard of it. */
function asItsParentKnows(found: Beginning, marker: Marker | undefined): Beginning {
  const { shown } = found;
  if (marker?.status !== 'active' || shown.status === 'active') return found;
  return { ...found, shown: active(shown), ending: shown };
}

function active(snapshot: Snapshot<unknown>): Snapshot<unknown> {
  return { ...snapshot, status: 'active', output: undefined, error: undefined };
}
