import { type ActorRefFrom, createActor, fromPromise, SimulatedClock, waitFor } from 'xstate';
import { compactorMachine, type Settlement } from '../../../machines/compactor.ts';
import { engineMachine } from '../../../machines/engine.ts';
import { logCompactorMachine, type PhaseInput } from '../../../machines/log-compactor.ts';
import type { mailboxMachine } from '../../../machines/mailbox/mailbox.ts';
import { type CommitResult, writerMachine } from '../../../machines/writer.ts';
import type { Reply } from '../../../protocol/messages.ts';

type Step = 'openStore' | 'recoverStore' | 'closeStore';
type Queueable = Parameters<ActorRefFrom<typeof engineMachine>['send']>[0] & { type: 'Request' };

/** The engine's charts, all of them, over a store that opens, recovers and closes when it is told to. */
export class EngineRig {
  readonly clock = new SimulatedClock();
  readonly replies = new Map<string, Reply>();
  readonly said: string[] = [];
  readonly jobs = new Map<string, PromiseWithResolvers<Settlement>>();
  readonly root: ActorRefFrom<typeof engineMachine>;
  closed: { shutdowns: readonly { id: string }[]; refused: number; aborted: number } | undefined;
  #steps = new Map<Step, PromiseWithResolvers<void>>();

  constructor() {
    this.root = createActor(this.#logic(), {
      clock: this.clock,
      systemId: 'engine',
      input: { compactors: ['c0', 'c1'], workers: ['w0'], mailboxCapacity: 8, closeDeadlineMs: 10_000, graceMs: 1_000 },
    });
    this.root.on('closed', (event) => {
      this.closed = event;
    });
    this.root.subscribe({ error: () => void this.said.push('error') });
    this.root.start();
  }

  static async open(): Promise<EngineRig> {
    const rig = new EngineRig();
    await rig.step('openStore', 'opening');
    const mailbox: ActorRefFrom<typeof mailboxMachine> = rig.root.system.get('mailbox');
    mailbox.on('reply', ({ reply }) => void rig.replies.set(reply.id, reply));
    return rig;
  }

  get state(): string {
    return path(this.root.getSnapshot().value);
  }

  /** Ends what the store is doing, well or with an error, and waits until the engine has left that state. */
  async step(what: Step, during: string, error?: Error): Promise<void> {
    const step = this.#steps.get(what);
    if (error === undefined) step?.resolve();
    else step?.reject(error);
    await waitFor(this.root, ({ value }) => path(value) !== during);
  }

  request(id: string, message: Queueable['envelope']['message']): void {
    this.root.send({ type: 'Request', envelope: { id, replyTo: 'ask', message }, at: 0 });
  }

  shutdown(id: string, deadlineMs?: number): void {
    this.root.send({ type: 'Shutdown', envelope: { id, message: { type: 'Shutdown', ...(deadlineMs !== undefined && { deadlineMs }) } } });
  }

  compactor(name: string): ActorRefFrom<typeof compactorMachine> {
    return this.root.system.get(name);
  }

  async settle(name: string, outcome: Settlement['outcome']): Promise<void> {
    this.jobs.get(name)?.resolve({ outcome });
    await waitFor(this.compactor(name), (snapshot) => !snapshot.matches('working'));
  }

  #logic(): typeof engineMachine {
    const note = (what: string) => () => void this.said.push(what);
    const begin = (what: Step) => fromPromise(() => this.#begin(what));
    const compactor = compactorMachine.provide({
      actors: { runTicket: fromPromise(({ input }) => this.#work(input.compactor)) },
      actions: {
        signalAbort: note('abort'),
        signalYield: () => {
          throw new Error('a defect of a compactor');
        },
      },
    });
    const writer = writerMachine.provide({
      actors: { commitGroup: fromPromise<CommitResult>(async () => ({ more: false, full: false })) },
      guards: {
        hasGroups: () => {
          throw new Error('a defect of the writer');
        },
      },
    });
    const logCompactor = logCompactorMachine.provide({
      // A log without records is idle at once; recovering takes for ever.
      actors: { ageActive: fromPromise(async () => ({})), recover: fromPromise<void, PhaseInput>(() => new Promise(() => {})) },
      actions: {
        signalAbort: () => {
          throw new Error('a defect of a log compactor');
        },
      },
    });
    return engineMachine.provide({
      actors: {
        compactor,
        writer,
        logCompactor,
        openStore: begin('openStore'),
        recoverStore: begin('recoverStore'),
        closeStore: begin('closeStore'),
      },
      actions: { noticeWork: note('noticeWork'), announceFailure: note('failed'), announceRecovery: note('recovered') },
    });
  }

  #begin(what: Step): Promise<void> {
    this.said.push(what);
    const step = Promise.withResolvers<void>();
    this.#steps.set(what, step);
    return step.promise;
  }

  #work(name: string): Promise<Settlement> {
    const job = Promise.withResolvers<Settlement>();
    this.jobs.set(name, job);
    return job.promise;
  }
}

function path(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as Record<string, unknown>)
    .map(([outer, inner]) => `${outer}.${path(inner)}`)
    .join();
}
