import { type ActorRefFrom, fromCallback, fromPromise } from 'xstate';
import { restartMsAfter, type WorkerContext, type WorkerEvent, workerMachine } from '../machines/worker.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { BlobId } from '../protocol/messages.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { ThreadSetup } from '../storage/jobs/thread-api.ts';
import type { EventHub } from './events.ts';
import { type InProcessRunner, revocable } from './in-process.ts';
import { type JobRunner, WorkerThread } from './worker-thread.ts';

type WorkerRef = ActorRefFrom<typeof workerMachine>;
type Self = { send(event: WorkerEvent): void };

export interface Loan {
  readonly runner: JobRunner;
  giveBack(): void;
  /** The borrower's job does not stop: end the thread under it. */
  terminate(): void;
}

interface WorkersOptions {
  readonly names: readonly string[];
  readonly runtime: Runtime;
  readonly hub: EventHub;
  /** The worker's chart, while the engine runs. */
  readonly refOf: (name: string) => WorkerRef | undefined;
  /** A thread's view of the store as it is open now. */
  readonly setup: (slot: number) => ThreadSetup;
  /** A thread is gone: frees what it held in shared memory, and deletes what it had begun to write. */
  readonly released: (slot: number, orphans: readonly BlobId[]) => void;
  /** Used when there are no threads. */
  readonly inProcess: InProcessRunner;
  readonly stopGraceMs: number;
}

interface Borrower {
  readonly name: string;
  resolve(loan: Loan): void;
  reject(error: LithifyError): void;
}

