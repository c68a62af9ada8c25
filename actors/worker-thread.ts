import * as Comlink from 'comlink';
import { asLithifyError, fromWireError, type LithifyError } from '../protocol/errors.ts';
import type { BlobId } from '../protocol/messages.ts';
import type { Thread } from '../protocol/runtime.ts';
import { TakenIds } from '../storage/blobs/taken-ids.ts';
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
  /** Calls under way. */
  readonly #pending = new Set<PendingCall>();
  /** What its jobs have begun to write. */
  readonly #taken = TakenIds.create();
  #dead: LithifyError | undefined;
  #orphans: readonly BlobId[] = [];
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
      unwrap(await worker.#call(async () => worker.#api.open({ ...setup, taken: worker.#taken.buffer })));
      return worker;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  /** Once it has exited: the blobs that it had begun to write, finished or not, for a job whose caller was told that it failed. */
  get orphans(): readonly BlobId[] {
    return this.#orphans;
  }

  async run<J extends JobSpec>(job: J, control: SharedControl): Promise<ResultOf<J>> {
    if (this.#pending.size === 0) this.#taken.clear();
    const reply = await this.#call(async () => this.#api.run(job, control.buffer), true);
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

  /** The first word counts, a reply or the thread's end: what the caller is told is also what its blobs are taken for. */
  #call<T>(start: () => Promise<T>, isJob = false): Promise<T> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    this.#thread.setHeld(true);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const call = { reject, isJob };
    this.#pending.add(call);
    const settle = (tell: () => void) => {
      if (!this.#pending.delete(call)) return;
      if (this.#pending.size === 0) this.#thread.setHeld(false);
      tell();
    };
    start().then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    return promise;
  }

  #die(error: LithifyError): void {
    this.#dead = error;
    const calls = [...this.#pending];
    this.#pending.clear();
    if (calls.some(({ isJob }) => isJob)) this.#orphans = this.#taken.ids();
    for (const { reject } of calls) reject(error);
  }
}

interface PendingCall {
  readonly reject: (error: LithifyError) => void;
  readonly isJob: boolean;
}

function unwrap<T>(reply: ThreadReply<T>): T {
  if (reply.ok) return reply.value;
  throw fromWireError(reply.error);
}
