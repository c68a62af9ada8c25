import type {
  ActorLogic,
  AnyActorLogic,
  AnyActorRef,
  AnyActorScope,
  AnyEventObject,
  EmittedFrom,
  EventFromLogic,
  InputFrom,
  Snapshot,
  SnapshotFrom,
} from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import type { Origin } from './beginning.ts';
import { Keeper } from './keeper.ts';
import { checkedId } from './keys.ts';
import { type PersistOptions, type Settings, settingsOf } from './options.ts';
import { type Marker, markerOf } from './snapshots.ts';

/** The same logic, kept: its actors have the same snapshots, take the same events and emit the same. */
export type PersistedLogic<TLogic extends AnyActorLogic> = ActorLogic<
  SnapshotFrom<TLogic>,
  EventFromLogic<TLogic>,
  InputFrom<TLogic>,
  AnyActorScope['system'],
  EmittedFrom<TLogic>
>;

const keepers = new WeakMap<AnyActorRef, Keeper>();
/** What `persist` has made. */
const keptLogics = new WeakSet<AnyActorLogic>();
/** What kept a child from being restored, until it is started. */
const failures = new WeakMap<AnyActorRef, unknown>();
/** XState asks for the persisted form of a snapshot without saying whose it is. */
const owners = new WeakMap<Snapshot<unknown>, Keeper>();

/**
 * An actor that outlives its process: each event and the state to which it leads are written in one write before anything
 * of it is seen or done, and an actor that is made again under the same id goes on from there (docs/persist.md). For machines and
 * `fromTransition`. LITHIFY_INVALID_ARGUMENT: an option, or a logic whose effects are not in its transitions. What is wrong with a stored
 * state, and a write that fails, is the actor's error.
 */
export function persist<TLogic extends AnyActorLogic>(logic: TLogic, options: PersistOptions<TLogic>): PersistedLogic<TLogic> {
  expectTransitions(logic);
  const kept = new KeptLogic(logic, settingsOf(options)).logic;
  keptLogics.add(kept);
  // Snapshots, events, input and what is emitted are the logic's own; in here nobody looks into them.
  return kept as unknown as PersistedLogic<TLogic>;
}

/** The keeper of an actor, or what is wrong with it. LITHIFY_INVALID_ARGUMENT: the actor's logic is not persisted. */
export function keeperOf(actor: AnyActorRef): Keeper {
  const keeper = keepers.get(actor);
  if (keeper !== undefined) return keeper;
  if (failures.has(actor)) throw failures.get(actor);
  const snapshot: Snapshot<unknown> | undefined = actor?.getSnapshot?.();
  // It could not be made, or restored: what XState has of it is the error.
  if (snapshot?.status === 'error' && isKept(actor)) throw snapshot.error;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'This is no actor of a logic that persist() made.', {
    details: { option: 'actor' },
  });
}

function isKept(actor: AnyActorRef): boolean {
  return 'logic' in actor && keptLogics.has(actor.logic as AnyActorLogic);
}

class KeptLogic {
  readonly #inner: AnyActorLogic;
  readonly #settings: Settings;

  constructor(inner: AnyActorLogic, settings: Settings) {
    this.#inner = inner;
    this.#settings = settings;
  }

  get logic(): AnyActorLogic {
    return {
      config: this.#inner.config,
      getInitialSnapshot: (scope: AnyActorScope, input: unknown) => this.#make(scope, this.#idFor(input), { input }),
      restoreSnapshot: (given: Snapshot<unknown>, scope: AnyActorScope) => this.#restore(given, scope),
      start: (_: unknown, { self }: AnyActorScope) => keeperOf(self).start(),
      transition: (_: unknown, event: AnyEventObject, { self }: AnyActorScope) => {
        const keeper = keeperOf(self);
        return owned(keeper, keeper.came(event));
      },
      getPersistedSnapshot: marked,
    };
  }

  #make(scope: AnyActorScope, id: string, origin: Origin): Snapshot<unknown> {
    const keeper = new Keeper(this.#inner, this.#settings, scope, id, origin);
    keepers.set(scope.self, keeper);
    return owned(keeper, keeper.current);
  }

  /** As a child of a machine that is itself kept. */
  #restore(given: Snapshot<unknown>, scope: AnyActorScope): Snapshot<unknown> {
    const marker = markerOf(given);
    if (marker !== undefined) return this.#remake(scope, marker);
    // One that failed has failed for its parent, which was told.
    if (given.status === 'error') return given;
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'A persisted actor takes its state from its engine; make it without a snapshot.');
  }

  /** A machine starts only those of its restored children that are active, and only who is started can tell it of a failure. */
  #remake(scope: AnyActorScope, marker: Marker): Snapshot<unknown> {
    try {
      return this.#make(scope, marker.persistedAs, { ...marker.begin, marker });
    } catch (error) {
      failures.set(scope.self, error);
      return { status: 'active', output: undefined, error: undefined };
    }
  }

  #idFor(input: unknown): string {
    const { id } = this.#settings;
    return typeof id === 'string' ? id : checkedId(idOf(id, input));
  }
}

function idOf(id: (input: unknown) => string, input: unknown): string {
  try {
    return id(input);
  } catch (cause) {
    const message = 'Option id of persist is a function, which threw for the input of this actor.';
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option: 'id' }, cause });
  }
}

function owned(keeper: Keeper, snapshot: Snapshot<unknown>): Snapshot<unknown> {
  owners.set(snapshot, keeper);
  return snapshot;
}

/** What a parent that is kept stores of it: where to find it. */
function marked(snapshot: Snapshot<unknown>): Snapshot<unknown> {
  const keeper = owners.get(snapshot);
  if (keeper === undefined || snapshot.status === 'error') return { status: 'error', output: undefined, error: snapshot.error };
  const marker: Marker = { persistedAs: keeper.id, status: snapshot.status === 'done' ? 'done' : 'active', ...keeper.toBegin };
  return { output: undefined, error: undefined, ...marker } as Snapshot<unknown>;
}

/** Everything that such a logic does must be an action of a transition: only that can be held back. */
function expectTransitions(logic: AnyActorLogic): void {
  const isMachine = typeof logic === 'object' && logic !== null && '__xstatenode' in logic;
  if (isMachine || (typeof logic?.transition === 'function' && logic.start === undefined && logic.restoreSnapshot !== undefined)) return;
  throw new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    'Only machines and fromTransition can be persisted; a promise, callback or observable is invoked by a machine that is.',
    { details: { option: 'logic' } },
  );
}
