import type { RecordState } from './record-reducer.ts';

/** So many analyses may wait half-way in a thread; the oldest beyond that begins again. */
const MOST = 4;

/** States of the user's strategies that wait in this thread for the second half of their analysis, by pass. */
export class ParkedStates {
  /** By store: two engines in one thread may name their passes alike. */
  readonly #stores = new WeakMap<object, Map<string, RecordState>>();

  park(store: object, pass: string, state: RecordState): void {
    const parked = this.#stores.get(store) ?? new Map<string, RecordState>();
    this.#stores.set(store, parked);
    parked.delete(pass);
    parked.set(pass, state);
    for (const oldest of parked.keys()) {
      if (parked.size <= MOST) break;
      parked.delete(oldest);
    }
  }

  /** What was parked, if it stands where the caller means it to; it is parked no longer. */
  take(store: object, pass: string, next: number | undefined): RecordState | undefined {
    const parked = this.#stores.get(store);
    const state = parked?.get(pass);
    parked?.delete(pass);
    return state?.next === next ? state : undefined;
  }
}
