import type { AnyActorRef, AnyActorScope, AnyEventObject } from 'xstate';

type System = AnyActorScope['system'];

/** What XState's types do not have of a system. */
interface Untyped {
  _unregister(actor: AnyActorRef): void;
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void;
}

/** What XState's types do not have of an actor: 0 not started, 1 running, 2 stopped. */
type Processing = AnyActorRef & { readonly _processingStatus?: number };

const STOPPED = 2;

/** From now on the actor's system id is free. */
export function freeSystemId(system: System, actor: AnyActorRef): void {
  (system as System & Untyped)._unregister(actor);
}

/** As XState itself does: inspectors are told from whom it comes, and who is stopped does not get it. */
export function relay(system: System, source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void {
  (system as System & Untyped)._relay(source, target, event);
}

export function isStopped(actor: AnyActorRef): boolean {
  return (actor as Processing)._processingStatus === STOPPED;
}

export function systemIdOf(actor: AnyActorRef): string | undefined {
  return 'systemId' in actor && typeof actor.systemId === 'string' ? actor.systemId : undefined;
}
