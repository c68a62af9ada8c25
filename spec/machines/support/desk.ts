import { cancel, cancelTask, deadline, giveBack, gone, pause, ready, resume } from '../../../machines/mailbox/changes.ts';
import {
  admit,
  close,
  type Effect,
  emptyQueue,
  type Queue,
  type Queueable,
  request,
  type Step,
  settle,
} from '../../../machines/mailbox/queue.ts';
import type { LogPhase, Outcome, Ticket, Work } from '../../../machines/mailbox/ticket.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import type { Envelope, Reply } from '../../../protocol/messages.ts';

/** Why something ended, where the reason does not matter. */
export const FAULT = new LithifyError('LITHIFY_SST', 'a fault');
export const ABORTED = new LithifyError('LITHIFY_ABORTED', 'given up');

/**
 * The mailbox's queue with everything around it played by hand: requesters, compactors that take what they are handed
 * and come back when they are told to, and a note of every effect. It throws where an effect makes no sense.
 */
export class Desk {
  queue: Queue;
  /** Effects of the last step. */
  effects: readonly Effect[] = [];
  readonly sent: Envelope[] = [];
  readonly replies = new Map<string, Reply[]>();
  readonly working = new Map<string, Ticket>();
  readonly idle = new Set<string>();
  readonly told = new Map<string, string>();
  readonly dismissed = new Set<string>();
  readonly stopped = new Set<string>();
  readonly abandoned: number[] = [];
  /** Tasks of logs that nobody will do, and the code of the error that says why. */
  readonly dropped: [task: number, code: string][] = [];
  #clock = 0;
  #tasks = 0;

  constructor(...compactors: readonly string[]) {
    this.queue = { ...emptyQueue, compactors: compactors.length };
    for (const name of compactors) this.ready(name);
  }

  /** Sends a message from outside and returns its envelope's id. */
  ask(message: Queueable): string {
    return this.send(message, 'ask');
  }

  send(message: Queueable, replyTo?: string): string {
    const envelope: Envelope<Queueable> = { id: `m${this.sent.length}`, message, ...(replyTo && { replyTo }) };
    this.sent.push(envelope);
    this.#apply(request(this.queue, envelope, this.#clock++));
    return envelope.id;
  }

  admit(work: Work): void {
    this.#apply(admit(this.queue, work, this.#clock++));
  }

  /** Wants a phase of a log done, and returns its task. */
  log(phase: LogPhase): number {
    this.#tasks += 1;
    this.admit({ kind: 'log', phase, task: this.#tasks });
    return this.#tasks;
  }

  cancelTask(task: number): void {
    this.#apply(cancelTask(this.queue, task, ABORTED));
  }

  ready(compactor: string): void {
    this.told.delete(compactor);
    this.idle.add(compactor);
    this.#apply(ready(this.queue, compactor));
  }

  /** Settles what the compactor holds. As its chart does, it comes back at once unless the job failed by a fault. */
  settle(compactor: string, outcome: Outcome): void {
    const ticket = this.held(compactor);
    this.working.delete(compactor);
    this.#apply(settle(this.queue, compactor, ticket.id, outcome));
    if (this.dismissed.has(compactor)) this.stopped.add(compactor);
    else if (outcome.type !== 'failed' || outcome.error === ABORTED) this.ready(compactor);
  }

  /** The compactor was not idle after all. */
  giveBack(compactor: string): void {
    const ticket = this.held(compactor);
    this.working.delete(compactor);
    this.#apply(giveBack(this.queue, compactor, ticket.id));
  }

  gone(compactor: string): void {
    this.working.delete(compactor);
    this.idle.delete(compactor);
    // Its successor knows nothing of a dismissal.
    this.dismissed.delete(compactor);
    this.#apply(gone(this.queue, compactor, FAULT));
  }

  /** Something settles that the mailbox does not know. */
  settleUnknown(compactor: string): void {
    this.#apply(settle(this.queue, compactor, 1_000_000, { type: 'failed', error: FAULT }));
  }

  cancel(envelopeId: string): void {
    this.#apply(cancel(this.queue, envelopeId, ABORTED));
  }

  pause(): void {
    this.#apply(pause(this.queue));
  }

  resume(): void {
    this.#apply(resume(this.queue));
  }

  close(): void {
    this.#apply(resume(this.queue));
    this.#apply(close(this.queue));
  }

  deadline(): void {
    this.#apply(deadline(this.queue, ABORTED));
  }

  held(compactor: string): Ticket {
    const ticket = this.working.get(compactor);
    if (ticket === undefined) throw new Error(`${compactor} holds nothing`);
    return ticket;
  }

  /** Who holds work of this kind. */
  holders(kind: Work['kind']): string[] {
    return [...this.working].filter(([, { work }]) => work.kind === kind).map(([name]) => name);
  }

  /** What of logs is under way. */
  get phases(): LogPhase[] {
    return [...this.working.values()].flatMap(({ work }) => (work.kind === 'log' ? [work.phase] : []));
  }

  /** Kinds that are waiting, in order. */
  get waiting(): string[] {
    return this.queue.waiting.map(({ work }) => work.kind);
  }

  /** 'done', the code of its error, or nothing yet. */
  answerTo(envelopeId: string): string | undefined {
    const [reply] = this.replies.get(envelopeId) ?? [];
    return reply && (reply.ok ? 'done' : reply.error.code);
  }

  #apply(step: Step): void {
    this.queue = step.queue;
    this.effects = step.effects;
    for (const effect of step.effects) this.#take(effect);
  }

  #take(effect: Effect): void {
    switch (effect.type) {
      case 'assign':
        return this.#assign(effect.compactor, effect.ticket);
      case 'reply':
        this.replies.set(effect.envelope.id, [...(this.replies.get(effect.envelope.id) ?? []), effect.reply]);
        return;
      case 'abandon':
        this.abandoned.push(effect.orderId);
        return;
      case 'dropLog':
        this.dropped.push([effect.task, effect.error.code]);
        return;
      case 'dismiss':
        return this.#dismiss();
      default:
        this.told.set(effect.compactor, effect.type);
    }
  }

  #assign(compactor: string, ticket: Ticket): void {
    if (!this.idle.delete(compactor)) throw new Error(`${compactor} was handed a ticket while it was not idle`);
    if ([...this.working.values()].some(({ id }) => id === ticket.id)) throw new Error(`ticket ${ticket.id} was handed out twice`);
    this.told.delete(compactor);
    this.working.set(compactor, ticket);
  }

  #dismiss(): void {
    for (const name of this.idle) this.stopped.add(name);
    this.idle.clear();
    for (const name of this.working.keys()) this.dismissed.add(name);
  }
}

export function done(type: 'MinorCompact' | 'MajorCompaction'): Outcome {
  const nothing = { compacted: false, inputBlobs: [], outputBlobs: [], entriesIn: 0, entriesOut: 0, bytesRead: 0, bytesWritten: 0 };
  return { type: 'done', report: type === 'MinorCompact' ? { type, memtables: [], ...nothing } : { type, slices: 0, ...nothing } };
}

/** What the job of a collect ticket answers: every request of it. */
export function answered(ticket: Ticket): Outcome {
  const replies = ticket.requests.map(({ id, message }): Reply => {
    const type = message.type === 'DeleteBlob' ? 'DeleteBlob' : 'GarbageCollect';
    return { id, ok: true, report: { type, deleted: [], pinned: [] } };
  });
  return { type: 'answered', replies };
}

/** How a phase of a log ends: nobody waits at the mailbox for it. */
export const PHASE_DONE: Outcome = { type: 'answered', replies: [] };
