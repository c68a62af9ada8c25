/**
 * An XState inspection observer, as a function or as an object: XState's own `inspect` option, so Stately's inspector fits
 * as it is. What it throws is caught. (The types are written as methods so that observers of a narrower event fit too.)
 */
export type InspectObserver = { bivariant(event: unknown): void }['bivariant'] | { next?(event: unknown): void };

export function observerFunction(observer: InspectObserver): (event: unknown) => void {
  return typeof observer === 'function' ? observer : (event) => observer.next?.(event);
}

/** One actor that runs now. Plain data. */
export interface ActorInfo {
  /** Unique while it runs: its name, after its parent's where only the parent knows it, such as 'compactor-0/runTicket'. */
  readonly id: string;
  /** Absent: the root. */
  readonly parent?: string;
  /** The chart it runs, by the id that `lithify/machines` has it under; absent: a promise or a callback. */
  readonly machine?: string;
  /** Active states from the chart's outermost inwards, dotted, such as 'running.open'; several in parallel ones. */
  readonly states: readonly string[];
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** What it says of itself for people, such as the job a compactor runs. */
  readonly note?: string;
}

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
  readonly port: number;
  close(): Promise<void>;
}
