import type { LithifyError } from '../../protocol/errors.ts';
import { dispatch } from './dispatch.ts';
import { andThen, dropped, type Effect, failed, failGathering, type Gathering, type Queue, type Step, settle } from './queue.ts';
import type { Ticket } from './ticket.ts';

/** Changes of the mailbox that are not about one message: compactors coming and going, pauses, aborts, the deadline. */

export function ready(queue: Queue, compactor: string): Step {
  if (queue.idle.includes(compactor)) return { queue, effects: [] };
  return dispatch({ ...queue, idle: [...queue.idle, compactor] });
}

/** The compactor was not idle after all: the ticket goes back to the front. */
export function giveBack(queue: Queue, compactor: string, ticketId: number): Step {
  const without = { ...queue, idle: queue.idle.filter((one) => one !== compactor) };
  return andThen(settle(without, compactor, ticketId, { type: 'again' }), dispatch);
}

/** A compactor ended without settling: its ticket fails, so that nobody waits for ever. */
export function gone(queue: Queue, compactor: string, error: LithifyError): Step {
  const without = { ...queue, idle: queue.idle.filter((one) => one !== compactor) };
  const run = without.running.find((one) => one.compactor === compactor);
  return run ? settle(without, compactor, run.ticket.id, { type: 'failed', error }) : { queue: without, effects: [] };
}

export function pause(queue: Queue): Step {
  return { queue: { ...queue, paused: true }, effects: [] };
}

export function resume(queue: Queue): Step {
  return dispatch({ ...queue, paused: false });
}

/** Takes one request out: a waiting one at once, a running one by abort, unless others wait for the same work. */
export function cancel(queue: Queue, envelopeId: string, error: LithifyError): Step {
  const waiting = queue.waiting.find((ticket) => has(ticket, envelopeId));
  if (waiting !== undefined) return cancelWaiting(queue, waiting, envelopeId, error);
  const run = queue.running.find((one) => has(one.ticket, envelopeId));
  if (run !== undefined) return cancelRunning(queue, run.ticket, run.compactor, envelopeId, error);
  const gathering = queue.gathering.find((one) => has(one.ticket, envelopeId));
  return gathering ? cancelGathering(queue, gathering, envelopeId, error) : { queue, effects: [] };
}

/** Nobody waits for this phase of a log any more: dropped while it waits, aborted while it runs. */
export function cancelTask(queue: Queue, task: number, error: LithifyError): Step {
  const isIt = ({ work }: Ticket) => work.kind === 'log' && work.task === task;
  const found = queue.waiting.find(isIt);
  if (found !== undefined) {
    const waiting = queue.waiting.filter((one) => one !== found);
    return andThen({ queue: { ...queue, waiting }, effects: dropped(found.work, error) }, dispatch);
  }
  const run = queue.running.find((one) => isIt(one.ticket));
  return { queue, effects: run ? [{ type: 'abort', compactor: run.compactor }] : [] };
}

function cancelWaiting(queue: Queue, ticket: Ticket, envelopeId: string, error: LithifyError): Step {
  const left = without(ticket, envelopeId);
  const isNeeded = left.internal || left.requests.length > 0;
  const waiting = queue.waiting.flatMap((one) => (one !== ticket ? [one] : isNeeded ? [left] : []));
  return andThen({ queue: { ...queue, waiting }, effects: repliesTo(ticket, envelopeId, error) }, dispatch);
}

function cancelRunning(queue: Queue, ticket: Ticket, compactor: string, envelopeId: string, error: LithifyError): Step {
  const left = without(ticket, envelopeId);
  const running = queue.running.map((one) => (one.ticket === ticket ? { ...one, ticket: left } : one));
  const isNeeded = left.internal || left.requests.length > 0;
  const abort: Effect[] = isNeeded ? [] : [{ type: 'abort', compactor }];
  return { queue: { ...queue, running }, effects: [...repliesTo(ticket, envelopeId, error), ...abort] };
}

function cancelGathering(queue: Queue, gathering: Gathering, envelopeId: string, error: LithifyError): Step {
  const left = { ...gathering, ticket: without(gathering.ticket, envelopeId) };
  const updated = { ...queue, gathering: queue.gathering.map((one) => (one === gathering ? left : one)) };
  const first: Step = { queue: updated, effects: repliesTo(gathering.ticket, envelopeId, error) };
  return left.ticket.requests.length > 0 ? first : andThen(first, (q) => andThen(failGathering(q, left, error), dispatch));
}

/** The deadline of a Shutdown has passed: what waits is dropped, what runs is aborted. */
export function deadline(queue: Queue, error: LithifyError): Step {
  const abandoned = queue.gathering.reduce<Step>((step, one) => andThen(step, (q) => failGathering(q, one, error)), { queue, effects: [] });
  const aborted = abandoned.queue.running.length;
  const aborts = abandoned.queue.running.map((run): Effect => ({ type: 'abort', compactor: run.compactor }));
  const step: Step = { queue: { ...abandoned.queue, aborted, expired: error }, effects: [...abandoned.effects, ...aborts] };
  return andThen(step, dispatch);
}

function has(ticket: Ticket, envelopeId: string): boolean {
  return ticket.requests.some((one) => one.id === envelopeId);
}

function without(ticket: Ticket, envelopeId: string): Ticket {
  return { ...ticket, requests: ticket.requests.filter((one) => one.id !== envelopeId) };
}

function repliesTo(ticket: Ticket, envelopeId: string, error: LithifyError): Effect[] {
  return ticket.requests.filter((one) => one.id === envelopeId).map((one) => failed(one, error));
}
