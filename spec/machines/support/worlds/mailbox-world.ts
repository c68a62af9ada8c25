import type { CompactorEvent } from '../../../../machines/compactor.ts';
import { type MailboxContext, type MailboxEmitted, type MailboxEvent, mailboxMachine } from '../../../../machines/mailbox/mailbox.ts';
import type { Queue, Queueable } from '../../../../machines/mailbox/queue.ts';
import type { Outcome, Ticket, Work } from '../../../../machines/mailbox/ticket.ts';
import { type ChartCase, DIED, GIVEN_UP, POISONED, type Sending, type World } from '../chart-case.ts';
import { answered, done, PHASE_DONE } from '../desk.ts';
import { Ledger } from '../ledger.ts';
import type { Stage } from '../stage.ts';

const COMPACTORS = ['c0', 'c1'] as const;
type Name = (typeof COMPACTORS)[number];

interface Hand {
  ticket: Ticket | undefined;
  /** It has said that it waits, and was handed nothing since. */
  isIdle: boolean;
  told: 'Yield' | 'Abort' | undefined;
  isDismissed: boolean;
}

/** A mailbox between requesters, two compactors, a tablet that opens orders and logs whose phases are wanted. */
export class MailboxWorld implements World {
  readonly ledger = new Ledger();
  readonly endings = {};
  readonly neighbours: Record<string, (event: never) => void> = {
    engine: () => void (this.#drained += 1),
    c0: (event: CompactorEvent) => this.#hear('c0', event),
    c1: (event: CompactorEvent) => this.#hear('c1', event),
  };
  readonly #stage: Stage;
  readonly #hands: Record<Name, Hand> = { c0: fresh(), c1: fresh() };
  /** Open orders, with the slices of each that are not done. */
  readonly #orders = new Map<number, number>();
  readonly #tasks = new Set<number>();
  readonly #wrong: string[] = [];
  readonly #asked: string[] = [];
  #opened = 0;
  #begun = 0;
  #drained = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  begun(stage: Stage): void {
    stage.subject.on('*', (event: MailboxEmitted) => this.#heed(event));
    for (const name of COMPACTORS) this.#ready(name);
  }

  sendings(): readonly Sending[] {
    return [...this.#requests(), ...this.#wishes(), ...COMPACTORS.flatMap((name) => this.#works(name))];
  }

  next(): Sending | undefined {
    if (this.#queue.paused) return this.#sending('Resume', { type: 'Resume' });
    const away = COMPACTORS.find((name) => this.#isAway(name));
    if (away !== undefined) return { name: `${away} is ready`, send: () => this.#ready(away) };
    const busy = COMPACTORS.find((name) => this.#hands[name].ticket !== undefined);
    return busy && { name: `${busy} ends well`, send: () => this.#settle(busy, this.#result(this.#held(busy), this.#hands[busy].told)) };
  }

  get out(): string[] {
    return [
      ...[...this.#orders.keys()].map((id) => `the lease of order ${id}`),
      ...[...this.#tasks].map((task) => `task ${task} of a log`),
    ];
  }

  complaints(): string[] {
    const isDrained = this.#stage.leaves.includes('mailbox.drained');
    const reports = isDrained === (this.#drained === 1) ? [] : [`it reported ${this.#drained} times that it is empty`];
    return [...this.#wrong, ...reports];
  }

  digest(): string {
    const { waiting, running, gathering, closing, paused, expired, idle } = this.#queue;
    const kinds = (tickets: readonly Ticket[]) => tickets.map((one) => `${nameOf(one.work)}${one.requests.length}${one.internal}`);
    const hands = COMPACTORS.map((name) => [this.#hands[name].isIdle, this.#hands[name].told, this.#hands[name].isDismissed]);
    const orders = gathering.map(({ ticket, open, error }) => [ticket.requests.length, open, error !== undefined]);
    return JSON.stringify([
      kinds(waiting),
      kinds(running.map((one) => one.ticket)),
      orders,
      hands,
      closing,
      paused,
      expired !== undefined,
      idle.length,
    ]);
  }

  get #queue(): Queue {
    return (this.#stage.subject.getSnapshot() as { context: MailboxContext }).context.queue;
  }

  #requests(): Sending[] {
    const { closing, waiting } = this.#queue;
    const ask = (name: string, message: Queueable): Sending => ({ name, send: () => this.#ask(name, message) });
    const admit = (name: string, work: Work): Sending => this.#sending(name, { type: 'Admit', work, at: 0 });
    if (!closing && (this.ledger.open.length > 1 || waiting.length > 2)) return [];
    return [
      ask('asks for a flush', { type: 'MinorCompact' }),
      ask('asks for a major', { type: 'MajorCompaction' }),
      ask('asks for a collection', { type: 'GarbageCollect' }),
      admit('an order is noticed', { kind: 'plan', order: 'background' }),
      ...(this.#tasks.size === 0 ? [{ name: 'a log wants a phase', send: () => this.#beginTask() }] : []),
    ];
  }

  #wishes(): Sending[] {
    const { closing, paused } = this.#queue;
    const [task] = this.#tasks;
    return [
      this.#sending('Close', { type: 'Close' }, 'stop'),
      this.#sending('a stranger cancels', { type: 'Cancel', envelopeId: 'nobody', error: GIVEN_UP }, 'abort'),
      ...this.ledger.open.slice(0, 1).map((id) => this.#sending('Cancel', { type: 'Cancel', envelopeId: id, error: GIVEN_UP }, 'abort')),
      ...(task === undefined ? [] : [this.#sending('CancelTask', { type: 'CancelTask', task, error: GIVEN_UP }, 'abort')]),
      ...(closing ? [this.#sending('Deadline', { type: 'Deadline', error: GIVEN_UP }, 'abort')] : []),
      ...(closing ? [] : [this.#sending('Pause', { type: 'Pause' }, 'storage')]),
      ...(paused ? [this.#sending('Resume', { type: 'Resume' })] : []),
    ];
  }

  /** What a compactor may do now. */
  #works(name: Name): Sending[] {
    const { ticket, told } = this.#hands[name];
    const gone: Sending = { name: `${name} is gone`, end: 'death', send: () => this.#gone(name) };
    if (ticket === undefined) return this.#isAway(name) ? [gone, { name: `${name} is ready`, send: () => this.#ready(name) }] : [gone];
    const settles = (how: string, outcome: () => Outcome, end?: Sending['end']): Sending => {
      return { name: `${name} ${how}`, ...(end && { end }), send: () => this.#settle(name, outcome()) };
    };
    return [
      gone,
      settles('ends well', () => this.#result(ticket, told)),
      settles('loses its thread', () => ({ type: 'failed', error: DIED }), 'death'),
      settles('meets a fault', () => ({ type: 'failed', error: POISONED }), 'storage'),
      settles('gives up', () => ({ type: 'failed', error: GIVEN_UP }), 'abort'),
      { name: `${name} returns it`, send: () => this.#return(name, ticket) },
    ];
  }

  #ask(name: string, message: Queueable): void {
    const id = `${name} ${this.#asked.length}`;
    this.#asked.push(id);
    this.ledger.owe(id);
    this.#send({ type: 'Request', envelope: { id, replyTo: 'ask', message }, at: 0 });
  }

  #beginTask(): void {
    const task = ++this.#begun;
    this.#tasks.add(task);
    this.#send({ type: 'Admit', work: { kind: 'log', phase: 'rewrite', task }, at: 0 });
  }

  #ready(name: Name): void {
    this.#hands[name] = { ...fresh(), isIdle: true };
    this.#send({ type: 'Ready', compactor: name });
  }

  #gone(name: Name): void {
    // Its successor knows nothing of a dismissal.
    this.#hands[name] = fresh();
    this.#send({ type: 'Gone', compactor: name, error: DIED });
  }

  /** Its chart comes back at once unless it backs off; here it comes back in a move of its own. */
  #settle(name: Name, outcome: Outcome): void {
    const ticketId = this.#held(name).id;
    this.#hands[name].ticket = undefined;
    this.#send({ type: 'Settled', compactor: name, ticketId, outcome });
  }

  #return(name: Name, { id }: Ticket): void {
    this.#hands[name].ticket = undefined;
    this.#send({ type: 'Return', compactor: name, ticketId: id });
  }

  #result(ticket: Ticket, told: Hand['told']): Outcome {
    const { work } = ticket;
    if (work.kind === 'flush') return done('MinorCompact');
    if (work.kind === 'plan') return this.#plan();
    if (work.kind === 'slice') return this.#slice(work.orderId, told);
    if (told === 'Yield') return { type: 'again' };
    if (work.kind === 'collect') return answered(ticket);
    this.#tasks.delete(work.task);
    return PHASE_DONE;
  }

  #plan(): Outcome {
    const [held] = this.#orders.keys();
    if (held !== undefined) return { type: 'again', afterOrder: held };
    this.#orders.set(++this.#opened, 2);
    return { type: 'split', orderId: this.#opened, slices: [0, 1] };
  }

  #slice(orderId: number, told: Hand['told']): Outcome {
    const open = this.#orders.get(orderId);
    if (open === undefined || told === 'Abort') return { type: 'failed', error: GIVEN_UP };
    if (told === 'Yield') return { type: 'part', more: [2] };
    this.#orders.set(orderId, open - 1);
    if (open > 1) return { type: 'part', more: [] };
    this.#orders.delete(orderId);
    return done('MajorCompaction');
  }

  #hear(name: Name, event: CompactorEvent): void {
    const hand = this.#hands[name];
    if (event.type === 'Assign') {
      if (!hand.isIdle) this.#wrong.push(`${name} was handed a ticket while it was not idle`);
      this.#hands[name] = { ...hand, isIdle: false, ticket: event.ticket, told: undefined };
    } else if (event.type === 'Dismiss') {
      this.#hands[name] = { ...hand, isIdle: false, isDismissed: true };
    } else hand.told = event.type;
  }

  #heed(event: MailboxEmitted): void {
    if (event.type === 'reply') this.ledger.answer(event.reply.id, event.reply.ok ? 'done' : event.reply.error.code);
    if (event.type === 'abandon' && !this.#orders.delete(event.orderId))
      this.#wrong.push(`order ${event.orderId} was abandoned, though it had ended`);
    if (event.type === 'dropLog' && !this.#tasks.delete(event.task))
      this.#wrong.push(`task ${event.task} was dropped, though it had ended`);
  }

  #isAway(name: Name): boolean {
    const { ticket, isIdle, isDismissed } = this.#hands[name];
    return ticket === undefined && !isIdle && !isDismissed;
  }

  #held(name: Name): Ticket {
    const { ticket } = this.#hands[name];
    if (ticket === undefined) throw new Error(`${name} holds nothing`);
    return ticket;
  }

  #sending(name: string, event: MailboxEvent, end?: Sending['end']): Sending {
    return { name, ...(end && { end }), send: () => this.#send(event) };
  }

  #send(event: MailboxEvent): void {
    this.#stage.send(event);
  }
}

function fresh(): Hand {
  return { ticket: undefined, isIdle: false, told: undefined, isDismissed: false };
}

function nameOf(work: Work): string {
  return 'order' in work ? `${work.kind} ${work.order}` : work.kind;
}

export const mailboxCase: ChartCase = {
  machine: mailboxMachine,
  id: 'mailbox',
  input: { capacity: 8, compactors: COMPACTORS },
  world: (stage) => new MailboxWorld(stage),
  rests: ['mailbox.open', 'mailbox.drained'],
  stop: 'Close',
  over: ['mailbox.drained'],
  always: ['stop', 'death', 'abort'],
  depth: 3,
};
