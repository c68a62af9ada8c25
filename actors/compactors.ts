import { type ActorRefFrom, fromPromise } from 'xstate';
import { compactorMachine, type Settlement } from '../machines/compactor.ts';
import type { Outcome, Ticket, Work } from '../machines/mailbox/ticket.ts';
import { asLithifyError, type LithifyError } from '../protocol/errors.ts';
import type { JobKind } from '../protocol/events.ts';
import type { Clock } from '../protocol/runtime.ts';
import type { JobSpec, ResultOf } from '../storage/jobs/job.ts';
import { SharedControl } from '../storage/jobs/shared-control.ts';
import type { EventHub } from './events.ts';
import type { AttemptEnd } from './failing-work.ts';
import type { PhaseDesk } from './logs/phase-desk.ts';
import { runCollect } from './tickets/collect.ts';
import { planBackground, planMajor, runSlice } from './tickets/compaction.ts';
import type { JobWatch, TicketContext } from './tickets/context.ts';
import { runFlush } from './tickets/flush.ts';
import type { Loan, Workers } from './workers.ts';

type CompactorRef = ActorRefFrom<typeof compactorMachine>;

interface CompactorsOptions {
  readonly names: readonly string[];
  readonly parts: () => Pick<TicketContext, 'tablet' | 'writer' | 'memtables'>;
  readonly workers: Workers;
  /** Who knows what the phases of logs do. */
  readonly desk: () => PhaseDesk;
  readonly hub: EventHub;
  readonly clock: Clock;
  /** The compactor's chart, while the engine runs. */
  readonly refOf: (name: string) => CompactorRef | undefined;
  /** Anything left to do? Asked after a back-off. */
  readonly noticeWork: () => void;
  /** A job failed in the blob store: its LevelDB handle may be poisoned. */
  readonly onFailure: (error: LithifyError) => void;
}

/** The job that a compactor runs. */
interface RunningJob {
  readonly kind: JobKind;
  readonly reason: string;
  /** Monotonic ms. */
  readonly since: number;
}

/** What one compactor does at this moment. */
export interface CompactorLook {
  readonly name: string;
  readonly state: string;
  /** Absent: it runs none, or still waits for a thread. */
  readonly job?: RunningJob;
  readonly entries: number;
  readonly bytes: number;
  /** While it backs off. */
  readonly backingOff?: { readonly ms: number; readonly failures: number; readonly error: LithifyError };
}

/** Wires the compactor charts to tickets, workers and signals. */
export class Compactors {
  readonly #options: CompactorsOptions;
  readonly #controls = new Map<string, SharedControl>();
  readonly #loans = new Map<string, Loan>();
  readonly #jobs = new Map<string, RunningJob>();

  constructor(options: CompactorsOptions) {
    this.#options = options;
    for (const name of options.names) this.#controls.set(name, SharedControl.create());
  }

  stats(): { name: string; state: string; job?: string; entries: number; bytes: number }[] {
    return this.look().map(({ name, state, job, entries, bytes }) => ({ name, state, ...(job && { job: job.kind }), entries, bytes }));
  }

