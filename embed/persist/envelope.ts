import type { AnyEventObject, Snapshot } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import type { StoredTarget } from './targets.ts';

/** A delayed event that has not come yet. */
export interface StoredTimer {
  readonly event: AnyEventObject;
  /** Wall clock, milliseconds since 1970. */
  readonly dueAt: number;
  /** By which it can be cancelled. */
  readonly id?: string | undefined;
  /** The actor that it is for. undefined: the one that waits for it. */
  readonly to?: StoredTarget;
}

/** What is stored of an actor. */
export interface Stored {
  readonly revision: number;
  readonly at: number;
  readonly timers: readonly StoredTimer[];
  /** Ends of children that the actor has not taken in yet. */
  readonly ends: readonly AnyEventObject[];
  /** As the logic's `getPersistedSnapshot` gives it. */
  readonly state: Snapshot<unknown>;
}

/** As it stands in the store. */
export interface Envelope extends Stored {
  readonly format: Format;
  readonly version: number;
}

/** Of the envelope, not of the machine. 2: there are timers for other actors, which a program that knows only 1 would take for the actor's own. */
type Format = 1 | 2;

export function formatOf({ timers }: Pick<Stored, 'timers'>): Format {
  return timers.some(({ to }) => to !== undefined) ? 2 : 1;
}

type Unknown<T> = Partial<Record<keyof T, unknown>>;

/** LITHIFY_CORRUPTION: it is none. What the machine makes of the state is another question. */
export function envelopeOf(given: unknown, id: string): Envelope {
  if (isEnvelope(given)) return given;
  throw new LithifyError('LITHIFY_CORRUPTION', `What is stored of actor '${id}' is no state of an actor; forget it, or restore a backup.`, {
    details: { id },
  });
}

export function otherVersion(id: string, found: number, wanted: number): LithifyError {
  return new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `Actor '${id}' was stored by version ${found} of its machine, and this is version ${wanted}; give persist a migrate function.`,
    { details: { id, found, wanted } },
  );
}

function isEnvelope(given: unknown): given is Envelope {
  if (!isObject(given)) return false;
  const { format, version, revision, at, timers, ends, state }: Unknown<Envelope> = given;
  if ((format !== 1 && format !== 2) || !isWhole(version, 0) || !isWhole(revision, 1) || !isNumber(at)) return false;
  return isListOf(timers, isTimer) && isListOf(ends, isEvent) && isState(state);
}

function isTimer(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { event, dueAt, id, to }: Unknown<StoredTimer> = given;
  return isEvent(event) && isNumber(dueAt) && (id === undefined || typeof id === 'string') && (to === undefined || isTarget(to));
}

function isTarget(given: unknown): given is StoredTarget {
  if (!isObject(given)) return false;
  const { child, systemId, parent }: { child?: unknown; systemId?: unknown; parent?: unknown } = given;
  return typeof child === 'string' || typeof systemId === 'string' || parent === true;
}

function isEvent(given: unknown): boolean {
  return isObject(given) && 'type' in given && typeof given.type === 'string';
}

/** A failure is never stored. */
function isState(given: unknown): boolean {
  return isObject(given) && 'status' in given && (given.status === 'active' || given.status === 'done');
}

function isListOf(given: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(given) && given.every(isOne);
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

function isNumber(given: unknown): given is number {
  return typeof given === 'number' && !Number.isNaN(given);
}

function isWhole(given: unknown, least: number): boolean {
  return Number.isSafeInteger(given) && Number(given) >= least;
}
