import { type AnyActorRef, assign, fromPromise, sendTo, setup } from 'xstate';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { Envelope, Shutdown } from '../protocol/messages.ts';
import { compactorMachine } from './compactor.ts';
import { type LogCompactorEvent, type LogCompactorInput, logCompactorMachine } from './log-compactor.ts';
import { mailboxMachine } from './mailbox/mailbox.ts';
import type { Queueable } from './mailbox/queue.ts';
import type { Work } from './mailbox/ticket.ts';
import { tabletMachine } from './tablet.ts';
import { workerMachine } from './worker.ts';
import { writerMachine } from './writer.ts';

export type EngineMachineEvent =
  /** A message from outside, re-sent by the root so that inspectors see where it came from. */
  | { type: 'Request'; envelope: Envelope<Queueable>; at: number }
  | { type: 'Cancel'; envelopeId: string; error: LithifyError }
  | { type: 'Shutdown'; envelope: Envelope<Shutdown> }
  /** The engine's own work, noticed after a commit, a seal, a back-off or a recovery. */
  | { type: 'Notice'; work: Work; at: number }
  /** Nobody waits for this phase of a log any more. */
  | { type: 'CancelTask'; task: number; error: LithifyError }
  /** A run of a log compactor is wanted: its actor is started, or told to run again. */
  | { type: 'Compact'; id: string; input: LogCompactorInput }
  /** To a log compactor, if it is there. */
  | { type: 'Relay'; to: string; event: LogCompactorEvent }
  /** A write to LevelDB failed: the handle is poisoned. */
  | { type: 'StorageFailed'; error: LithifyError }
  | { type: 'Drained'; refused: number; aborted: number };

export interface EngineMachineInput {
  readonly compactors: readonly string[];
  readonly workers: readonly string[];
  readonly mailboxCapacity: number;
  readonly closeDeadlineMs: number;
  /** How long an aborted job may take to notice before its thread is terminated. */
  readonly graceMs: number;
}

export interface EngineMachineContext extends EngineMachineInput {
  readonly shutdowns: readonly Envelope<Shutdown>[];
  readonly deadlineMs: number;
  readonly refused: number;
  readonly aborted: number;
  readonly recoveries: number;
  readonly error: LithifyError | undefined;
}

export type EngineMachineEmitted =
  | { type: 'closed'; shutdowns: readonly Envelope<Shutdown>[]; refused: number; aborted: number }
  /** A log compactor ended by a defect; the engine goes on without it. */
  | { type: 'logCompactorBroke'; id: string; error: LithifyError };

/** What the names of log compactors begin with. */
const LOG_PREFIX = 'log-';

export function logCompactorName(topic: number, partition: number): string {
  return `${LOG_PREFIX}${topic}-${partition}`;
}

const base = setup({
  types: {
    context: {} as EngineMachineContext,
    events: {} as EngineMachineEvent,
    input: {} as EngineMachineInput,
    emitted: {} as EngineMachineEmitted,
  },
  actors: {
    mailbox: mailboxMachine,
    tablet: tabletMachine,
    writer: writerMachine,
    worker: workerMachine,
    compactor: compactorMachine,
    logCompactor: logCompactorMachine,
    /** Lock, LevelDB, manifest, sweep, replay. */
    openStore: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Stops the threads, closes LevelDB, opens it again, reads the manifest. */
    recoverStore: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Ends writer and threads, closes LevelDB last, lets go of the lock. */
    closeStore: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
  },
});

