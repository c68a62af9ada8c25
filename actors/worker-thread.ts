import * as Comlink from 'comlink';
import { asLithifyError, fromWireError, type LithifyError } from '../protocol/errors.ts';
import type { Thread } from '../protocol/runtime.ts';
import type { JobSpec, ResultOf } from '../storage/jobs/job.ts';
import type { SharedControl } from '../storage/jobs/shared-control.ts';
import type { ThreadApi, ThreadReply, ThreadSetup } from '../storage/jobs/thread-api.ts';

/** Does jobs: a thread, or this thread itself. */
export interface JobRunner {
  run<J extends JobSpec>(job: J, control: SharedControl): Promise<ResultOf<J>>;
}

/**
 * A worker thread with the store open. Comlink leaves a call hanging for ever when its thread goes; here every call
 * is in a set that the thread's end rejects, and calls after that end are refused at once.
 */
export class WorkerThread implements JobRunner {
  readonly #thread: Thread;
  /** A strong reference: a proxy collected in mid-call would never settle. */
  readonly #api: Comlink.Remote<ThreadApi>;
  readonly #pending = new Set<(error: LithifyError) => void>();
  #dead: LithifyError | undefined;
  /** Resolves with the reason when the thread is gone. */
  readonly exited: Promise<LithifyError>;

  private constructor(thread: Thread) {
    this.#thread = thread;
    // Comlink's types ask for a browser's endpoint; it uses only these three methods.
    this.#api = Comlink.wrap<ThreadApi>(thread.endpoint as unknown as Comlink.Endpoint);
    this.exited = new Promise((resolve) =>
      thread.onExit((reason) => {
        const error = asLithifyError(reason, 'LITHIFY_WORKER_DIED', 'A worker thread ended');
        this.#die(error);
        resolve(error);
      }),
    );
  }

  /** Starts a thread and opens the store in it; rejects when either fails, leaving no thread behind. */
  static async start(thread: Thread, setup: ThreadSetup): Promise<WorkerThread> {
    const worker = new WorkerThread(thread);
    try {
      unwrap(await worker.#call(async () => worker.#api.open(setup)));
      return worker;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  async run<J extends JobSpec>(job: J, control: SharedControl): Promise<ResultOf<J>> {
    const reply = await this.#call(async () => this.#api.run(job, control.buffer));
    // The API is typed over all jobs at once; the kind of the result follows from the kind of the job.
    return unwrap(reply) as ResultOf<J>;
  }

  /** Lets go of LevelDB, then ends the thread; a thread that does not answer in time is ended anyway. Never rejects. */
  async stop(timeout: Promise<void>): Promise<void> {
    await Promise.race([this.#call(async () => this.#api.close()).catch(() => undefined), timeout]);
    await this.terminate();
  }

  async terminate(): Promise<void> {
    await this.#thread.terminate();
    await this.exited;
  }

  async #call<T>(start: () => Promise<T>): Promise<T> {
    if (this.#dead !== undefined) throw this.#dead;
    this.#thread.setHeld(true);
    let reject: (error: LithifyError) => void = () => {};
    const died = new Promise<never>((_, rejected) => {
      reject = rejected;
    });
    this.#pending.add(reject);
    try {
      return await Promise.race([start(), died]);
    } finally {
      this.#pending.delete(reject);
      if (this.#pending.size === 0 && this.#dead === undefined) this.#thread.setHeld(false);
    }
  }

  #die(error: LithifyError): void {
    this.#dead = error;
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
  }
}

function unwrap<T>(reply: ThreadReply<T>): T {
  if (reply.ok) return reply.value;
  throw fromWireError(reply.error);
}
