/** States and messages of the writer's round: the only thing in the engine that happens thousands of times a second. */
const SUBMITTED = 'Submitted';
const COMMITTED = 'xstate.done.actor.commit';
const SLEPT = 'xstate.done.actor.pause';

export function isOfRound(type: string): boolean {
  return type === SUBMITTED || type === COMMITTED || type === SLEPT;
}

export function isWithinRound(before: unknown, after: unknown): boolean {
  return isStateOfRound(before) && isStateOfRound(after);
}

/** Comparing is faster than looking it up. */
function isStateOfRound(value: unknown): boolean {
  return value === 'idle' || value === 'committing' || value === 'deciding' || value === 'slowing';
}

/** At most one round a millisecond is written down; more would say no more, and make every write slower. */
export class Rounds {
  readonly #wall: () => number;
  #moment = 0;
  #isAfterCommit = false;
  /** This one is left out. */
  isQuiet = false;
  /** Rounds that were left out since the last that was not. */
  skipped = 0;

  /** `wall`: the cheaper one of the clock's two looks, and a millisecond is what it can tell. */
  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** A message of a round. A round ends with its commit; while there is more to write, the next begins there. */
  got(type: string): void {
    if (type === SUBMITTED || this.#isAfterCommit) this.#begin();
    this.#isAfterCommit = type === COMMITTED;
  }

  #begin(): void {
    const wall = this.#wall();
    this.isQuiet = wall === this.#moment;
    this.#moment = wall;
    if (this.isQuiet) this.skipped++;
  }
}
