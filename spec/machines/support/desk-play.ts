import type { Queueable } from '../../../machines/mailbox/queue.ts';
import type { Outcome, Ticket } from '../../../machines/mailbox/ticket.ts';
import { ABORTED, answered, Desk, done, FAULT, PHASE_DONE } from './desk.ts';

/** One move of a random play; the numbers choose among what is there when it is made. */
export interface Move {
  readonly kind: MoveKind;
  readonly which: number;
  readonly how: number;
}
export const MOVES = [
  'ask',
  'ask',
  'ask',
  'admit',
  'log',
  'log',
  'settle',
  'settle',
  'settle',
  'settle',
  'comeBack',
  'comeBack',
  'giveBack',
  'gone',
  'unknown',
  'cancel',
  'cancelTask',
  'pause',
  'resume',
  'close',
  'deadline',
] as const;
export type MoveKind = (typeof MOVES)[number];

const MESSAGES: readonly Queueable[] = [
  { type: 'MinorCompact' },
  { type: 'MinorCompact', memtable: 3 },
  { type: 'MajorCompaction' },
  { type: 'MajorCompaction', range: { gte: 'k' } },
  { type: 'GarbageCollect' },
  { type: 'DeleteBlob', blobId: 7 },
];

/** Plays the mailbox with a tablet beside it that knows which slices of which orders are open. */
export class Play {
  readonly desk = new Desk('c0', 'c1', 'c2');
  /** Slices that are not done, by order; an order that is not in here has ended. */
  readonly orders = new Map<number, number>();
  readonly opened: number[] = [];
  readonly completed: number[] = [];
  /** Tasks of logs that were begun, and those that were done. */
  readonly tasks: number[] = [];
  readonly doneTasks: number[] = [];

  move({ kind, which, how }: Move): void {
    const { desk } = this;
    const busy = pickOf([...desk.working.keys()], which);
    switch (kind) {
      case 'ask':
        // The engine's own DeleteBlob has no address.
        return void desk.send(MESSAGES[which % MESSAGES.length], which % MESSAGES.length === 5 && how % 2 === 0 ? undefined : 'ask');
      case 'admit':
        return desk.admit(
          ([{ kind: 'flush', memtable: how % 3 }, { kind: 'plan', order: 'background' }, { kind: 'collect' }] as const)[which % 3],
        );
      case 'log':
        return void this.tasks.push(desk.log((['age', 'analyze', 'rewrite'] as const)[which % 3]));
      case 'settle':
        return busy === undefined ? undefined : this.#settle(busy, how);
      case 'comeBack': {
        const away = pickOf(this.#away(), which);
        return away === undefined ? undefined : desk.ready(away);
      }
      case 'giveBack':
        // Returned at once or never: so not after a dismissal.
        return busy === undefined || desk.dismissed.has(busy) ? undefined : desk.giveBack(busy);
      case 'gone':
        return busy === undefined ? undefined : this.#gone(busy);
      case 'unknown':
        return desk.settleUnknown('c0');
      case 'cancel':
        return desk.sent.length > 0 ? desk.cancel(desk.sent[which % desk.sent.length].id) : undefined;
      case 'cancelTask':
        return this.tasks.length > 0 ? desk.cancelTask(this.tasks[which % this.tasks.length]) : undefined;
      case 'pause':
        return desk.queue.closing ? undefined : desk.pause();
      case 'resume':
        return desk.resume();
      case 'close':
        return desk.queue.closing || how % 3 > 0 ? undefined : desk.close();
      case 'deadline':
        return desk.queue.closing ? desk.deadline() : undefined;
    }
  }

  /** Everything goes well from here on, until nobody waits and nothing runs. */
  drain(): void {
    const { desk } = this;
    desk.resume();
    for (let rounds = 0; rounds < 10_000; rounds++) {
      for (const name of this.#away()) desk.ready(name);
      const [busy] = desk.working.keys();
      if (busy === undefined) return;
      this.#settle(busy, 0);
    }
    throw new Error('the mailbox never came to rest');
  }

  #away(): string[] {
    const { working, idle, stopped, dismissed } = this.desk;
    return ['c0', 'c1', 'c2'].filter((name) => !working.has(name) && !idle.has(name) && !stopped.has(name) && !dismissed.has(name));
  }

  #gone(name: string): void {
    this.desk.gone(name);
    this.#noteAbandoned();
  }

  #settle(name: string, how: number): void {
    this.desk.settle(name, this.#outcome(this.desk.held(name), this.desk.told.get(name), how));
    this.#noteAbandoned();
  }

  #noteAbandoned(): void {
    for (const orderId of this.desk.abandoned) this.orders.delete(orderId);
  }

  #outcome(ticket: Ticket, told: string | undefined, how: number): Outcome {
    const { work } = ticket;
    if (work.kind === 'slice') return this.#slice(work.orderId, told, how);
    if (how % 6 === 1) return { type: 'failed', error: FAULT };
    if (told === 'abort' && work.kind !== 'plan') return { type: 'failed', error: ABORTED };
    if (work.kind === 'log' && (told === 'yield' || how % 6 === 2)) return { type: 'again' };
    if (work.kind === 'log') {
      this.doneTasks.push(work.task);
      return PHASE_DONE;
    }
    if (work.kind === 'flush') return done('MinorCompact');
    if (work.kind === 'collect') return told === 'yield' || how % 6 === 2 ? { type: 'again' } : answered(ticket);
    return this.#plan(how);
  }

  #plan(how: number): Outcome {
    const [held] = this.orders.keys();
    if (how % 6 === 2 && held !== undefined) return { type: 'again', afterOrder: held };
    if (how % 6 === 3) return done('MajorCompaction');
    const orderId = this.opened.length + 1;
    const slices = Array.from({ length: 1 + (how % 4) }, (_, slice) => slice);
    this.opened.push(orderId);
    this.orders.set(orderId, slices.length);
    return { type: 'split', orderId, slices };
  }

  #slice(orderId: number, told: string | undefined, how: number): Outcome {
    const open = this.orders.get(orderId);
    if (open === undefined || told === 'abort') return { type: 'failed', error: ABORTED };
    if (how % 6 === 1) return { type: 'failed', error: FAULT };
    if (told === 'yield') return { type: 'part', more: [100 + how] };
    this.orders.set(orderId, open - 1);
    if (open > 1) return { type: 'part', more: [] };
    this.orders.delete(orderId);
    this.completed.push(orderId);
    return done('MajorCompaction');
  }
}

function pickOf(names: readonly string[], which: number): string | undefined {
  return names[which % Math.max(1, names.length)];
}
