import { asLithifyError, type LithifyError } from '../../protocol/errors.ts';
import type { Clock } from '../../protocol/runtime.ts';
import type { IngestJob, WriteResult } from '../../storage/jobs/job.ts';
import { SharedControl } from '../../storage/jobs/shared-control.ts';
import type { Loan } from '../workers.ts';

interface TableJobsParts {
  readonly clock: Clock;
  /** A thread, or a place in this one. */
  readonly lend: (borrower: string) => Promise<Loan>;
  /** LevelDB may be poisoned. */
  readonly onFailure: (error: LithifyError) => void;
  /** How many of these jobs there may be at once, whoever wants them: the other threads are for flushes and compactions. */
  readonly places: number;
}

/** An aborted job that has not noticed after so long loses its thread. */
const GRACE_MS = 2_000;

/** Runs the jobs that write tables for ingests, a few at a time, in the order in which they were asked for. */
export class TableJobs {
  readonly #parts: TableJobsParts;
  readonly #queue: (() => void)[] = [];
  #free: number;

  constructor(parts: TableJobsParts) {
    this.#parts = parts;
    this.#free = parts.places;
  }

  /** Rejects with a coded error, and then nothing that the job wrote is left; with the signal's reason once it is aborted. */
  async run(job: IngestJob, signal: AbortSignal): Promise<WriteResult> {
    await this.#place();
    try {
      signal.throwIfAborted();
      const loan = await this.#parts.lend('ingest');
      try {
        return await this.#runOn(loan, job, signal);
      } finally {
        loan.giveBack();
      }
    } finally {
      this.#leave();
    }
  }

  async #runOn(loan: Loan, job: IngestJob, signal: AbortSignal): Promise<WriteResult> {
    const { clock, onFailure } = this.#parts;
    const control = SharedControl.create();
    let grace: unknown;
    const abort = () => {
      control.order('abort');
      grace = clock.setTimer(() => loan.terminate(), GRACE_MS);
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await loan.runner.run(job, control);
    } catch (error) {
      const failure = asLithifyError(error, 'LITHIFY_INTERNAL', 'Writing a table for an ingest');
      onFailure(failure);
      throw signal.aborted ? signal.reason : failure;
    } finally {
      signal.removeEventListener('abort', abort);
      if (grace !== undefined) clock.clearTimer(grace);
    }
  }

  #place(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
