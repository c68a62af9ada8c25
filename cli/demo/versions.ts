import { deletes, keyOf, type Workload } from './workload.ts';

/** The version that each key must have once a prefix of the writes is in; 0: the key must not be there. */
export class Versions {
  readonly #workload: Workload;
  readonly #versions: Uint32Array;
  #live = 0;
  #applied = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#versions = new Uint32Array(workload.keys);
  }

  /** How many writes are in. */
  get applied(): number {
    return this.#applied;
  }

  /** How many keys have a value. */
  get live(): number {
    return this.#live;
  }

  of(key: number): number {
    return this.#versions[key] ?? 0;
  }

  /** Takes the next writes, up to but not including `to`; tells which keys they touch. */
  applyTo(to: number, touched?: (key: number, version: number) => void): void {
    for (; this.#applied < to; this.#applied++) {
      const key = keyOf(this.#workload, this.#applied);
      const version = deletes(this.#workload, this.#applied) ? 0 : this.#applied + 1;
      this.#live += Number(version !== 0) - Number(this.of(key) !== 0);
      this.#versions[key] = version;
      touched?.(key, version);
    }
  }
}
