import { compactorMachine } from '../../../../machines/compactor.ts';
import type { MailboxEvent } from '../../../../machines/mailbox/mailbox.ts';
import type { LithifyError } from '../../../../protocol/errors.ts';
import { type ChartCase, DEFECT, DIED, type Ending, GIVEN_UP, POISONED, type Sending, type World, well } from '../chart-case.ts';
import { done } from '../desk.ts';
import { Ledger } from '../ledger.ts';
import { ticket } from '../rigs.ts';
import type { Stage } from '../stage.ts';

/** A compactor beside a mailbox that hands it tickets: each of them must come back exactly once, settled or returned. */
class CompactorWorld implements World {
  readonly ledger = new Ledger();
  readonly endings: World['endings'] = {
    runTicket: [
      well({ outcome: done('MinorCompact') }),
      { name: 'made way', output: { outcome: { type: 'again' } } },
      failed('worker died', 'death', DIED),
      failed('storage failed', 'storage', POISONED),
      failed('aborted', 'abort', GIVEN_UP),
      { name: 'broke', end: 'death', error: DEFECT },
    ],
  };
  readonly neighbours = { mailbox: (event: MailboxEvent) => this.#hear(event) };
  readonly #stage: Stage;
  #tickets = 0;
  /** The last word was that it waits for a ticket. */
  #isReady = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  sendings(): readonly Sending[] {
    const send = (type: string) => () => this.#stage.send({ type });
    const assign: Sending = { name: 'Assign', send: () => this.#assign() };
    return [
      { name: 'Dismiss', end: 'stop', send: send('Dismiss') },
      { name: 'Abort', end: 'abort', send: send('Abort') },
      { name: 'Yield', end: 'abort', send: send('Yield') },
      // One that is dismissed and has stopped is handed nothing.
      ...(this.#stage.isOver || this.ledger.open.length > 1 ? [] : [assign]),
    ];
  }

  complaints(): string[] {
    const isIdle = this.#stage.leaves.includes('compactor.idle');
    // The mailbox knows whom it has dismissed.
    if (this.#stage.isOver) return [];
    return isIdle === this.#isReady ? [] : [isIdle ? 'it waits, and the mailbox does not know' : 'the mailbox thinks that it waits'];
  }

  digest(): string {
    return String(this.ledger.open.length);
  }

  #assign(): void {
    const one = ticket(++this.#tickets);
    this.#isReady = false;
    this.ledger.owe(`ticket ${one.id}`);
    this.#stage.send({ type: 'Assign', ticket: one } as { type: string });
  }

  #hear(event: MailboxEvent): void {
    if (event.type === 'Ready') this.#isReady = true;
    if (event.type === 'Settled' || event.type === 'Return') this.ledger.answer(`ticket ${event.ticketId}`, event.type);
  }
}

function failed(name: string, end: Ending['end'], error: LithifyError): Ending {
  return { name, end, output: { outcome: { type: 'failed', error } } };
}

export const compactorCase: ChartCase = {
  machine: compactorMachine,
  id: 'c0',
  input: { name: 'c0', graceMs: 1_000 },
  world: (stage) => new CompactorWorld(stage),
  rests: ['compactor.idle', 'compactor.stopped'],
  stop: 'Dismiss',
  over: ['compactor.stopped'],
  always: ['stop', 'abort'],
};
