import type { AnyActorRef, AnyActorScope, Snapshot } from 'xstate';
import { systemIdOf } from './internals.ts';
import { childrenOf } from './snapshots.ts';

/** How another actor is stored for which an actor has a delayed event. */
export type StoredTarget = { readonly child: string } | { readonly systemId: string } | { readonly parent: true };

/** Another actor for which an actor has a delayed event. */
export interface Target {
  /** undefined: there is nobody. */
  readonly actor: AnyActorRef | undefined;
  /** How it is stored beside this state. undefined: after a restart nobody could tell who it was. */
  nameIn(snapshot: Snapshot<unknown>): StoredTarget | undefined;
  /** The event is due. If the actor fails of it, it is stored by its name of now: who has that after a restart gets it again. */
  keepName(snapshot: Snapshot<unknown>): void;
}

/** What XState has found for `sendTo`: of a child that the same state invokes the id at first, and then itself. */
interface Found {
  readonly to?: AnyActorRef | string | undefined;
}

/** The child is the one that was restored. Who has the system id, and who the parent is, is asked when the event is due. */
export function restoredTarget(scope: AnyActorScope, stored: StoredTarget, restored: Snapshot<unknown>): Target {
  if ('child' in stored) return new KnownTarget(scope, { to: childrenOf(restored)[stored.child] as AnyActorRef | undefined });
  return {
    get actor() {
      return 'parent' in stored ? scope.self._parent : scope.system.get(stored.systemId);
    },
    nameIn: () => stored,
    keepName: () => {},
  };
}

/** As in XState itself, the event is for this very actor, and not for another one that gets its name. */
export class KnownTarget implements Target {
  readonly #scope: AnyActorScope;
  readonly #found: Found;
  #nameWhenDue: StoredTarget | undefined;

  constructor(scope: AnyActorScope, found: Found) {
    this.#scope = scope;
    this.#found = found;
  }

  get actor(): AnyActorRef | undefined {
    const { to } = this.#found;
    return typeof to === 'string' ? undefined : to;
  }

  nameIn(snapshot: Snapshot<unknown>): StoredTarget | undefined {
    const { actor } = this;
    if (actor === undefined) return undefined;
    const hasFailed = this.#nameWhenDue !== undefined && actor.getSnapshot().status === 'error';
    return hasFailed ? this.#nameWhenDue : nameOf(actor, this.#scope, snapshot);
  }

  keepName(snapshot: Snapshot<unknown>): void {
    this.#nameWhenDue = this.nameIn(snapshot);
  }
}

function nameOf(actor: AnyActorRef, { self, system }: AnyActorScope, snapshot: Snapshot<unknown>): StoredTarget | undefined {
  const child = nameOfChild(actor, snapshot);
  if (child !== undefined) return { child };
  if (actor === self._parent) return { parent: true };
  const systemId = systemIdOf(actor);
  return systemId !== undefined && system.get(systemId) === actor ? { systemId } : undefined;
}

/** Its id, but `spawnChild` without one has another name for it. */
function nameOfChild(actor: AnyActorRef, snapshot: Snapshot<unknown>): string | undefined {
  const children = childrenOf(snapshot);
  return children[actor.id] === actor ? actor.id : Object.keys(children).find((name) => children[name] === actor);
}