  look(): CompactorLook[] {
    return this.#options.names.map((name) => {
      const { entries, bytes } = this.#control(name);
      const job = this.#jobs.get(name);
      const ref = this.#options.refOf(name);
      const { error, failures, backOffMs: ms } = ref?.getSnapshot().context ?? {};
      const state = stateName(ref);
      const backingOff =
        state === 'backingOff' && error !== undefined ? { backingOff: { ms: ms ?? 0, failures: failures ?? 0, error } } : {};
      return { name, state, ...(job && { job }), entries, bytes, ...backingOff };
    });
  }

  logic(): typeof compactorMachine {
    const { hub, noticeWork } = this.#options;
    return compactorMachine.provide({
      actors: { runTicket: fromPromise(({ input }) => this.#settled(input.compactor, input.ticket)) },
      actions: {
        signalRun: ({ context }) => this.#control(context.name).reset(),
        signalYield: ({ context }) => this.#yield(context.name),
        signalAbort: ({ context }) => this.#control(context.name).order('abort'),
        terminateWorker: ({ context }) => this.#loans.get(context.name)?.terminate(),
        announceBackOff: ({ context }) => {
          if (context.error !== undefined)
            hub.emit({ type: 'backingOff', compactor: context.name, ms: context.backOffMs, error: context.error });
        },
        noticeWork,
      },
    });
  }

  #control(name: string): SharedControl {
    const control = this.#controls.get(name);
    if (control === undefined) throw new Error(`There is no compactor ${name}.`);
    return control;
  }

  /** An abort is not taken back by a request to make way. */
  #yield(name: string): void {
    const control = this.#control(name);
    if (control.command() === 'run') control.order('yield');
  }

  /** Runs the ticket; every failure is an outcome, so that the chart decides what follows. */
  async #settled(name: string, ticket: Ticket | undefined): Promise<Settlement> {
    if (ticket === undefined) return { outcome: { type: 'failed', error: defect(new Error('no ticket')) } };
    const ended = this.#noteAttempt(ticket.work);
    try {
      const outcome = await this.#run(name, ticket);
      ended(endOf(outcome, ticket.work));
      return { outcome };
    } catch (error) {
      const failure = asLithifyError(error, 'LITHIFY_INTERNAL', `Running a ${ticket.work.kind} ticket`);
      ended(isInterruption(failure) ? 'interrupted' : failure);
      return { outcome: { type: 'failed', error: failure } };
    }
  }

  /** Writers may be waiting for what this work does; for phases of logs they never are. */
  #noteAttempt({ kind }: Work): (how: AttemptEnd) => void {
    return kind === 'log' ? () => {} : this.#options.parts().writer.workBegan(kind);
  }

  #run(name: string, ticket: Ticket): Promise<Outcome> {
    const context: TicketContext = {
      ...this.#options.parts(),
      ticket,
      job: (spec, reason, watch) => this.#job(name, ticket, spec, { reason, watch, lend: () => this.#options.workers.lend(name) }),
      jobHere: (spec, reason, watch) => this.#job(name, ticket, spec, { reason, watch, lend: async () => this.#options.workers.here() }),
      desk: this.#options.desk(),
      isYielding: () => this.#control(name).command() === 'yield',
    };
    return dispatch(ticket.work, context);
  }

  /** One job, where `lend` finds it a place, announced from start to end. */
  async #job<J extends JobSpec>(
    compactor: string,
    ticket: Ticket,
    spec: J,
    { reason, watch, lend }: { reason: string; watch: JobWatch | undefined; lend: () => Promise<Loan> },
  ): Promise<ResultOf<J>> {
    const { hub, clock } = this.#options;
    const job = jobKind(spec);
    const loan = await lend();
    const since = clock.now();
    const settled = (outcome: 'done' | 'yielded' | 'failed', error?: LithifyError) =>
      hub.emit({ type: 'jobSettled', job, compactor, ticket: ticket.id, outcome, ms: clock.now() - since, ...(error && { error }) });
    this.#loans.set(compactor, loan);
    this.#jobs.set(compactor, { kind: job, reason, since });
    hub.emit({ type: 'jobStarted', job, compactor, ticket: ticket.id, reason });
    const unwatch = watch?.begin(() => loan.terminate());
    try {
      const result = await loan.runner.run(spec, this.#control(compactor));
      settled(hasYielded(result) ? 'yielded' : 'done');
      return result;
    } catch (error) {
      const coded = asLithifyError(error, 'LITHIFY_INTERNAL', `A ${job} job`);
      const failure = watch?.explain(coded) ?? coded;
      settled('failed', failure);
      // Only what a job meets in the blob store can have poisoned LevelDB; the log's troubles are the writer's.
      this.#options.onFailure(failure);
      throw failure;
    } finally {
      unwatch?.();
      this.#loans.delete(compactor);
      this.#jobs.delete(compactor);
      loan.giveBack();
    }
  }
}

function dispatch(work: Work, context: TicketContext): Promise<Outcome> {
  switch (work.kind) {
    case 'flush':
      return runFlush(context, work.memtable);
    case 'collect':
      return runCollect(context);
    case 'plan':
      return work.order === 'major' ? planMajor(context, work.range) : planBackground(context);
    case 'slice':
      return runSlice(context, work.orderId);
    case 'log':
      return context.desk.run(work.task, context);
  }
}

/** A flush is done when a memtable is a table, which the writer hears by itself. */
function endOf(outcome: Outcome, { kind }: Work): AttemptEnd {
  if (outcome.type === 'failed') return isInterruption(outcome.error) ? 'interrupted' : outcome.error;
  const undeleted = outcome.type === 'answered' ? outcome.replies.flatMap((reply) => (reply.ok ? [] : reply.error)) : [];
  return undeleted.find(({ code }) => code === 'LITHIFY_DELETION') ?? (kind === 'flush' ? 'interrupted' : 'done');
}

function isInterruption(error: LithifyError): boolean {
  return error.code === 'LITHIFY_ABORTED' || error.code === 'LITHIFY_SHUTTING_DOWN';
}

function jobKind(spec: JobSpec): JobKind {
  return spec.kind === 'merge' ? 'slice' : spec.kind;
}

function hasYielded(result: object): boolean {
  if ('resumeAt' in result) return result.resumeAt !== undefined;
  if ('resume' in result) return result.resume !== undefined;
  return 'yielded' in result && result.yielded === true;
}

function defect(error: unknown): LithifyError {
  return asLithifyError(error, 'LITHIFY_INTERNAL', 'A compactor broke');
}

function stateName(ref: CompactorRef | undefined): string {
  const value = ref?.getSnapshot().value ?? 'stopped';
  return typeof value === 'string' ? value : (Object.values(value)[0] ?? 'working');
}
