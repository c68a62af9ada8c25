import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode } from 'xstate';
import { childrenOf } from './snapshots.ts';

/**
 * XState restores a child machine without the `after` timers of its states, so that it would stay in them for ever. Its
 * parent does not know when they began, so they begin anew. Children that are kept by themselves see to their own.
 */
export function restartChildTimers(snapshot: unknown): void {
  for (const child of Object.values(childrenOf(snapshot))) if (isPlainMachine(child)) restartTimers(child);
}

function restartTimers(actor: AnyActorRef): void {
  const snapshot: AnyMachineSnapshot = actor.getSnapshot();
  if (snapshot.status !== 'active') return;
  for (const node of snapshot._nodes as AnyStateNode[]) {
    const delays = new Map(node.after.map(({ eventType, delay }) => [eventType, delay]));
    for (const [type, delay] of delays) {
      const ms = delayOf(delay, snapshot, actor);
      // With the id by which XState cancels it when the state is left.
      if (ms !== undefined) actor.system.scheduler.schedule(actor, actor, { type }, ms, type);
    }
  }
  restartChildTimers(snapshot);
}

/** undefined: it cannot be told, such as one that depends on the event that led into the state. */
function delayOf(delay: unknown, { machine, context }: AnyMachineSnapshot, self: AnyActorRef): number | undefined {
  try {
    const named: unknown = typeof delay === 'string' ? machine.implementations.delays[delay] : delay;
    const ms: unknown = typeof named === 'function' ? named({ context, event: { type: 'xstate.init' }, self, system: self.system }) : named;
    return typeof ms === 'number' && ms >= 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}

function isPlainMachine(given: unknown): given is AnyActorRef {
  if (typeof given !== 'object' || given === null || !('logic' in given)) return false;
  return typeof given.logic === 'object' && given.logic !== null && '__xstatenode' in given.logic;
}
