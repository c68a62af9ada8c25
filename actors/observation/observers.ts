import type { InspectionEvent } from 'xstate';
import { type InspectObserver, observerFunction } from '../../protocol/inspection.ts';
import type { Release } from '../../protocol/runtime.ts';

/**
 * Everybody who looks at the engine's actors, behind one guard: an observer that throws would wedge the actor that it
 * looks at. Observers may come and go while the engine runs.
 */
export class Observers {
  #observers: readonly ((event: InspectionEvent) => void)[] = [];
  readonly #attach: (observe: Observers['inspect']) => Release;
  #detach: Release | undefined;

  /** `attach` is called while there is somebody who looks. */
  constructor(attach: (observe: Observers['inspect']) => Release) {
    this.#attach = attach;
  }

  /** For XState's `inspect` option of the root. */
  readonly inspect = (event: InspectionEvent): void => {
    const observers = this.#observers;
    for (let i = 0; i < observers.length; i++) {
      try {
        observers[i](event);
      } catch {
        // The observer's own affair.
      }
    }
  };

  add(observer: InspectObserver): Release {
    const given = observerFunction(observer);
    // A function of its own, so that the same observer may come twice.
    const observe = (event: InspectionEvent) => given(event);
    this.#observers = [...this.#observers, observe];
    this.#detach ??= this.#attach(this.inspect);
    return () => this.#remove(observe);
  }

  #remove(observe: (event: InspectionEvent) => void): void {
    this.#observers = this.#observers.filter((one) => one !== observe);
    if (this.#observers.length > 0) return;
    this.#detach?.();
    this.#detach = undefined;
  }
}
