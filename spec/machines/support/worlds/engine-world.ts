import type { AnyActorRef } from 'xstate';
import { type EngineMachineEmitted, type EngineMachineEvent, engineMachine, logCompactorName } from '../../../../machines/engine.ts';
import type { MailboxContext, MailboxEmitted } from '../../../../machines/mailbox/mailbox.ts';
import {
  type ChartCase,
  DEFECT,
  DIED,
  type End,
  type Ending,
  GIVEN_UP,
  POISONED,
  REJECTIONS,
  type Sending,
  type World,
  well,
} from '../chart-case.ts';
import { leavesOf } from '../chart-walk.ts';
import { done } from '../desk.ts';
import { Ledger } from '../ledger.ts';
import type { Stage } from '../stage.ts';

const LOG = logCompactorName(1, 0);
/** Without them there is no engine. */
const VITAL = ['mailbox', 'tablet', 'writer', 'w0'];

/** The engine's chart with all charts under it, over a store that opens, recovers and closes as it is told to, and those who ask it. */
class EngineWorld implements World {
  readonly ledger = new Ledger();
  readonly #stage: Stage;
  readonly #wrong: string[] = [];
  #mailbox: AnyActorRef | undefined;
  #asked = 0;
  #shutdowns = 0;
  /** Runs of the log compactor that were asked for and have not ended. */
  #runs: string[] = [];
  #mayFail = false;
  #wasBroken = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get endings(): World['endings'] {
    const job = (name: string, error: Error, end: End): Ending => ({ name, end, output: { outcome: { type: 'failed', error } } });
    const phase = [well(), REJECTIONS[1]];
    return {
      openStore: [well(), ...REJECTIONS],
      recoverStore: [well(), ...REJECTIONS],
      // It waits for what runs of logs.
      closeStore: this.#isThere(LOG) ? [] : [well(), ...REJECTIONS],
      runTicket: [
        well({ outcome: done('MinorCompact') }),
        job('worker died', DIED, 'death'),
        job('storage failed', POISONED, 'storage'),
        job('aborted', GIVEN_UP, 'abort'),
        { name: 'broke', end: 'death', error: DEFECT },
      ],
      ...{ recover: phase, ageActive: [well({}), REJECTIONS[1]], analyze: phase, newWork: phase, rewrite: phase, swap: phase },
    };
  }

  begun({ subject }: Stage): void {
    subject.on('*', (event: EngineMachineEmitted) => this.#heed(event));
    subject.subscribe({ next: () => this.#listen(), complete: () => this.#ended(), error: () => this.#ended() });
  }

  sendings(): readonly Sending[] {
    const { isOver } = this.#stage;
    const send = (name: string, event: EngineMachineEvent, end?: End): Sending => ({
      name,
      ...(end && { end }),
      send: () => this.#send(event),
    });
    return [
      send('a stranger cancels', { type: 'Cancel', envelopeId: 'nobody', error: GIVEN_UP }, 'abort'),
      send('CancelTask', { type: 'CancelTask', task: 7, error: GIVEN_UP }, 'abort'),
      send('StorageFailed', { type: 'StorageFailed', error: POISONED }, 'storage'),
      send('Notice', { type: 'Notice', work: { kind: 'plan', order: 'background' }, at: 0 }),
      { name: 'Shutdown', end: 'stop', send: () => this.#shutDown() },
      ...(this.#shutdowns < 2 ? [{ name: 'Shutdown at once', end: 'stop', send: () => this.#shutDown(0) } as const] : []),
      ...(isOver || this.#mailbox === undefined ? [] : this.#fromOutside()),
      ...this.#stage.children.map((name): Sending => ({ name: `${name} breaks`, end: 'death', send: () => this.#break(name) })),
    ];
  }

  hears(action: string): void {
    if (action === 'announceIdle') this.#runsEnded('by its end');
    // As actors/logs/registration.ts does: nobody waits for a back-off when the engine closes.
    if (action === 'announceFailed' && this.#shutdowns > 0) this.#relay('Unregister');
  }

  begins(src: string): void {
    if (src === 'closeStore' && this.#log?.value === 'backingOff') this.#relay('Unregister');
  }

  ending(src: string, _: string, { error }: Ending): void {
    if (src === 'openStore' && error !== undefined) this.#mayFail = true;
  }

  complaints(): string[] {
    const { leaves, left } = this.#stage;
    const hasFailed = leaves.includes('engine.failed') && !this.#mayFail;
    const jobs = this.#wasBroken ? [] : [...left].filter((src) => src !== 'recoverStore');
    return [
      ...this.#wrong,
      ...(hasFailed ? ['it failed, though nothing vital broke'] : []),
      ...jobs.map((src) => `${src} was left, though nothing broke`),
    ];
  }

  digest(): string {
    const { waiting = [], running = [], paused, closing, idle = [] } = this.#queue ?? {};
    const queue = [waiting.length, running.map(({ ticket }) => ticket.requests.length), paused, closing, idle.length];
    const compactor = this.#stage.actor('c0')?.getSnapshot() as { value: unknown } | undefined;
    return JSON.stringify([this.#shutdowns, this.ledger.open.length, queue, leavesOf(compactor?.value), leavesOf(this.#log?.value)]);
  }

  get #queue(): MailboxContext['queue'] | undefined {
    return (this.#mailbox?.getSnapshot() as { context: MailboxContext } | undefined)?.context.queue;
  }

  get #log(): { value: unknown } | undefined {
    return this.#isThere(LOG) ? this.#stage.actor(LOG)?.getSnapshot() : undefined;
  }

  /** What may come once an engine has been handed out, and until it has ended. */
  #fromOutside(): Sending[] {
    const cancels = this.ledger.open.filter((id) => id.startsWith('request')).slice(0, 1);
    return [
      ...(this.ledger.open.length < 2 ? [{ name: 'Request', send: () => this.#request() }] : []),
      ...cancels.map((envelopeId): Sending => {
        return { name: 'Cancel', end: 'abort', send: () => this.#send({ type: 'Cancel', envelopeId, error: GIVEN_UP }) };
      }),
      // A registration begins nothing any more when the engine closes.
      ...(this.#shutdowns === 0 && this.#runs.length === 0 ? [{ name: 'Compact', send: () => this.#compact() }] : []),
      { name: 'Relay Again', send: () => this.#relay('Again') },
      { name: 'Relay Unregister', end: 'abort', send: () => this.#relay('Unregister') },
    ];
  }

  #request(): void {
    const id = `request ${++this.#asked}`;
    this.ledger.owe(id);
    this.#send({ type: 'Request', envelope: { id, replyTo: 'ask', message: { type: 'MinorCompact' } }, at: 0 });
  }

  #shutDown(deadlineMs?: number): void {
    const id = `shutdown ${++this.#asked}`;
    this.#shutdowns = Math.min(2, this.#shutdowns + 1);
    // Asked of an engine that has ended, it is answered before it is sent.
    if (!this.#stage.isOver) this.ledger.owe(id);
    this.#send({ type: 'Shutdown', envelope: { id, message: { type: 'Shutdown', ...(deadlineMs !== undefined && { deadlineMs }) } } });
  }

  #compact(): void {
    const id = `run ${++this.#asked}`;
    this.ledger.owe(id);
    this.#runs.push(id);
    this.#send({ type: 'Compact', id: LOG, input: { registration: 1, topic: 1, partition: 0, runs: 0, recovered: false } });
  }

  #relay(type: 'Again' | 'Unregister'): void {
    this.#send({ type: 'Relay', to: LOG, event: { type } });
  }

  #break(name: string): void {
    this.#wasBroken = true;
    if (VITAL.includes(name)) this.#mayFail = true;
    this.#stage.break(name);
  }

  #runsEnded(how: string): void {
    for (const id of this.#runs.splice(0)) this.ledger.answer(id, how);
  }

  /** Once, as soon as it is there. */
  #listen(): void {
    if (this.#mailbox !== undefined) return;
    this.#mailbox = this.#stage.actor('mailbox');
    this.#mailbox?.on('*', (event: MailboxEmitted) => {
      if (event.type === 'reply') this.ledger.answer(event.reply.id, event.reply.ok ? 'done' : event.reply.error.code);
    });
  }

  #heed(event: EngineMachineEmitted): void {
    if (event.type === 'logCompactorBroke') this.#runsEnded('by a defect');
    else for (const { id } of event.shutdowns) this.ledger.answer(id, 'closed');
  }

  /** Whoever still waits is told that the engine has ended; of one that closed nobody does. */
  #ended(): void {
    const { open } = this.ledger;
    if (this.#stage.leaves.includes('engine.closed'))
      this.#wrong.push(...open.map((id) => `${id} had no answer when the engine was closed`));
    for (const id of open) this.ledger.answer(id, 'ended');
  }

  #isThere(name: string): boolean {
    return this.#stage.actor(name)?.getSnapshot().status === 'active';
  }

  #send(event: EngineMachineEvent): void {
    this.#stage.send(event);
  }
}

export const engineCase: ChartCase = {
  machine: engineMachine,
  id: 'engine',
  input: { compactors: ['c0'], workers: ['w0'], mailboxCapacity: 8, closeDeadlineMs: 10_000, graceMs: 1_000 },
  world: (stage) => new EngineWorld(stage),
  rests: ['engine.running.open', 'engine.failed', 'engine.closed'],
  stop: 'Shutdown',
  over: ['engine.failed', 'engine.closed'],
  // A recovery goes on behind a Shutdown, and closing waits for it; the rest is left only when something broke.
  leaves: ['recoverStore', 'closeStore', 'runTicket', 'recover', 'ageActive', 'analyze', 'newWork', 'rewrite', 'swap'],
  standing: ['watchThread'],
  always: ['stop', 'storage', 'abort'],
  depth: 4,
};
