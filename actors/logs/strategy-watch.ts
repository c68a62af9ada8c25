import { codeOf, type LithifyError } from '../../protocol/errors.ts';
import type { Clock, TimerId } from '../../protocol/runtime.ts';
import { type CallUnderWay, StrategyCalls } from '../../storage/log/strategies/strategy-calls.ts';
import { type StrategyPlace, strategyError } from '../../storage/log/strategies/strategy-error.ts';
import type { StrategySpec } from '../../storage/log/strategy.ts';
import type { JobWatch } from '../tickets/context.ts';

interface StrategyWatchParts {
  readonly clock: Clock;
  /** Infinity: nothing is ended. */
  readonly budgetMs: number;
  readonly place: StrategyPlace;
  readonly strategy: StrategySpec;
}

/** So many looks in a row must find the same call: an event loop that was held for long is not the strategy's time. */
const LOOKS = 4;

/**
 * Ends a job whose strategy does not come back from one call for its budget, and blames the strategy for a thread that
 * ended inside it. Only time in the user's code counts, call by call: neither slow storage nor many slow records do.
 */
export class StrategyWatch implements JobWatch {
  readonly calls = StrategyCalls.create();
  readonly #parts: StrategyWatchParts;
  #seen: CallUnderWay | undefined;
  #looks = 0;
  #timer: TimerId | undefined;
  #stuck: CallUnderWay | undefined;

  constructor(parts: StrategyWatchParts) {
    this.#parts = parts;
  }

  begin(terminate: () => void): () => void {
    const { clock, budgetMs } = this.#parts;
    if (budgetMs === Number.POSITIVE_INFINITY) return () => {};
    const arm = () => {
      this.#timer = clock.setTimer(() => {
        if (this.#isStuck()) terminate();
        else arm();
      }, budgetMs / LOOKS);
    };
    arm();
    return () => clock.clearTimer(this.#timer);
  }

  explain(error: LithifyError): LithifyError {
    if (this.#stuck !== undefined) return this.#overBudget(this.#stuck);
    const { underWay } = this.calls;
    if (codeOf(error) !== 'LITHIFY_WORKER_DIED' || underWay === undefined) return error;
    return this.#error(underWay, 'took its worker thread along', { cause: error });
  }

  #isStuck(): boolean {
    const { underWay } = this.calls;
    this.#looks = underWay !== undefined && underWay.number === this.#seen?.number ? this.#looks + 1 : 0;
    this.#seen = underWay;
    if (this.#looks === LOOKS) this.#stuck = underWay;
    return this.#looks === LOOKS;
  }

  #overBudget(call: CallUnderWay): LithifyError {
    const { budgetMs } = this.#parts;
    return this.#error(call, `was ended: it did not come back within budgetMs (${budgetMs} ms)`, { budgetMs });
  }

  #error({ call, offset }: CallUnderWay, what: string, { cause, budgetMs }: { cause?: unknown; budgetMs?: number }): LithifyError {
    const { place, strategy } = this.#parts;
    const module = strategy.kind === 'module' ? strategy.module : undefined;
    const whose = module === undefined ? call : `${call} of ${module}`;
    const more = { ...(module !== undefined && { module }), ...(budgetMs !== undefined && { budgetMs }) };
    return strategyError(place, `${whose} ${what}`, {
      ...(offset !== undefined && { offset }),
      ...(cause !== undefined && { cause }),
      more,
    });
  }
}