const chart = base.extend({
  actions: {
    spawnChildren: base.enqueueActions(({ context, enqueue }) => {
      const { compactors, workers, mailboxCapacity: capacity, graceMs } = context;
      enqueue.spawnChild('mailbox', { id: 'mailbox', systemId: 'mailbox', input: { capacity, compactors } });
      enqueue.spawnChild('tablet', { id: 'tablet', systemId: 'tablet' });
      enqueue.spawnChild('writer', { id: 'writer', systemId: 'writer' });
      for (const name of workers) enqueue.spawnChild('worker', { id: name, systemId: name, input: { name } });
      for (const name of compactors) enqueue.spawnChild('compactor', { id: name, systemId: name, input: { name, graceMs } });
    }),
    noteShutdown: assign({
      shutdowns: ({ context, event }) => (event.type === 'Shutdown' ? [...context.shutdowns, event.envelope] : context.shutdowns),
    }),
    setDeadline: assign({ deadlineMs: ({ context, event }) => deadlineIn(event, context) }),
    noteDrained: assign({
      refused: ({ context, event }) => (event.type === 'Drained' ? event.refused : context.refused),
      aborted: ({ context, event }) => (event.type === 'Drained' ? event.aborted : context.aborted),
    }),
    noteError: assign({ error: (_, params: { error: LithifyError }) => params.error }),
    countRecovery: assign({ recoveries: ({ context }) => context.recoveries + 1 }),
    forgetRecoveries: assign({ recoveries: 0, error: undefined }),
    forward: sendTo('mailbox', ({ event }) => event),
    admit: sendTo('mailbox', ({ event }) => (event.type === 'Notice' ? { type: 'Admit', work: event.work, at: event.at } : event)),
    pauseMailbox: sendTo('mailbox', { type: 'Pause' }),
    resumeMailbox: sendTo('mailbox', { type: 'Resume' }),
    closeMailbox: sendTo('mailbox', { type: 'Close' }),
    passDeadline: sendTo('mailbox', () => ({ type: 'Deadline', error: deadlinePassed() })),
    reopenTablet: sendTo('tablet', { type: 'Reopen' }),
    removeChild: base.enqueueActions(({ event, enqueue }) => {
      const name = childOf(event);
      if (name !== undefined) enqueue.stopChild(name);
    }),
    /** A broken compactor is reported gone, so that its ticket is answered, and replaced. */
    replaceCompactor: base.enqueueActions(({ context, event, enqueue }) => {
      const name = childOf(event);
      if (name === undefined) return;
      enqueue.stopChild(name);
      if (!context.compactors.includes(name)) return;
      enqueue.sendTo('mailbox', { type: 'Gone', compactor: name, error: defectOf(event) });
      enqueue.spawnChild('compactor', { id: name, systemId: name, input: { name, graceMs: context.graceMs } });
    }),
    startLogCompactor: base.enqueueActions(({ event, enqueue, system }) => {
      if (event.type !== 'Compact') return;
      const { id, input } = event;
      const running: AnyActorRef | undefined = system.get(id);
      if (running === undefined) enqueue.spawnChild('logCompactor', { id, systemId: id, input });
      else enqueue.sendTo(running, { type: 'Again' });
    }),
    relay: base.enqueueActions(({ event, enqueue, system }) => {
      const to: AnyActorRef | undefined = event.type === 'Relay' ? system.get(event.to) : undefined;
      if (event.type === 'Relay' && to !== undefined) enqueue.sendTo(to, event.event);
    }),
    reportLogCompactor: base.enqueueActions(({ event, enqueue }) => {
      const id = childOf(event);
      if (id === undefined) return;
      enqueue.stopChild(id);
      enqueue.emit({ type: 'logCompactorBroke', id, error: defectOf(event) });
    }),
    noticeWork: () => {},
    announceFailure: () => {},
    announceRecovery: () => {},
    answerShutdowns: base.enqueueActions(({ context, enqueue }) => {
      const { shutdowns, refused, aborted } = context;
      enqueue.emit({ type: 'closed', shutdowns, refused, aborted });
    }),
  },
  guards: {
    isCompactor: ({ context, event }) => context.compactors.includes(childOf(event) ?? ''),
    isLogCompactor: ({ event }) => childOf(event)?.startsWith(LOG_PREFIX) === true,
    /** It is in more of a hurry than those before it, if there are any. */
    isSooner: ({ context, event }) => context.shutdowns.length === 0 || deadlineIn(event, context) < context.deadlineMs,
    isUnwanted: ({ context }) => context.shutdowns.length > 0,
  },
  delays: {
    deadlineMs: ({ context }) => context.deadlineMs,
    /** Doubles from 100 ms to 5 s: a full disk is emptied by people. */
    retryMs: ({ context }) => Math.min(5_000, 50 * 2 ** Math.min(context.recoveries, 8)),
  },
});

