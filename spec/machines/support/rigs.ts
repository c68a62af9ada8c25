import { type ActorRefFrom, createActor, createMachine, fromCallback, fromPromise, SimulatedClock, spawnChild, waitFor } from 'xstate';
import { compactorMachine, type Settlement } from '../../../machines/compactor.ts';
import type { MailboxEvent } from '../../../machines/mailbox/mailbox.ts';
import type { Outcome, Ticket } from '../../../machines/mailbox/ticket.ts';
import { type WorkerEvent, workerMachine } from '../../../machines/worker.ts';

export function ticket(id: number): Ticket {
  return { id, work: { kind: 'flush' }, at: 0, requests: [], internal: true };
}

/** A compactor's chart between a mailbox that only listens and jobs that end when they are told to. */
export class CompactorRig {
  readonly clock = new SimulatedClock();
  readonly heard: MailboxEvent[] = [];
  readonly signals: string[] = [];
  readonly actor: ActorRefFrom<typeof compactorMachine>;
  #job: PromiseWithResolvers<Settlement> | undefined;

  constructor() {
    const note = (what: string) => () => void this.signals.push(what);
    const logic = compactorMachine.provide({
      actors: { runTicket: fromPromise(() => this.#begin()) },
      actions: {
        ...{ signalRun: note('run'), signalYield: note('yield'), signalAbort: note('abort'), terminateWorker: note('terminate') },
        ...{ announceBackOff: note('backOff'), noticeWork: note('noticeWork') },
      },
    });
    const mailbox = fromCallback<MailboxEvent>(({ receive }) => receive((event) => void this.heard.push(event)));
    const root = createActor(
      createMachine({
        entry: [
          spawnChild(mailbox, { id: 'mailbox', systemId: 'mailbox' }),
          spawnChild(logic, { id: 'c0', systemId: 'c0', input: { name: 'c0', graceMs: 1_000 } }),
        ],
      }),
      { clock: this.clock },
    );
    root.start();
    this.actor = root.system.get('c0');
  }

  get state(): unknown {
    return this.actor.getSnapshot().value;
  }

  /** Types of what the mailbox heard since the last call. */
  heardNow(): string[] {
    return this.heard.splice(0).map(({ type }) => type);
  }

  assign(id: number): void {
    this.actor.send({ type: 'Assign', ticket: ticket(id) });
  }

  /** Ends the job and waits until the chart has noticed. */
  async settle(outcome: Outcome): Promise<void> {
    this.#job?.resolve({ outcome });
    await waitFor(this.actor, (snapshot) => !snapshot.matches('working'));
  }

  async breakDown(): Promise<void> {
    this.#job?.reject(new TypeError('a defect'));
    await waitFor(this.actor, (snapshot) => !snapshot.matches('working'));
  }

  #begin(): Promise<Settlement> {
    this.#job = Promise.withResolvers();
    return this.#job.promise;
  }
}

/** A worker's chart with threads that start, die and stop when they are told to. */
export class WorkerRig {
  readonly clock = new SimulatedClock();
  readonly said: string[] = [];
  readonly actor: ActorRefFrom<typeof workerMachine>;
  starting = Promise.withResolvers<void>();
  stopping = Promise.withResolvers<void>();
  #report: (event: WorkerEvent) => void = () => {};

  constructor() {
    const note = (what: string) => () => void this.said.push(what);
    const logic = workerMachine.provide({
      actors: {
        startThread: fromPromise(() => {
          this.starting = Promise.withResolvers();
          this.said.push('start');
          return this.starting.promise;
        }),
        watchThread: fromCallback(({ sendBack }) => {
          this.#report = sendBack;
        }),
        stopThread: fromPromise(() => {
          this.stopping = Promise.withResolvers();
          this.said.push('stop');
          return this.stopping.promise;
        }),
      },
      actions: { hand: note('hand'), fail: note('fail'), announceStart: note('started'), announceDeath: note('died') },
    });
    this.actor = createActor(logic, { clock: this.clock, input: { name: 'w0' } });
    this.actor.start();
  }

  get state(): string {
    const { value } = this.actor.getSnapshot();
    return typeof value === 'string'
      ? value
      : Object.entries(value)
          .map(([outer, inner]) => `${outer}.${String(inner)}`)
          .join();
  }

  saidNow(): string[] {
    return this.said.splice(0);
  }

  lend(borrower = 'c0'): void {
    this.actor.send({ type: 'Lend', borrower });
  }

  giveBack(): void {
    this.actor.send({ type: 'GiveBack' });
  }

  async started(): Promise<void> {
    this.starting.resolve();
    await waitFor(this.actor, (snapshot) => !snapshot.matches('starting'));
  }

  async failedToStart(error: Error): Promise<void> {
    this.starting.reject(error);
    await waitFor(this.actor, (snapshot) => !snapshot.matches('starting'));
  }

  async threadStopped(state: 'stopping' | 'recycling'): Promise<void> {
    this.stopping.resolve();
    await waitFor(this.actor, (snapshot) => !snapshot.matches(state));
  }

  die(event: WorkerEvent): void {
    this.#report(event);
  }
}
