import type { Effect, Queue, Running, Step } from './queue.ts';
import { emptiesMemory, isLogPass, Rank, rankOf, type Ticket, type Work } from './ticket.ts';

/** After so many hand-outs of a higher rank, the oldest lower one goes: nothing starves. */
const PATIENCE = 8;

/**
 * Hands tickets to idle compactors as long as both are there; makes room for a waiting flush; dismisses when closing.
 * `comesBack`: a compactor has just settled and will be ready in a moment, so no other needs to make way.
 */
export function dispatch(queue: Queue, comesBack = false): Step {
  const effects: Effect[] = [];
  let at = queue;
  for (let next = pick(at); next !== undefined && at.idle.length > 0; next = pick(at)) {
    const compactor = at.idle[0];
    effects.push({ type: 'assign', compactor, ticket: next });
    at = handOut(at, compactor, next);
  }
  const yielding = comesBack ? undefined : makeRoom(at);
  if (yielding !== undefined) {
    effects.push({ type: 'yield', compactor: yielding });
    at = { ...at, running: at.running.map((run) => (run.compactor === yielding ? { ...run, yielding: true } : run)) };
  }
  if (at.closing && at.waiting.length === 0 && !at.running.some(mayLeaveSlices)) effects.push({ type: 'dismiss' });
  return { queue: at, effects };
}

/** Its slices will need compactors. */
function mayLeaveSlices(run: Running): boolean {
  return run.yielding || run.ticket.work.kind === 'plan';
}

function handOut(queue: Queue, compactor: string, ticket: Ticket): Queue {
  const waiting = queue.waiting.filter((one) => one !== ticket);
  const isOverdue = waiting.some((one) => rankOf(one.work) < rankOf(ticket.work) && isEligible(queue, one));
  const skipsLower = !isOverdue && waiting.some((one) => rankOf(one.work) > rankOf(ticket.work));
  return {
    ...queue,
    waiting,
    idle: queue.idle.filter((one) => one !== compactor),
    running: [...queue.running, { ticket, compactor, yielding: false }],
    passedOver: skipsLower ? queue.passedOver + 1 : 0,
  };
}

/** The ticket that goes next, if any may go now. */
export function pick(queue: Queue): Ticket | undefined {
  if (queue.paused) return undefined;
  const eligible = queue.waiting.filter((ticket) => isEligible(queue, ticket));
  const ranks = eligible.map((ticket) => rankOf(ticket.work));
  if (ranks.length === 0) return undefined;
  const highest = Math.min(...ranks);
  const overdue = queue.passedOver >= PATIENCE ? eligible.find((ticket) => rankOf(ticket.work) > highest) : undefined;
  return overdue ?? eligible.find((ticket) => rankOf(ticket.work) === highest);
}

/** What keeps a ticket from being handed out now, whoever is idle. */
export type Obstacle =
  | 'after-ticket'
  | 'after-order'
  | 'memory-is-being-emptied'
  | 'is-collecting'
  | 'no-place-for-logs'
  | 'garbage-goes-first'
  | 'another-is-planned'
  | 'major-is-running'
  | 'major-goes-first';

/**
 * One flush or ageing at a time keeps the order in which memory is written out; one deletion and one major at a time is
 * enough. Plans go one at a time too: what one has leased and not yet cut, no other can wait for.
 */
export function obstacleTo(queue: Queue, ticket: Ticket): Obstacle | undefined {
  const { work, after, afterOrder } = ticket;
  if (after !== undefined && isOpen(queue, after)) return 'after-ticket';
  if (afterOrder !== undefined && queue.gathering.some((one) => one.orderId === afterOrder)) return 'after-order';
  if (emptiesMemory(work)) return isRunning(queue, emptiesMemory) ? 'memory-is-being-emptied' : undefined;
  if (work.kind === 'collect') return isRunning(queue, (one) => one.kind === 'collect') ? 'is-collecting' : undefined;
  if (work.kind === 'log' && !hasPlaceForLog(queue)) return 'no-place-for-logs';
  // An analysis makes no garbage.
  if (work.kind === 'log' && work.phase === 'analyze') return undefined;
  if (isCollecting(queue) && queue.passedOver < PATIENCE) return 'garbage-goes-first';
  if (work.kind === 'slice' || work.kind === 'log') return undefined;
  if (queue.running.some((run) => run.ticket.work.kind === 'plan')) return 'another-is-planned';
  if (work.order === 'major') return queue.gathering.some((one) => isMajorPlan(one.ticket)) ? 'major-is-running' : undefined;
  return isMajorAhead(queue) ? 'major-goes-first' : undefined;
}

function isEligible(queue: Queue, ticket: Ticket): boolean {
  return obstacleTo(queue, ticket) === undefined;
}

function isRunning({ running }: Queue, isIt: (work: Work) => boolean): boolean {
  return running.some((run) => isIt(run.ticket.work));
}

/** Where there are several compactors, the passes over logs leave one of them to everything else. */
function hasPlaceForLog({ running, compactors }: Queue): boolean {
  return running.filter((run) => isLogPass(run.ticket.work)).length < Math.max(1, compactors - 1);
}

/** Garbage goes before anything makes more of it, or disk would grow without need; but not for ever. */
function isCollecting({ waiting, running }: Queue): boolean {
  return [...waiting, ...running.map((run) => run.ticket)].some(({ work }) => work.kind === 'collect');
}

/** New background orders would lease what the major waits for. */
function isMajorAhead(queue: Queue): boolean {
  return queue.waiting.some(isMajorPlan);
}

function isMajorPlan(ticket: Ticket): boolean {
  return ticket.work.kind === 'plan' && ticket.work.order === 'major';
}

function isOpen(queue: Queue, id: number): boolean {
  return queue.waiting.some((one) => one.id === id) || queue.running.some((run) => run.ticket.id === id);
}

/**
 * A flush or an ageing must not wait for a slice or a pass over a log: when all compactors are busy, the one with the
 * least urgent work makes way at its next block. (The design keeps one compactor free instead; see docs/decisions on why this is better.)
 */
function makeRoom(queue: Queue): string | undefined {
  if (queue.paused || queue.idle.length > 0 || queue.running.some((run) => run.yielding)) return undefined;
  const flush = queue.waiting.find((ticket) => emptiesMemory(ticket.work));
  if (flush === undefined || !isEligible(queue, flush)) return undefined;
  const candidates = queue.running.filter((run) => canYield(run.ticket.work));
  const least = Math.max(Rank.flush, ...candidates.map((run) => rankOf(run.ticket.work)));
  return candidates.find((run) => rankOf(run.ticket.work) === least)?.compactor;
}

function canYield(work: Work): boolean {
  return work.kind === 'slice' || work.kind === 'collect' || isLogPass(work);
}
