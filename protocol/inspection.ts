import { LithifyError } from './errors.ts';

/**
 * An XState inspection observer, as a function or as an object: XState's own `inspect` option, so Stately's inspector fits
 * as it is. What it throws is caught. (The types are written as methods so that observers of a narrower event fit too.)
 */
export type InspectObserver = { bivariant(event: unknown): void }['bivariant'] | { next?(event: unknown): void };

/** LITHIFY_INVALID_ARGUMENT, which calls it `what`, if it is no observer. */
export function checkedObserver(given: unknown, what: string): InspectObserver {
  if (isObserver(given)) return given;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `${what} is ${described(given)}; it must be a function, or an object with next().`, {
    details: { option: 'inspect' },
  });
}

function isObserver(given: unknown): given is InspectObserver {
  if (typeof given === 'function') return true;
  if (typeof given !== 'object' || given === null) return false;
  // XState lets an observer leave out what it does not want to hear, but one without any ears is a mistake.
  return 'next' in given && typeof given.next === 'function';
}

/** Some things cannot be made a text. */
function described(given: unknown): string {
  return typeof given === 'object' ? (given === null ? 'null' : 'an object without next()') : String(given);
}

export function observerFunction(observer: InspectObserver): (event: unknown) => void {
  return typeof observer === 'function' ? observer : (event) => observer.next?.(event);
}

/** One actor that runs now. Plain data. */
export interface ActorInfo {
  /** Unique while it runs: its name, after its parent's where only the parent knows it, such as 'compactor-0/job'. */
  readonly id: string;
  /** Absent: the root. */
  readonly parent?: string;
  /** The chart it runs, by the id that `lithify/machines` has it under; absent: a promise or a callback. */
  readonly machine?: string;
  /** Active states from the chart's outermost inwards, dotted, such as 'running.open'; several in parallel ones. */
  readonly states: readonly string[];
  /** As XState has it. */
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** What it says of itself for people, such as the job a compactor runs. */
  readonly note?: string;
}

/** What `engine.inspect` takes; all of it may be left out. */
export interface InspectOptions {
  /** 0, the default: any that is free. */
  port?: number;
  /** Loopback only: '127.0.0.1' (default) or '::1'. */
  host?: '127.0.0.1' | '::1';
}

/** The local page of an engine; it closes with the engine. */
export interface Inspector {
  /** With its secret: who has this address sees the store and can send messages. */
  readonly url: string;
  /** At which it listens. */
  readonly port: number;
  /** Hangs up on whoever looks, and resolves when the port is free. */
  close(): Promise<void>;
}
