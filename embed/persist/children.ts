import type { AnyActorLogic, AnyActorScope, Snapshot } from 'xstate';
import { childrenOf } from './snapshots.ts';

export const STOP = { type: 'xstate.stop' };

/** What XState does not do for an actor that fails, and for a state that is not gone into after all. */
export function stopChildren(logic: AnyActorLogic, scope: AnyActorScope, snapshot: Snapshot<unknown>): void {
  if (Object.keys(childrenOf(snapshot)).length > 0) logic.transition(snapshot, STOP, scope);
}
