import type { AnyActorLogic, AnyEventObject, Snapshot } from 'xstate';
import type { HeldEffects } from './effects.ts';
import type { Stored } from './envelope.ts';
import { failedChild } from './events.ts';
import { jsonOf } from './json.ts';
import { withoutFailures } from './snapshots.ts';

/** An event with what it leads to, on its way into the store. */
export interface Step {
  readonly event: AnyEventObject;
  readonly revision: number;
  readonly next: Snapshot<unknown>;
  readonly effects: HeldEffects;
  readonly isFirst: boolean;
}

/**
 * What is stored when a step is taken. `waitingEnds`: of children, behind the step. Those that failed are stored as they were `before`: a
 * failure that the actor has not taken in is no state to come back to.
 */
export function storedOf(
  { next, effects, revision }: Step,
  logic: AnyActorLogic,
  at: number,
  waitingEnds: readonly AnyEventObject[],
  before: Snapshot<unknown> | undefined,
): Stored {
  const failed = waitingEnds.map(failedChild).filter((child) => child !== undefined);
  const ends = waitingEnds.filter((end) => failedChild(end) === undefined);
  const state = withoutFailures(persistedOf(logic, next), before, failed);
  return { revision, at, timers: effects.timers.storedIn(next), ends, state };
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
