import type { LithifyError } from '../protocol/errors.ts';

/** Work that makes room for writes, by the tickets that it comes in. `storage`: LevelDB is opened again. */
export type RoomWork = 'flush' | 'plan' | 'slice' | 'collect' | 'storage';

/** How an attempt ended: with an error, or done, or given up for a reason that is nobody's fault. */
export type AttemptEnd = LithifyError | 'done' | 'interrupted';

/** Failures without a success in between. */
export interface Failing {
  /** When the first of them was; the clock's ms. */
  readonly since: number;
  readonly error: LithifyError;
  /** Another attempt is under way, and may succeed. */
  readonly isBeingTried: boolean;
}

/** Since when each kind of work has been failing. */
export class FailingWork {
  readonly #now: () => number;
  readonly #failures = new Map<RoomWork, { since: number; at: number; error: LithifyError }>();
  readonly #attempts = new Map<RoomWork, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  began(work: RoomWork): void {
    this.#attempts.set(work, this.#underWay(work) + 1);
  }

  ended(work: RoomWork, how: AttemptEnd): void {
    this.#attempts.set(work, Math.max(0, this.#underWay(work) - 1));
    if (how === 'done') this.succeeded(work);
    else if (how !== 'interrupted') this.#failed(work, how);
  }

  succeeded(work: RoomWork): void {
    this.#failures.delete(work);
  }

  /** All of these together, with the last error; undefined: none of them fails. */
  among(works: readonly RoomWork[]): Failing | undefined {
    const failures = works.flatMap((work) => this.#failures.get(work) ?? []);
    const [first, ...others] = failures;
    if (first === undefined) return undefined;
    const last = others.reduce((newest, one) => (one.at > newest.at ? one : newest), first);
    const since = Math.min(...failures.map((one) => one.since));
    // Opening LevelDB again is tried all the time, and is soon over; it is no reason to wait for longer.
    const isBeingTried = works.some((work) => work !== 'storage' && this.#underWay(work) > 0);
    return { since, error: last.error, isBeingTried };
  }

  /** How this one has been failing; undefined: it has not, or has succeeded since. */
  of(work: RoomWork): Failing | undefined {
    const failure = this.#failures.get(work);
    return failure && { since: failure.since, error: failure.error, isBeingTried: this.#underWay(work) > 0 };
  }

  #failed(work: RoomWork, error: LithifyError): void {
    const at = this.#now();
    this.#failures.set(work, { since: this.#failures.get(work)?.since ?? at, at, error });
  }

  #underWay(work: RoomWork): number {
    return this.#attempts.get(work) ?? 0;
  }
}
