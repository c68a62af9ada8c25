import { assign, enqueueActions, sendTo, setup } from 'xstate';
import type { LithifyError } from '../../protocol/errors.ts';
import type { Envelope, Reply } from '../../protocol/messages.ts';
import type { CompactorEvent } from '../compactor.ts';
import { cancel, cancelTask, deadline, giveBack, gone, pause, ready, resume } from './changes.ts';
import { received } from './incoming.ts';
import { admit, close, type Effect, emptyQueue, type Queue, type Queueable, type Step, settle } from './queue.ts';
import type { Outcome, Work } from './ticket.ts';

export type MailboxEvent =
  | { type: 'Request'; envelope: Envelope<Queueable>; at: number }
  | { type: 'Admit'; work: Work; at: number }
  | { type: 'Ready'; compactor: string }
  | { type: 'Settled'; compactor: string; ticketId: number; outcome: Outcome }
  | { type: 'Return'; compactor: string; ticketId: number }
  | { type: 'Gone'; compactor: string; error: LithifyError }
  | { type: 'Cancel'; envelopeId: string; error: LithifyError }
  | { type: 'CancelTask'; task: number; error: LithifyError }
  | { type: 'Pause' }
  | { type: 'Close' }
  | { type: 'Resume' }
  | { type: 'Deadline'; error: LithifyError };

export interface MailboxContext {
  readonly capacity: number;
  /** Where compactors are found: their system ids. */
  readonly compactors: readonly string[];
  readonly queue: Queue;
  /** What the last step wanted done. */
  readonly effects: readonly Effect[];
}

/** Said to listeners: every reply, addressed or not, and every order or phase of a log that will not be completed. */
export type MailboxEmitted =
  | { type: 'reply'; to: string | undefined; envelope: Envelope; reply: Reply }
  | { type: 'abandon'; orderId: number }
  | { type: 'dropLog'; task: number; error: LithifyError };

/**
 * The only door to the compactors: it ranks, coalesces, hands out, and answers every request exactly once. All that
 * it decides is in `queue.ts`, `dispatch.ts` and `changes.ts`; this chart says when it is open.
 */
export const mailboxMachine = setup({
  types: {
    context: {} as MailboxContext,
    events: {} as MailboxEvent,
    input: {} as { capacity: number; compactors: readonly string[] },
    emitted: {} as MailboxEmitted,
  },
  actions: {
    step: assign(({ context, event }) => next(context.queue, event)),
    deliver: enqueueActions(({ context, enqueue, system }) => {
      for (const { to, event } of context.effects.flatMap((effect) => signals(effect, context.compactors))) {
        enqueue.sendTo(system.get(to), event);
      }
    }),
    reportDrained: sendTo(
      ({ system }) => system.get('engine'),
      ({ context }) => ({ type: 'Drained', refused: context.queue.refused, aborted: context.queue.aborted }),
    ),
    tell: enqueueActions(({ context, enqueue }) => {
      for (const effect of context.effects) {
        if (effect.type === 'reply')
          enqueue.emit({ type: 'reply', to: effect.envelope.replyTo, reply: effect.reply, envelope: effect.envelope });
        if (effect.type === 'abandon' || effect.type === 'dropLog') enqueue.emit(effect);
      }
    }),
  },
  guards: {
    isClosing: ({ context }) => context.queue.closing,
    isDrained: ({ context: { queue } }) => queue.closing && queue.running.length + queue.waiting.length + queue.gathering.length === 0,
  },
}).createMachine({
  id: 'mailbox',
  context: ({ input }) => ({ ...input, queue: { ...emptyQueue, compactors: input.compactors.length }, effects: [] }),
  initial: 'open',
  on: {
    Request: { actions: ['step', 'deliver', 'tell'] },
    Admit: { actions: ['step', 'deliver', 'tell'] },
    Ready: { actions: ['step', 'deliver', 'tell'] },
    Settled: { actions: ['step', 'deliver', 'tell'] },
    Return: { actions: ['step', 'deliver', 'tell'] },
    Gone: { actions: ['step', 'deliver', 'tell'] },
    Cancel: { actions: ['step', 'deliver', 'tell'] },
    CancelTask: { actions: ['step', 'deliver', 'tell'] },
    Pause: { actions: ['step', 'deliver', 'tell'] },
    Resume: { actions: ['step', 'deliver', 'tell'] },
    Close: { actions: ['step', 'deliver', 'tell'] },
    Deadline: { actions: ['step', 'deliver', 'tell'] },
  },
  states: {
    /** Everybody may send. */
    open: { always: { guard: 'isClosing', target: 'draining' } },
    /** Shutdown was seen: new requests are refused, running work goes on to its end. */
    draining: { always: { guard: 'isDrained', target: 'drained' } },
    /** Nothing waits and nothing runs; late requests are still answered, with a refusal. */
    drained: { entry: 'reportDrained' },
  },
});

function signals(effect: Effect, compactors: readonly string[]): { to: string; event: CompactorEvent }[] {
  switch (effect.type) {
    case 'assign':
      return [{ to: effect.compactor, event: { type: 'Assign', ticket: effect.ticket } }];
    case 'yield':
      return [{ to: effect.compactor, event: { type: 'Yield' } }];
    case 'abort':
      return [{ to: effect.compactor, event: { type: 'Abort' } }];
    case 'dismiss':
      return compactors.map((to) => ({ to, event: { type: 'Dismiss' } }));
    default:
      return [];
  }
}

function next(queue: Queue, event: MailboxEvent): Step {
  switch (event.type) {
    case 'Request':
      return received(queue, event.envelope, event.at);
    case 'Admit':
      return admit(queue, event.work, event.at);
    case 'Ready':
      return ready(queue, event.compactor);
    case 'Settled':
      return settle(queue, event.compactor, event.ticketId, event.outcome);
    case 'Return':
      return giveBack(queue, event.compactor, event.ticketId);
    case 'Gone':
      return gone(queue, event.compactor, event.error);
    case 'Cancel':
      return cancel(queue, event.envelopeId, event.error);
    case 'CancelTask':
      return cancelTask(queue, event.task, event.error);
    case 'Pause':
      return pause(queue);
    case 'Resume':
      return resume(queue);
    case 'Close':
      return close(queue);
    case 'Deadline':
      return deadline(queue, event.error);
  }
}
