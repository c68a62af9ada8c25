import { type AnyStateMachine, createMachine } from 'xstate';

/** What is put where in a chart, as 'states.outer.on.Event'; undefined: it goes; a function makes it of what was there. */
export type Plant = Readonly<Record<string, unknown>>;
type Config = Record<string, unknown>;

/** The same chart with something else in its description; the chart itself stays as it is. */
export function planted(machine: AnyStateMachine, plant: Plant): AnyStateMachine {
  const entries = Object.entries(plant);
  const config = entries.reduce<unknown>((at, [path, what]) => replaced(at, path.split('.'), what), machine.config);
  return createMachine(config as Config).provide(machine.implementations as object);
}

function replaced(config: unknown, [first, ...rest]: readonly string[], what: unknown): unknown {
  const old = typeof config === 'object' ? { ...config } : {};
  const before = (old as Config)[first];
  const after = rest.length > 0 ? replaced(before, rest, what) : typeof what === 'function' ? what(before) : what;
  const { [first]: _, ...others } = old as Config;
  return after === undefined ? others : { ...others, [first]: after };
}
