import { type CompactorContext, compactorMachine } from '../../machines/compactor.ts';
import { type EngineMachineContext, engineMachine } from '../../machines/engine.ts';
import { type LogCompactorContext, logCompactorMachine } from '../../machines/log-compactor.ts';
import { type MailboxContext, mailboxMachine } from '../../machines/mailbox/mailbox.ts';
import type { Work } from '../../machines/mailbox/ticket.ts';
import { type TabletContext, tabletMachine } from '../../machines/tablet.ts';
import { type WorkerContext, workerMachine } from '../../machines/worker.ts';
import { writerMachine } from '../../machines/writer.ts';
import type { Core } from '../core.ts';
import type { NoteOf } from './actor-tree.ts';

/** What the notes need to know of a store; undefined before it is open. */
type Known = Pick<Core, 'tablet' | 'writer'> | undefined;

/** Says of every chart what it is busy with, from its own context and, where it knows only numbers, from the store. */
export function notesOf(core: Known): NoteOf {
  return (machine, context) => {
    // Whose context it is, the chart's id says.
    switch (machine) {
      case engineMachine.id:
        return engineNote(context as EngineMachineContext);
      case mailboxMachine.id:
        return mailboxNote(context as MailboxContext);
      case compactorMachine.id:
        return compactorNote(context as CompactorContext, core);
      case workerMachine.id:
        return workerNote(context as WorkerContext);
      case tabletMachine.id:
        return tabletNote(context as TabletContext);
      case writerMachine.id:
        return core?.writer.waitingFor;
      case logCompactorMachine.id:
        return logNote(context as LogCompactorContext, core);
      default:
        return undefined;
    }
  };
}

function engineNote({ error, recoveries }: EngineMachineContext): string | undefined {
  if (error === undefined) return undefined;
  return recoveries > 1 ? `${error.message} (try ${recoveries})` : error.message;
}

function mailboxNote({ queue: { waiting, running } }: MailboxContext): string | undefined {
  return waiting.length + running.length === 0 ? undefined : `waiting: ${waiting.length}, running: ${running.length}`;
}

/** In `backingOff` there is no ticket, but a reason why. */
function compactorNote({ ticket, failures, error }: CompactorContext, core: Known): string | undefined {
  if (ticket !== undefined) return workNote(ticket.work, core);
  return failures === 0 ? undefined : error?.message;
}

function workNote(work: Work, core: Known): string {
  switch (work.kind) {
    case 'flush':
      return work.memtable === undefined ? 'flush: everything in memory' : `flush: up to memtable ${work.memtable}`;
    case 'collect':
      return 'collect: what nobody reads any more';
    case 'plan':
      return work.order === 'major' ? 'plan: a major compaction' : 'plan: is there anything to compact?';
    case 'slice':
      return `slice: ${reasonOf(work.orderId, core) ?? 'the last of its order'}`;
    case 'log':
      return `${work.phase}: a log`;
  }
}

function reasonOf(orderId: number, core: Known): string | undefined {
  const orders = core?.tablet.state.orders;
  return orders?.has(orderId) ? orders.order(orderId).reason : undefined;
}

function workerNote({ borrower, deaths, error }: WorkerContext): string | undefined {
  if (borrower !== undefined) return `lent to ${borrower}`;
  return deaths === 0 ? undefined : error?.message;
}

function tabletNote({ waiting }: TabletContext): string | undefined {
  const [first, ...rest] = waiting;
  if (first === undefined) return undefined;
  return rest.length === 0 ? first.what : `${first.what}; ${rest.length} more wait`;
}

function logNote({ topic, partition, pass, from, failures, error }: LogCompactorContext, core: Known): string {
  const name = core?.tablet.logs.topics.get(topic)?.name ?? `topic ${topic}`;
  const place = `${name}/${partition}`;
  if (failures > 0 && error !== undefined) return `${place}: ${error.message}`;
  return `${place}: pass ${pass} from offset ${from}`;
}
