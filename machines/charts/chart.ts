import type { AnyStateMachine } from 'xstate';
import { eventTextOf } from './event-text.ts';
import { listOf, nameOf } from './names.ts';
import { checkMachine, type StateNode, sourceOf, type Transition } from './state-node.ts';

/** A machine as plain data: everything that can be drawn of it, by the names that its parts have. */
export interface Chart {
  /** The machine's. */
  readonly id: string;
  /** Parents before their children, in the order of the source; the first is the machine itself. */
  readonly nodes: readonly ChartNode[];
  /** In the order of the source. */
  readonly edges: readonly ChartEdge[];
}

/** One state. */
export interface ChartNode {
  /** Dotted path from the machine, such as 'running.open'; '' is the machine itself. */
  readonly id: string;
  /** The last part of its path; of the machine: its id. */
  readonly label: string;
  /** As XState has it. */
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Of a history state: does it remember the states within states too? */
  readonly history?: 'shallow' | 'deep';
  /** Absent: the machine itself. */
  readonly parent?: string;
  /** The child that is entered first; of a history state: where it leads when there is nothing to remember. */
  readonly initial?: string;
  /** What is done on the way into that child. */
  readonly initialActions: readonly string[];
  /** Sources of what runs while it is active. */
  readonly invokes: readonly string[];
  /** Names of the actions that are done when it is entered, in their order. */
  readonly entry: readonly string[];
  /** Names of the actions that are done when it is left, in their order. */
  readonly exit: readonly string[];
}

/** One transition. */
export interface ChartEdge {
  /** Unique in its chart. */
  readonly id: string;
  /** Id of the state that it leads from. */
  readonly source: string;
  /** None: it stays where it is. Several: one in each region of a parallel state. */
  readonly targets: readonly string[];
  /** For people: the event's type, or 'always', 'after NAME', 'done: NAME', 'error: NAME'. */
  readonly event: string;
  /** As XState has it, such as 'xstate.done.actor.job'; '' where it is 'always'. */
  readonly eventType: string;
  /** Its name; absent: it has none. */
  readonly guard?: string;
  /** Names of what is done on the way, in their order. */
  readonly actions: readonly string[];
  /** Place among those of the same source and event, from 0: the first whose guard holds is taken. */
  readonly order: number;
  /** Leaves its source and enters it again, even if the target is within. */
  readonly reenter: boolean;
}

/** Any XState machine as a `Chart`. Nothing of the machine is run. LITHIFY_INVALID_ARGUMENT: it is no machine. */
export function chartOf(machine: AnyStateMachine): Chart {
  checkMachine(machine);
  const states = withDescendants(machine.root);
  const edges = states.flatMap((state) => edgesFrom(state));
  return { id: machine.id, nodes: states.map(nodeOf), edges: edges.map((edge, n) => ({ id: `${n}`, ...edge })) };
}

function withDescendants(state: StateNode): StateNode[] {
  return [state, ...Object.values(state.states).flatMap(withDescendants)];
}

function nodeOf(state: StateNode): ChartNode {
  const initial = initialOf(state);
  return {
    id: idOf(state),
    label: state.key,
    type: state.type,
    ...(state.type === 'history' ? { history: state.history || 'shallow' } : {}),
    ...(state.parent === undefined ? {} : { parent: idOf(state.parent) }),
    ...(initial === undefined ? {} : { initial }),
    initialActions: namesOf(state.initial.actions),
    invokes: state.invoke.map((_, n) => sourceOf(state, n)),
    // As they were written: XState adds actions of its own to these, which start and stop the clocks of `after`.
    entry: namesOf(state.config.entry),
    exit: namesOf(state.config.exit),
  };
}

/** XState has an initial transition in every state; of one without it leads nowhere. */
function initialOf(state: StateNode): string | undefined {
  if (state.type === 'compound') return state.initial.target?.map(idOf)[0];
  const { target }: { target?: unknown } = state.type === 'history' ? state.config : {};
  if (typeof target !== 'string' || state.parent === undefined) return undefined;
  return target.startsWith('#') ? idOf(state.machine.getStateNodeById(target)) : [...state.parent.path, target].join('.');
}

/** Those of `always` are not among the others. */
function edgesFrom(state: StateNode): Omit<ChartEdge, 'id'>[] {
  const byEvent: (readonly Transition[])[] = [...state.transitions.values(), state.always ?? []];
  return byEvent.flatMap((candidates) => candidates.map((transition, order) => edgeOf(state, transition, order)));
}

function edgeOf(state: StateNode, transition: Transition, order: number): Omit<ChartEdge, 'id'> {
  const { target, eventType, guard, actions, reenter } = transition;
  return {
    source: idOf(state),
    targets: target?.map(idOf) ?? [],
    event: eventTextOf(state, transition),
    eventType,
    ...(guard === undefined ? {} : { guard: nameOf(guard, 'guard') }),
    actions: namesOf(actions),
    order,
    reenter,
  };
}

function idOf(state: { readonly path: readonly string[] }): string {
  return state.path.join('.');
}

function namesOf(actions: unknown): string[] {
  return listOf(actions).map((action) => nameOf(action, 'action'));
}
