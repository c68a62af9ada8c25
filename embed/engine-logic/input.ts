import { LithifyError } from '../../protocol/errors.ts';
import type { OpenOptions } from '../../protocol/options.ts';
import type { EngineLogicInput } from './messages.ts';

/** Options that are no data, so that no snapshot can hold them. */
const NOT_DATA = ['runtime', 'inspect', 'logger'] as const satisfies (keyof OpenOptions)[];

/** What a snapshot keeps of an actor's input: enough to open the same engine again, or to say why that cannot be. */
export interface PersistedInput extends EngineLogicInput {
  /** Options that were given and could not be kept. */
  readonly lost?: readonly string[];
}

export function persistedInput({ location, options = {} }: EngineLogicInput): PersistedInput {
  const kept = { ...options };
  for (const name of NOT_DATA) delete kept[name];
  const lost = NOT_DATA.filter((name) => options[name] !== undefined);
  return { location, options: kept, ...(lost.length > 0 && { lost }) };
}

/** LITHIFY_INVALID_ARGUMENT naming what is wrong; the options themselves are checked by `open`. */
export function checkedInput(given: unknown): EngineLogicInput & { readonly options: OpenOptions } {
  if (typeof given !== 'object' || given === null) throw invalid('input', `is ${String(given)}; it must be { location, options? }`);
  const { location, options = {}, lost, ...rest } = given as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(unknown, 'is not known; input has location and options');
  if (typeof location !== 'string' || location === '') throw invalid('location', 'must be the path of a directory');
  if (typeof options !== 'object' || options === null) throw invalid('options', 'must be an object');
  if (Array.isArray(lost)) {
    throw invalid(String(lost[0]), 'was given and is not data: no snapshot can restore it. Enter the state that invokes the engine again');
  }
  return { location, options };
}

function invalid(option: string, what: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `engineLogic: ${option} ${what}.`, { details: { option } });
}
