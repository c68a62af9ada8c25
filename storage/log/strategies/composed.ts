import { LithifyError } from '../../../protocol/errors.ts';
import type { LogRecord, Offset } from '../../../protocol/log.ts';
import type { Strategy } from '../strategy.ts';
import { missingOf } from './strategy-spec.ts';

/** Where a composition sends a record. */
export interface RetentionRoute {
  /** `key`: the record's own. The same answer for all records of a key, and whenever it is asked. */
  readonly when: (key: bigint, record: LogRecord) => boolean;
  /** Decides of the records that go this way. */
  readonly strategy: Strategy;
}

/** One state a route. */
export type ComposedState = readonly unknown[];

/**
 * Sends each record to the first route that takes it; a record that none takes is left alone, and so kept. It is full
 * when the route's strategy is. Of a key that two routes have come by, what either keeps is kept.
 * LITHIFY_INVALID_ARGUMENT names what a route lacks.
 */
export function composedRetention(routes: readonly RetentionRoute[]): Strategy<ComposedState> {
  if (!Array.isArray(routes) || routes.length === 0) throw invalid('composedRetention takes an array of at least one { when, strategy }.');
  routes.forEach(checkRoute);
  return new Composed([...routes]);
}

class Composed implements Strategy<ComposedState> {
  readonly #routes: readonly RetentionRoute[];
  readonly tombstone?: (record: LogRecord) => boolean;

  constructor(routes: readonly RetentionRoute[]) {
    this.#routes = routes;
    if (routes.some(({ strategy }) => strategy.tombstone !== undefined)) this.tombstone = (record) => this.#isTombstone(record);
  }

  key(record: LogRecord): bigint | string | undefined {
    const route = this.#routes[this.#routeOf(record)];
    if (route === undefined) return undefined;
    return route.strategy.key === undefined ? record.key : route.strategy.key(record);
  }

  init(): ComposedState | Promise<ComposedState> {
    const states = this.#routes.map(({ strategy }) => strategy.init());
    return states.some((state) => state instanceof Promise) ? Promise.all(states) : states;
  }

  reduce(states: ComposedState, key: bigint | string, record: LogRecord): boolean {
    const at = this.#routeOf(record);
    return at >= 0 && this.#routes[at].strategy.reduce(states[at], key, record);
  }

  collect(states: ComposedState): ReadonlyMap<bigint | string, Offset> {
    const merged = new Map<bigint | string, Offset>();
    this.#routes.forEach(({ strategy }, at) => {
      for (const [key, offset] of strategy.collect(states[at])) merged.set(key, Math.min(offset, merged.get(key) ?? offset));
    });
    return merged;
  }

  laterPass(states: ComposedState): void {
    this.#routes.forEach(({ strategy }, at) => {
      strategy.laterPass?.(states[at]);
    });
  }

  /** Below 0: none. */
  #routeOf(record: LogRecord): number {
    return this.#routes.findIndex(({ when }) => when(record.key, record));
  }

  #isTombstone(record: LogRecord): boolean {
    const at = this.#routeOf(record);
    return at >= 0 && (this.#routes[at].strategy.tombstone?.(record) ?? false);
  }
}

function checkRoute(route: unknown, at: number): void {
  if (typeof route !== 'object' || route === null) throw invalid(`composedRetention: route ${at} must be { when, strategy }.`);
  const { when, strategy } = route as Readonly<Record<string, unknown>>;
  if (typeof when !== 'function') throw invalid(`composedRetention: when of route ${at} must be a function of key and record.`);
  const missing = missingOf(strategy);
  if (missing !== undefined) throw invalid(`composedRetention: the strategy of route ${at} ${missing}.`);
}

function invalid(message: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message);
}
