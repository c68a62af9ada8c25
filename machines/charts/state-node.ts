import type { AnyStateMachine } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import { listOf, nameOf } from './names.ts';

export type StateNode = AnyStateMachine['root'];
export type Transition = NonNullable<StateNode['always']>[number] & { readonly delay?: string | number };

/** What the nth invoke of a state runs. XState has a made-up name for what was written in its place. */
export function sourceOf(state: StateNode, n: number): string {
  const invoke = listOf(state.config.invoke)[n];
  const source: unknown = typeof invoke === 'object' && invoke !== null && 'src' in invoke ? invoke.src : invoke;
  return nameOf(source, 'actor');
}

/** LITHIFY_INVALID_ARGUMENT: it is none, as an actor or its logic's config would be. */
export function checkMachine(machine: unknown): void {
  if (typeof machine === 'object' && machine !== null && 'root' in machine && 'config' in machine) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'A chart is made of a machine, as createMachine() returns it.', {
    details: { option: 'machine' },
  });
}
