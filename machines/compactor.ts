import { type AnyActorRef, assign, fromPromise, sendTo, setup } from 'xstate';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { Outcome, Ticket } from './mailbox/ticket.ts';

export type CompactorEvent =
  | { type: 'Assign'; ticket: Ticket }
  /** Stop at the next key boundary: a flush needs the place. */
  | { type: 'Yield' }
  /** Give the work up at the next block. */
  | { type: 'Abort' }
  /** Finish what runs, then stop. */
  | { type: 'Dismiss' };

export interface CompactorContext {
  readonly name: string;
  readonly ticket: Ticket | undefined;
  /** Failures in a row: what the back-off grows with. */
  readonly failures: number;
  /** No more work will come: stop when this is done. */
  readonly dismissed: boolean;
  readonly graceMs: number;
  /** What the last failure was. */
  readonly error: LithifyError | undefined;
  readonly backOffMs: number;
}

export interface CompactorInput {
  readonly name: string;
  readonly graceMs: number;
}

/** What the running ticket's promise resolves with; it rejects only on a defect of lithify. */
export interface Settlement {
  readonly outcome: Outcome;
}

/**
 * One compactor: waits only in the mailbox, runs one ticket, settles it, waits again. `working` owns the only invoke
 * and is left only when the job settled, whatever comes in meanwhile: a reply can be late but never lost.
 * (Source: the run loop of the seed `lsm-compactor.rs`, without its half-second sleep.)
 */
export const compactorMachine = setup({
  types: {
    context: {} as CompactorContext,
    events: {} as CompactorEvent,
    input: {} as CompactorInput,
  },
  actors: {
    runTicket: fromPromise<Settlement, { compactor: string; ticket: Ticket | undefined }>(() => Promise.reject(new Error('not provided'))),
  },
  actions: {
    takeTicket: assign({ ticket: ({ event, context }) => (event.type === 'Assign' ? event.ticket : context.ticket) }),
    dropTicket: assign({ ticket: undefined }),
    /** The back-off doubles from 100 ms to 10 s. */
    countFailure: assign(({ context }, { error }: { error: LithifyError | undefined }) => ({
      error,
      failures: context.failures + 1,
      backOffMs: Math.min(10_000, 100 * 2 ** Math.min(context.failures, 10)),
    })),
    noteDismissal: assign({ dismissed: true }),
    forgetFailures: assign({ failures: 0 }),
    announceReady: sendTo(mailboxIn, ({ context }) => ({ type: 'Ready', compactor: context.name })),
    /** Assigned while busy: somebody else shall have it. */
    returnTicket: sendTo(mailboxIn, ({ context }, { ticketId }: { ticketId: number }) => ({
      type: 'Return',
      compactor: context.name,
      ticketId,
    })),
    settle: sendTo(mailboxIn, ({ context }, { outcome }: { outcome: Outcome }) => ({
      type: 'Settled',
      compactor: context.name,
      ticketId: context.ticket?.id,
      outcome,
    })),
    signalRun: () => {},
    signalYield: () => {},
    signalAbort: () => {},
    terminateWorker: () => {},
    announceBackOff: () => {},
    noticeWork: () => {},
  },
  guards: {
    /** Done, or failed because somebody wanted it to end: no reason to back off. */
    isFine: (_, { outcome }: { outcome: Outcome }) => outcome.type !== 'failed' || isNobodysFault(outcome.error),
    isDismissed: ({ context }) => context.dismissed,
  },
  delays: {
    graceMs: ({ context }) => context.graceMs,
    backOffMs: ({ context }) => context.backOffMs,
  },
}).createMachine({
  id: 'compactor',
  context: ({ input }) => ({
    name: input.name,
    graceMs: input.graceMs,
    ticket: undefined,
    failures: 0,
    dismissed: false,
    error: undefined,
    backOffMs: 0,
  }),
  initial: 'idle',
  states: {
    idle: {
      entry: 'announceReady',
      on: {
        Assign: { target: 'working', actions: 'takeTicket' },
        Dismiss: 'stopped',
      },
    },
    working: {
      entry: 'signalRun',
      invoke: {
        id: 'job',
        src: 'runTicket',
        input: ({ context }) => ({ compactor: context.name, ticket: context.ticket }),
        onDone: [
          {
            guard: { type: 'isFine', params: outcomeOf },
            target: 'rested',
            actions: [{ type: 'settle', params: outcomeOf }, 'forgetFailures'],
          },
          {
            target: 'backingOff',
            actions: [
              { type: 'countFailure', params: failureOf },
              { type: 'settle', params: outcomeOf },
            ],
          },
        ],
        onError: {
          target: 'backingOff',
          actions: [
            { type: 'countFailure', params: defectOf },
            { type: 'settle', params: (args) => ({ outcome: { type: 'failed', ...defectOf(args) } }) },
          ],
        },
      },
      on: { Assign: { actions: { type: 'returnTicket', params: ({ event }) => ({ ticketId: event.ticket.id }) } } },
      initial: 'running',
      states: {
        running: {
          on: { Yield: { actions: 'signalYield' }, Abort: 'aborting', Dismiss: { target: 'finishing', actions: 'noteDismissal' } },
        },
        finishing: { on: { Yield: { actions: 'signalYield' }, Abort: 'aborting' } },
        aborting: {
          entry: 'signalAbort',
          after: { graceMs: { actions: 'terminateWorker' } },
          on: { Dismiss: { actions: 'noteDismissal' } },
        },
      },
    },
    /** The ticket is settled; where to next? */
    rested: { entry: 'dropTicket', always: [{ guard: 'isDismissed', target: 'stopped' }, { target: 'idle' }] },
    /** Something failed: its cause may need time. Work that still needs doing is noticed again afterwards. */
    backingOff: {
      entry: ['dropTicket', 'announceBackOff'],
      always: { guard: 'isDismissed', target: 'stopped' },
      on: {
        Assign: { actions: { type: 'returnTicket', params: ({ event }) => ({ ticketId: event.ticket.id }) } },
        Dismiss: { target: 'stopped', actions: 'noteDismissal' },
      },
      after: { backOffMs: { target: 'idle', actions: 'noticeWork' } },
    },
    stopped: { type: 'final' },
  },
});

function outcomeOf({ event }: { event: { output: Settlement } }): { outcome: Outcome } {
  return { outcome: event.output.outcome };
}

/** The promise rejects on a defect of lithify only. */
function defectOf({ event }: { event: { error: unknown } }): { error: LithifyError } {
  return { error: asLithifyError(event.error, 'LITHIFY_INTERNAL', 'A compactor broke') };
}

function mailboxIn({ system }: { system: { get(id: string): AnyActorRef | undefined } }): AnyActorRef {
  const mailbox = system.get('mailbox');
  if (mailbox === undefined) throw new LithifyError('LITHIFY_INTERNAL', 'A compactor runs without a mailbox.');
  return mailbox;
}

function failureOf({ event }: { event: { output: Settlement } }): { error: LithifyError | undefined } {
  const { outcome } = event.output;
  return { error: outcome.type === 'failed' ? outcome.error : undefined };
}

function isNobodysFault(error: LithifyError): boolean {
  return error.code === 'LITHIFY_ABORTED' || error.code === 'LITHIFY_SHUTTING_DOWN';
}
