import type { AnyStateMachine } from 'xstate';
import { nameOf } from './names.ts';
import { type Json, mapped, plainData } from './plain-data.ts';
import { checkMachine } from './state-node.ts';

type Change = (value: unknown) => Json;

/** What stands under which property, where it is more than data. */
const TRANSITION = new Map<string, Change>([
  ['actions', many(piece('action'))],
  ['guard', piece('guard')],
]);
const transitions = many(parts(TRANSITION));

const INVOKE = new Map<string, Change>([
  ['src', (source) => nameOf(source, 'actor')],
  ['onDone', transitions],
  ['onError', transitions],
  ['onSnapshot', transitions],
]);

const STATE: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['entry', many(piece('action'))],
  ['exit', many(piece('action'))],
  ['initial', transitions],
  ['always', transitions],
  ['onDone', transitions],
  // An event without a transition is one that the state takes and ignores.
  ['on', each((candidates) => transitions(candidates ?? {}))],
  ['after', each((candidates) => transitions(candidates ?? []))],
  ['invoke', many(parts(INVOKE))],
  ['states', each((state) => parts(STATE)(state))],
]);

/**
 * A machine's config as plain data, from which `createMachine` makes a machine with the same chart. Every function is
 * `{ type: name }`, by the name that it can be told by, or else `inline guard` and the like; an actor that was written in its
 * place is its name; what else JSON has no word for is named too. `JSON.stringify` drops nothing of it and turns nothing to null. (An
 * undefined in a machine's context is null here. What only tells types, `types` and `schemas`, is left out.) LITHIFY_INVALID_ARGUMENT: it is no machine.
 */
export function machineJson(machine: AnyStateMachine): { readonly [key: string]: Json } {
  checkMachine(machine);
  const { id: _, types: __, schemas: ___, ...config }: Record<string, unknown> = machine.config;
  return { id: machine.id, ...mapped(defined(config), propertyOf(STATE)) };
}

function parts(changes: ReadonlyMap<string, Change>): Change {
  return (config) => (isObject(config) ? mapped(defined(config), propertyOf(changes)) : plainData(config, 'config'));
}

function propertyOf(changes: ReadonlyMap<string, Change>): (value: unknown, key: string) => Json {
  return (value, key) => changes.get(key)?.(value) ?? plainData(value, key);
}

/** A property that is undefined was left out. */
function defined(config: object): object {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function each(change: Change): Change {
  return (all) => (isObject(all) ? mapped(all, change) : plainData(all, 'config'));
}

function many(change: Change): Change {
  return (given) => (Array.isArray(given) ? given.map(change) : change(given));
}

/** An action or a guard: its name, or its name with params, or a function. */
function piece(place: string): Change {
  return (given) => (typeof given === 'function' ? { type: nameOf(given, place) } : plainData(given, place));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
