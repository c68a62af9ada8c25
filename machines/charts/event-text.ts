import { type StateNode, sourceOf, type Transition } from './state-node.ts';

/** What XState calls what ends or says something by itself, and what we call it. */
const OWN_EVENTS = [
  ['xstate.done.actor.', 'done'],
  ['xstate.error.actor.', 'error'],
  ['xstate.snapshot.', 'snapshot'],
] as const;

/** What makes a state take this transition, for people. */
export function eventTextOf(state: StateNode, { eventType, delay }: Transition): string {
  if (eventType === '') return 'always';
  if (delay !== undefined) return `after ${typeof delay === 'number' ? `${delay} ms` : delay}`;
  if (eventType === `xstate.done.state.${state.id}`) return `done: ${state.key}`;
  for (const [prefix, what] of OWN_EVENTS) {
    if (eventType.startsWith(prefix)) return `${what}: ${actorNamed(state, eventType.slice(prefix.length))}`;
  }
  return eventType;
}

/** By its source, as it is written in the state; by its id where that says more, or is all that is known. */
function actorNamed(state: StateNode, id: string): string {
  const sources = state.invoke.map((_, n) => sourceOf(state, n));
  const source = sources[state.invoke.findIndex((invoke) => invoke.id === id)];
  return source === undefined || sources.filter((one) => one === source).length > 1 ? id : source;
}
