import { LithifyError } from '../../../protocol/errors.ts';
import type { Strategy, StrategyModule, StrategySpec } from '../strategy.ts';
import { KeyBased } from './key-based.ts';
import { NthKeyBased } from './nth-key-based.ts';

const NEEDED = ['init', 'reduce', 'collect'];
const OPTIONAL = ['key', 'tombstone', 'laterPass'];

/** A strategy in a module, which worker threads load themselves. LITHIFY_INVALID_ARGUMENT: it names no module. */
export function retentionModule(module: StrategyModule): StrategyModule {
  moduleSpec(module);
  return module;
}

/**
 * What jobs are told of whatever was given as `compaction.strategy`: a built-in, an object with the functions of
 * Strategy, or { module, export }. LITHIFY_INVALID_ARGUMENT names what is missing.
 */
export function strategySpecOf(given: unknown): StrategySpec {
  if ((given instanceof KeyBased || given instanceof NthKeyBased) && given.spec !== undefined) return given.spec;
  if (typeof given === 'object' && given !== null && 'module' in given) return moduleSpec(given);
  const missing = missingOf(given);
  if (missing !== undefined) throw invalid(`The compaction strategy ${missing}.`);
  return { kind: 'object', strategy: given as Strategy };
}

/** What keeps it from being a Strategy; undefined: it is one. */
export function missingOf(given: unknown): string | undefined {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) {
    return 'must be a built-in one, an object with init, reduce and collect, or { module, export }';
  }
  const members = given as Readonly<Record<string, unknown>>;
  const missing = NEEDED.filter((name) => typeof members[name] !== 'function');
  if (missing.length > 0) return `lacks ${missing.length > 1 ? 'the functions' : 'the function'} ${missing.join(', ')}`;
  const wrong = OPTIONAL.find((name) => members[name] !== undefined && typeof members[name] !== 'function');
  return wrong && `has a ${wrong} that is not a function`;
}

function moduleSpec(given: object): StrategySpec {
  const { module, export: name = 'default', ...rest } = given as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`A strategy module has no ${unknown}; it is { module, export }.`);
  if (typeof name !== 'string' || name === '') throw invalid('The export of a strategy module must be the name of one.');
  if (!(module instanceof URL) && !(typeof module === 'string' && URL.canParse(module))) {
    throw invalid("The module of a strategy must be an absolute URL, such as import.meta.resolve('./strategy.js').");
  }
  return { kind: 'module', module: String(module), export: name };
}

function invalid(message: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { field: 'strategy' } });
}