/** The life of an engine, and the supervisor of everything that runs in it. */
export const engineMachine = chart.createMachine({
  id: 'engine',
  context: ({ input }) => ({
    ...input,
    shutdowns: [],
    deadlineMs: input.closeDeadlineMs,
    refused: 0,
    aborted: 0,
    recoveries: 0,
    error: undefined,
  }),
  initial: 'opening',
  on: {
    Shutdown: { actions: 'noteShutdown' },
    Relay: { actions: 'relay' },
    'xstate.done.actor.*': { actions: 'removeChild' },
    /** Only a defect of lithify comes here; it must not leave anybody waiting. */
    'xstate.error.actor.*': [
      { guard: 'isCompactor', actions: 'replaceCompactor' },
      { guard: 'isLogCompactor', actions: 'reportLogCompactor' },
      { target: '.failed', actions: { type: 'noteError', params: ({ event }: { event: object }) => ({ error: defectOf(event) }) } },
    ],
  },
  states: {
    opening: {
      on: { Shutdown: [{ guard: 'isSooner', actions: ['noteShutdown', 'setDeadline'] }, { actions: 'noteShutdown' }] },
      invoke: {
        id: 'open',
        src: 'openStore',
        // What is half open cannot be closed: a Shutdown waits for the rest.
        onDone: [
          { guard: 'isUnwanted', target: 'closing', actions: 'spawnChildren' },
          { target: 'running', actions: 'spawnChildren' },
        ],
        onError: { target: 'failed', actions: { type: 'noteError', params: errorOf } },
      },
    },
    running: {
      on: {
        Request: { actions: 'forward' },
        Cancel: { actions: 'forward' },
        Notice: { actions: 'admit' },
        CancelTask: { actions: 'forward' },
        Compact: { actions: 'startLogCompactor' },
        Shutdown: { target: 'closing', actions: ['noteShutdown', 'setDeadline'] },
      },
      initial: 'open',
      states: {
        open: {
          on: {
            StorageFailed: {
              target: 'recovering',
              actions: [{ type: 'noteError', params: ({ event }) => ({ error: event.error }) }, 'announceFailure'],
            },
          },
        },
        recovering: {
          entry: ['pauseMailbox', 'countRecovery'],
          invoke: {
            id: 'recover',
            src: 'recoverStore',
            onDone: { target: 'open', actions: ['announceRecovery', 'forgetRecoveries', 'reopenTablet', 'resumeMailbox', 'noticeWork'] },
            onError: { target: 'waitingToRecover', actions: { type: 'noteError', params: errorOf } },
          },
        },
        /** Nothing is acknowledged through the poisoned handle meanwhile. */
        waitingToRecover: { after: { retryMs: 'recovering' } },
      },
    },
    closing: {
      // In this order: what waited for the storage is refused, not handed out.
      entry: ['closeMailbox', 'resumeMailbox'],
      // Work that is noticed now is not admitted; who waits for it is told by the mailbox.
      on: {
        Request: { actions: 'forward' },
        Cancel: { actions: 'forward' },
        CancelTask: { actions: 'forward' },
        Notice: { actions: 'admit' },
      },
      initial: 'draining',
      states: {
        draining: {
          after: { deadlineMs: { actions: 'passDeadline' } },
          on: {
            Drained: { target: 'releasing', actions: 'noteDrained' },
            // Who is in more of a hurry than the first has its way; nobody prolongs it.
            Shutdown: [
              { guard: 'isSooner', target: 'draining', reenter: true, actions: ['noteShutdown', 'setDeadline'] },
              { actions: 'noteShutdown' },
            ],
          },
        },
        releasing: {
          invoke: {
            id: 'close',
            src: 'closeStore',
            onDone: '#closed',
            onError: { target: '#closed', actions: { type: 'noteError', params: errorOf } },
          },
        },
      },
    },
    failed: { type: 'final' },
    closed: { id: 'closed', type: 'final', entry: 'answerShutdowns' },
  },
});

/** The deadline that a Shutdown asks for; other events ask for none. */
function deadlineIn(event: EngineMachineEvent, { closeDeadlineMs, deadlineMs }: EngineMachineContext): number {
  return event.type === 'Shutdown' ? (event.envelope.message.deadlineMs ?? closeDeadlineMs) : deadlineMs;
}

function deadlinePassed(): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', 'The deadline of a Shutdown passed while this was running; it was given up, nothing is lost.');
}

/** The store's actors reject with coded errors only. */
function errorOf({ event }: { event: { error: unknown } }): { error: LithifyError } {
  return { error: event.error as LithifyError };
}

/** XState's own events are not in a machine's event type. */
function childOf(event: object): string | undefined {
  return 'actorId' in event && typeof event.actorId === 'string' ? event.actorId : undefined;
}

function defectOf(event: object): LithifyError {
  return asLithifyError('error' in event ? event.error : event, 'LITHIFY_INTERNAL', 'An actor of the engine broke');
}
