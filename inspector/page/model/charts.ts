import type { RecorderEntry } from '../../../protocol/recorder.ts';
import type { ChartEdgePath, ChartLayout } from '../../chart-layout.ts';

/** What an actor's chart did, as the recorder tells it. */
export interface Transition {
  readonly n: number;
  readonly atMs: number;
  readonly actor: string;
  readonly machine: string;
  readonly event: string;
  /** The innermost states, before and after. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Undefined: the entry is none, or does not say what it needs to. */
export function transitionOf({ n, atMs, kind, actor, details }: RecorderEntry): Transition | undefined {
  if (kind !== 'transition' || details === undefined) return undefined;
  const { machine, event, from, to } = details;
  if (typeof machine !== 'string' || typeof event !== 'string') return undefined;
  return { n, atMs, actor, machine, event, from: statesOf(from), to: statesOf(to) };
}

function statesOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((state) => typeof state === 'string');
}

/** Every node that is current: the states themselves and what they are in. */
export function litNodes(states: readonly string[]): Set<string> {
  return new Set(states.flatMap((state) => state.split('.').map((_, depth, names) => names.slice(0, depth + 1).join('.'))));
}

/** The edges that a transition can have taken: with its event where one has it, else all between the two states. */
export function edgesTaken({ edges }: ChartLayout, { event, from, to }: Transition): ChartEdgePath[] {
  const left = litNodes(from);
  const entered = litNodes(to);
  const between = edges.filter(({ source, target }) => left.has(source) && target !== undefined && entered.has(target));
  const named = between.filter((edge) => isNamed(edge.event, event));
  // An edge by name is the likeliest from the innermost state.
  if (named.length > 0) return named;
  return between.filter(({ source, target }) => !(left.has(target ?? '') && entered.has(source)));
}

/** XState's names of its own events, against the chart's: 'xstate.done.actor.job' is 'done: runTicket'. */
function isNamed(label: string, event: string): boolean {
  if (label === event) return true;
  const [kind = '', name = ''] = label.split(/:? /);
  if (kind === 'after') return event.startsWith(`xstate.after.${name}.`);
  // The event has the invocation's id, the chart its source: what ended is not told apart.
  if (kind === 'done' || kind === 'error') return event.startsWith(`xstate.${kind}.`);
  return false;
}

/** A chart in words, for who cannot see it. */
export function chartText(machine: string, states: readonly string[]): string {
  return states.length === 0
    ? `State chart of ${machine}. No actor runs it now.`
    : `State chart of ${machine}. Current: ${states.join(', ')}.`;
}
