import type { AnyStateMachine } from 'xstate';

type Kind = 'actions' | 'actors' | 'guards' | 'delays';
/** A chart's own description, as data: what it is made of is known by its keys. */
type Config = Readonly<Record<string, unknown>>;

export interface Named {
  readonly kind: Kind;
  readonly name: string;
}

/** Every name that a chart uses anywhere and that needs an implementation. */
export function namesIn(machine: AnyStateMachine): Named[] {
  return statesIn(machine).flatMap(([, state]) => namesOfState(state));
}

/** Every event descriptor that a chart handles, with the path of its state. */
export function handlersIn(machine: AnyStateMachine): { path: string; event: string }[] {
  return statesIn(machine).flatMap(([path, state]) => Object.keys(configOf(state.on)).map((event) => ({ path, event })));
}

/** Every invoke of a chart. */
export function invokesIn(machine: AnyStateMachine): { path: string; invoke: Config }[] {
  return statesIn(machine).flatMap(([path, state]) => listOf(state.invoke).map((invoke) => ({ path, invoke: configOf(invoke) })));
}

/** States without states of their own, as `machine.outer.inner`; one that passes on at once is never met by anything. */
export function leafStatesIn(machine: AnyStateMachine): { path: string; isPassing: boolean }[] {
  const leaves = statesIn(machine).filter(([, state]) => Object.keys(configOf(state.states)).length === 0);
  return leaves.map(([path, state]) => ({ path, isPassing: isPassing(state) }));
}

/** Leaves of a state's value, as `outer.inner`. */
export function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(configOf(value)).flatMap(([outer, inner]) => leavesOf(inner).map((leaf) => `${outer}.${leaf}`));
}

/** Sources of what runs while a chart is in this state. */
export function invokesUnder(machine: AnyStateMachine, path: string): string[] {
  const found = invokesIn(machine).filter((one) => isWithin(path, one.path));
  return found.flatMap(({ invoke: { src } }) => (typeof src === 'string' ? [src] : []));
}

/** Does a clock run while a chart is in this state? */
export function timersUnder(machine: AnyStateMachine, path: string): boolean {
  return statesIn(machine).some(([outer, state]) => isWithin(path, outer) && Object.keys(configOf(state.after)).length > 0);
}

/** What is to be replaced says so: it does nothing, or only fails. */
export function isPlaceholder(implementation: unknown): boolean {
  const source = typeof implementation === 'function' ? String(implementation) : '';
  return /^\([^)]*\) => (\{\s*\}|false)$/.test(source);
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}

/** It has a way out that is always open. */
function isPassing(state: Config): boolean {
  const ways = listOf(state.always);
  return ways.length > 0 && configOf(ways.at(-1)).guard === undefined;
}

function statesIn(machine: AnyStateMachine): [path: string, state: Config][] {
  const walk = (path: string, state: Config): [string, Config][] => [
    [path, state],
    ...Object.entries(configOf(state.states)).flatMap(([name, child]) => walk(`${path}.${name}`, configOf(child))),
  ];
  return walk(machine.id, machine.config as Config);
}

function namesOfState(state: Config): Named[] {
  const transitions = [state.always, ...Object.values(configOf(state.on)), ...Object.values(configOf(state.after))];
  const invokes = listOf(state.invoke).map(configOf);
  return [
    ...named('actions', state.entry),
    ...named('actions', state.exit),
    ...named(
      'delays',
      Object.keys(configOf(state.after)).filter((delay) => Number.isNaN(Number(delay))),
    ),
    ...invokes.flatMap((invoke) => named('actors', invoke.src)),
    ...[...transitions, ...invokes.flatMap(({ onDone, onError }) => [onDone, onError])].flatMap(namesOfTransition),
  ];
}

function namesOfTransition(given: unknown): Named[] {
  return listOf(given).flatMap((one) => {
    const { actions, guard } = configOf(one);
    return [...named('actions', actions), ...named('guards', guard)];
  });
}

/** Inline functions need no name. */
function named(kind: Kind, given: unknown): Named[] {
  return listOf(given).flatMap((one) => {
    const name = typeof one === 'string' ? one : configOf(one).type;
    return typeof name === 'string' ? [{ kind, name }] : [];
  });
}

function listOf(given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given];
}

function configOf(given: unknown): Config {
  return typeof given === 'object' && given !== null ? (given as Config) : {};
}
