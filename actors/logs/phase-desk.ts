import type { LogPhase, LogWork, Outcome } from '../../machines/mailbox/ticket.ts';
import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { TicketContext } from '../tickets/context.ts';

/** How one turn of a phase on a compactor ended: with its result, or having made way, to be run again. */
export type PhaseResult<T> = { readonly done: T } | { readonly again: true };

export interface PhaseDeskOptions {
  /** Puts a ticket into the mailbox. */
  readonly notice: (work: LogWork) => void;
  /** Nobody waits for the task any more: it is dropped or aborted, and this desk is told through `drop` or its run. */
  readonly cancel: (task: number, error: LithifyError) => void;
}

interface Task {
  /** One turn; true: it has made way and wants another. */
  turn(context: TicketContext): Promise<boolean>;
  reject(error: LithifyError): void;
  /** A compactor is at it: it settles by that, whatever the mailbox says meanwhile. */
  isRunning: boolean;
  /** It gets no further turn, and this is why. */
  cancelled: LithifyError | undefined;
}

/**
 * Joins promises to tickets: who wants a phase of a log's compaction done waits for a promise here; the compactor that
 * gets the ticket runs it. Every promise settles once, after its work has stopped.
 */
export class PhaseDesk {
  readonly #options: PhaseDeskOptions;
  readonly #tasks = new Map<number, Task>();
  #next = 1;
  #ended: LithifyError | undefined;

  constructor(options: PhaseDeskOptions) {
    this.#options = options;
  }

  /** Tasks that wait or run. */
  get size(): number {
    return this.#tasks.size;
  }

  /**
   * Resolves with what `run` has done, on a compactor. `run` is called again, on whichever compactor, when it made way;
   * it keeps by itself what it has reached. Rejects with a coded error; aborted by `signal`, not before it has stopped.
   */
  async submit<T>(phase: LogPhase, run: (context: TicketContext) => Promise<PhaseResult<T>>, signal?: AbortSignal): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    if (signal?.aborted) throw abortedError();
    const settled = Promise.withResolvers<T>();
    const task = this.#next++;
    const turn = async (context: TicketContext): Promise<boolean> => {
      const result = await run(context);
      if ('again' in result) return true;
      settled.resolve(result.done);
      return false;
    };
    this.#tasks.set(task, { turn, reject: settled.reject, isRunning: false, cancelled: undefined });
    const abort = () => this.#cancel(task);
    signal?.addEventListener('abort', abort);
    this.#options.notice({ kind: 'log', phase, task });
    try {
      return await settled.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** A compactor holds the task's ticket. */
  async run(id: number, context: TicketContext): Promise<Outcome> {
    const task = this.#tasks.get(id);
    if (task === undefined) return NOTHING;
    if (task.cancelled !== undefined) return this.#reject(id, task.cancelled);
    task.isRunning = true;
    try {
      const isAgain = await task.turn(context);
      if (isAgain && task.cancelled !== undefined) return this.#reject(id, task.cancelled);
      if (isAgain) return AGAIN;
      this.#tasks.delete(id);
      return NOTHING;
    } catch (cause) {
      const error = asLithifyError(cause, 'LITHIFY_INTERNAL', 'A phase of a log compaction');
      this.#reject(id, error);
      // A user's broken strategy must not slow down the engine's own work.
      return isNoFaultOfOurs(error) ? NOTHING : { type: 'failed', error };
    } finally {
      task.isRunning = false;
    }
  }

  /** The mailbox will not hand the task out (again). One that runs at this moment settles when its turn has ended. */
  drop(id: number, error: LithifyError): void {
    const task = this.#tasks.get(id);
    if (task?.isRunning === true) task.cancelled ??= error;
    else this.#reject(id, error);
  }

  /** The engine has ended, and everything that ran in it: nothing is handed out any more. */
  end(error: LithifyError): void {
    this.#ended = error;
    for (const id of [...this.#tasks.keys()]) this.#reject(id, error);
  }

  #cancel(id: number): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    task.cancelled = abortedError();
    this.#options.cancel(id, task.cancelled);
  }

  #reject(id: number, error: LithifyError): Outcome {
    this.#tasks.get(id)?.reject(error);
    this.#tasks.delete(id);
    return NOTHING;
  }
}

/** Nobody waits at the mailbox for a log's ticket: there is no reply. */
const NOTHING: Outcome = { type: 'answered', replies: [] };
const AGAIN: Outcome = { type: 'again' };

function isNoFaultOfOurs({ code }: LithifyError): boolean {
  return code === 'LITHIFY_STRATEGY' || code === 'LITHIFY_ABORTED' || code === 'LITHIFY_SHUTTING_DOWN';
}

function abortedError(): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', 'This phase of a log compaction was given up: nobody waits for it any more.');
}
