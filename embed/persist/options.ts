import type { AnyActorLogic, InputFrom, Snapshot } from 'xstate';
import { Engine } from '../../kv/engine.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { Codec } from './codec.ts';
import { checkedTopic } from './histories.ts';
import { checkedId } from './keys.ts';

/** Where and how an actor is kept. */
export interface PersistOptions<TLogic extends AnyActorLogic = AnyActorLogic> {
  /** An open one. It stays open when the actor ends. */
  readonly engine: Engine;
  /** Its own in the whole store: 1 to 1,024 bytes of UTF-8. As a function: of the input with which the actor is made. */
  readonly id: string | ((input: InputFrom<TLogic>) => string);
  /** How many of its last events can be read. Default 100; 0: none. The same for all actors of a topic. */
  readonly history?: number;
  /** Where the events are. Default 'lithify.actors', of one partition unless it was made with more; a topic for nothing else. */
  readonly topic?: string;
  /** Of the machine; whole, from 0. Default 1. A state of another version goes through `migrate`. */
  readonly version?: number;
  /** Makes a stored snapshot of another version one of this version. Without it such a state is refused. */
  readonly migrate?: (stored: Snapshot<unknown>, fromVersion: number) => Snapshot<unknown>;
  /** In place of JSON. */
  readonly codec?: Codec;
  /**
   * With so many events waiting, `persisted(actor).send` rejects with LITHIFY_MAILBOX_FULL; whole, from 1. Default: no limit. What comes in
   * other ways (`actor.send`, other actors, timers) is always taken in, as by any actor: nobody could be told.
   */
  readonly maxWaiting?: number;
  /** Wall clock for timers and history: milliseconds since 1970. Default: the engine's. */
  readonly now?: () => number;
}

export interface Settings {
  readonly engine: Engine;
  readonly id: string | ((input: unknown) => string);
  readonly history: number;
  readonly topic: string;
  readonly version: number;
  readonly migrate: PersistOptions['migrate'];
  readonly codec: Codec | undefined;
  readonly maxWaiting: number;
  readonly now: () => number;
}

const KNOWN = ['engine', 'id', 'history', 'topic', 'version', 'migrate', 'codec', 'maxWaiting', 'now'];
const MAX_HISTORY = 100_000;

/** LITHIFY_INVALID_ARGUMENT names the option that is not sound. */
export function settingsOf<TLogic extends AnyActorLogic>(given: PersistOptions<TLogic>): Settings {
  expectOptions('persist', given, KNOWN);
  const { id, migrate, codec, now } = given;
  const engine = checkedEngine('persist', given.engine);
  if (migrate !== undefined && typeof migrate !== 'function') throw invalid('migrate', migrate, 'a function');
  if (now !== undefined && typeof now !== 'function') throw invalid('now', now, 'a function');
  if (codec !== undefined && !isCodec(codec)) throw invalid('codec', codec, 'an object with encode and decode');
  const clock = Engine.clockOf(engine);
  return {
    ...{ engine, migrate, codec, topic: checkedTopic(given.topic) },
    // It is only ever called with the input of this logic.
    id: typeof id === 'function' ? (id as (input: unknown) => string) : checkedId(id),
    history: whole('history', given.history, 100, MAX_HISTORY),
    version: whole('version', given.version, 1, Number.MAX_SAFE_INTEGER),
    maxWaiting:
      given.maxWaiting === undefined ? Number.POSITIVE_INFINITY : whole('maxWaiting', given.maxWaiting, 1, Number.MAX_SAFE_INTEGER, 1),
    now: now ?? (() => clock.wall()),
  };
}

/** LITHIFY_INVALID_ARGUMENT: no object, or one with an option that `of` does not know. */
export function expectOptions(of: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null) throw invalid('options', given, `an object with ${known.join(', ')}`, of);
  const option = Object.keys(given).find((name) => !known.includes(name));
  if (option === undefined) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Unknown option '${option}' of ${of}; known are ${known.join(', ')}.`, {
    details: { option },
  });
}

/** LITHIFY_INVALID_ARGUMENT: it is none. */
export function checkedEngine(of: string, given: unknown): Engine {
  if (given instanceof Engine) return given;
  throw invalid('engine', given, 'an engine, as open() gives it', of);
}

function isCodec(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return 'encode' in given && typeof given.encode === 'function' && 'decode' in given && typeof given.decode === 'function';
}

function whole(option: string, given: unknown, fallback: number, most: number, least = 0): number {
  const value = given === undefined ? fallback : given;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(option, value, `a whole number from ${least} to ${most}`);
}

function invalid(option: string, value: unknown, wanted: string, of = 'persist'): LithifyError {
  const found = typeof value === 'object' && value !== null ? 'an object' : String(value);
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option ${option} of ${of} is ${found}; it must be ${wanted}.`, {
    details: { option },
  });
}