/** Lends the threads to compactors, first come, first served; wires the worker charts to real threads. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #threads = new Map<string, WorkerThread>();
  /** Who has, or waits for, which worker. */
  readonly #borrowers = new Map<string, Borrower>();
  /** Threads that have been started but have not yet opened the store. */
  readonly #starting = new Map<string, Promise<WorkerThread>>();
  readonly #queue: Borrower[] = [];
  /** Stopped for good: nobody would ever get a thread. */
  #ended = false;
  /** LevelDB is being opened again: nobody gets one now. */
  #recycling = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get names(): readonly string[] {
    return this.#options.names;
  }

  /** Who waits for a thread, longest first. */
  get waiting(): readonly string[] {
    return this.#queue.map(({ name }) => name);
  }

  stateOf(name: string): { state: string; restarts: number } {
    const snapshot = this.#options.refOf(name)?.getSnapshot();
    return { state: snapshot ? stateName(snapshot.value) : 'stopped', restarts: snapshot?.context.restarts ?? 0 };
  }

  /** The chart with its threads; the engine's chart spawns one for each name. */
  logic(): typeof workerMachine {
    return workerMachine.provide({
      actors: {
        startThread: fromPromise(({ input }) => this.#start(input.name)),
        watchThread: fromCallback(({ input, sendBack }) => this.#watch(input.name, sendBack)),
        stopThread: fromPromise(({ input }) => this.#stop(input.name)),
      },
      actions: {
        hand: ({ context, self }) => this.#hand(context.name, self),
        fail: ({ context }) => this.#fail(context.name, context.error),
        announceStart: ({ context }) => this.#options.hub.emit({ type: 'workerStarted', worker: context.name }),
        announceDeath: ({ context }) => this.#announceDeath(context),
      },
    });
  }

  lend(borrower: string): Promise<Loan> {
    if (this.#ended) return Promise.reject(stopping());
    if (this.#options.names.length === 0) return Promise.resolve(inThisThread(this.#options.inProcess));
    return new Promise((resolve, reject) => {
      this.#queue.push({ name: borrower, resolve, reject });
      this.#match();
    });
  }

  /** A place in this thread, for a job that cannot cross to another. */
  here(): Loan {
    if (this.#ended) throw stopping();
    return inThisThread(this.#options.inProcess);
  }

  /** Ends all threads for good; resolves when every one of them has exited, so that LevelDB may be closed. */
  async stopAll(): Promise<void> {
    this.#ended = true;
    for (const borrower of this.#queue.splice(0)) borrower.reject(stopping());
    await this.#sendAll({ type: 'Stop' });
  }

  /**
   * Ends all threads, and runs this when every one of them has exited. The next job starts new ones, but not before it has
   * settled: a thread that opened LevelDB meanwhile would keep alive what is to be closed.
   */
  async recycleAll(meanwhile: () => Promise<void>): Promise<void> {
    this.#recycling = true;
    try {
      await this.#sendAll({ type: 'Recycle' });
      await meanwhile();
    } finally {
      this.#recycling = false;
      this.#match();
    }
  }

  async #sendAll(event: WorkerEvent): Promise<void> {
    const started = [...this.#starting.values()].map((starting) => starting.then((thread) => thread.exited));
    const threads = [...started, ...[...this.#threads.values()].map((thread) => thread.exited)];
    for (const name of this.#options.names) this.#options.refOf(name)?.send(event);
    await Promise.allSettled(threads);
    await Promise.allSettled([...this.#threads.values()].map((thread) => thread.exited));
  }

  #match(): void {
    if (this.#ended || this.#recycling) return;
    for (const name of this.#byReadiness()) {
      const ref = this.#options.refOf(name);
      if (this.#queue.length === 0 || ref === undefined || this.#borrowers.has(name)) continue;
      const borrower = this.#queue.shift();
      if (borrower === undefined) return;
      this.#borrowers.set(name, borrower);
      ref.send({ type: 'Lend', borrower: borrower.name });
    }
  }

  /** Threads that are there come before those that must start first, or may not yet. */
  #byReadiness(): string[] {
    const hasThread = (name: string) => Number(this.#threads.has(name));
    return this.#options.names.toSorted((a, b) => hasThread(b) - hasThread(a));
  }

  async #start(name: string): Promise<void> {
    const { runtime, setup, names } = this.#options;
    try {
      if (runtime.startThread === undefined)
        throw new LithifyError('LITHIFY_INTERNAL', 'This runtime has no threads; open with workers: 0.');
      const starting = WorkerThread.start(runtime.startThread(name), setup(names.indexOf(name) + 1));
      this.#starting.set(name, starting);
      const thread = await starting.finally(() => this.#starting.delete(name));
      this.#threads.set(name, thread);
      void thread.exited.then(() => this.#forget(name, thread));
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_WORKER_DIED', `Worker ${name} did not start`);
    }
  }

  #forget(name: string, thread: WorkerThread): void {
    if (this.#threads.get(name) === thread) this.#threads.delete(name);
    this.#options.released(this.#options.names.indexOf(name) + 1, thread.orphans);
  }

  #watch(name: string, sendBack: (event: WorkerEvent) => void): void {
    const thread = this.#threads.get(name);
    if (thread === undefined) sendBack({ type: 'Died', error: stopping() });
    else void thread.exited.then((error) => sendBack({ type: 'Died', error }));
  }

  /** The thread is there: its borrower goes on. */
  #hand(name: string, self: Self): void {
    const borrower = this.#borrowers.get(name);
    const thread = this.#threads.get(name);
    if (borrower === undefined || thread === undefined) return;
    const giveBack = () => {
      if (this.#borrowers.get(name) !== borrower) return;
      this.#borrowers.delete(name);
      self.send({ type: 'GiveBack' });
      this.#match();
    };
    borrower.resolve({ runner: thread, giveBack, terminate: () => void thread.terminate() });
  }

  /** The thread is gone. A job on it has failed through its own call; who only waited for it is told here. */
  #fail(name: string, error: LithifyError | undefined): void {
    const borrower = this.#borrowers.get(name);
    this.#borrowers.delete(name);
    borrower?.reject(error ?? stopping());
    // Who stands in line would wait for ever if nobody else came.
    this.#match();
  }

  #announceDeath({ name, error, deaths }: WorkerContext): void {
    if (error !== undefined) this.#options.hub.emit({ type: 'workerDied', worker: name, error, restartMs: restartMsAfter(deaths) });
  }

  async #stop(name: string): Promise<void> {
    const thread = (await this.#starting.get(name)?.catch(() => undefined)) ?? this.#threads.get(name);
    if (thread === undefined) return;
    const { clock } = this.#options.runtime;
    let timer: unknown;
    const timeout = new Promise<void>((resolve) => {
      timer = clock.setTimer(resolve, this.#options.stopGraceMs);
    });
    await thread.stop(timeout);
    clock.clearTimer(timer);
    this.#threads.delete(name);
  }
}

function inThisThread(inner: InProcessRunner): Loan {
  const { runner, revoke } = revocable(inner);
  return { runner, giveBack: () => {}, terminate: revoke };
}

function stateName(value: unknown): string {
  return typeof value === 'string'
    ? value
    : Object.entries(value as Record<string, unknown>)
        .map(([state, inner]) => `${state}.${String(inner)}`)
        .join();
}

function stopping(): LithifyError {
  return new LithifyError('LITHIFY_WORKER_DIED', 'The worker threads are being stopped.');
}
