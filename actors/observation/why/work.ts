import { obstacleTo } from '../../../machines/mailbox/dispatch.ts';
import type { Running } from '../../../machines/mailbox/queue.ts';
import type { Ticket, Work } from '../../../machines/mailbox/ticket.ts';
import type { Reason } from '../../../protocol/why.ts';
import type { CompactorLook } from '../../compactors.ts';
import { errorDetails, reason } from './explanation.ts';
import { engineReasons } from './pauses.ts';
import type { Surroundings } from './surroundings.ts';
import { countText, timeText, withoutStop } from './words.ts';

/** Why work in the mailbox has not ended: it runs, or waits for something. Pure. */

export function workText(work: Work): string {
  switch (work.kind) {
    case 'flush':
      return work.memtable === undefined ? 'the flush of what is in memory' : `the flush of memtable ${work.memtable}`;
    case 'collect':
      return 'the collection of garbage';
    case 'plan':
      return work.order === 'major' ? 'the planning of a major compaction' : 'the planning of a background compaction';
    case 'slice':
      return `slice ${work.slice} of order ${work.orderId}`;
    case 'log':
      return { age: 'the ageing of a log', analyze: 'the analysis of a log', rewrite: 'the rewriting of a log' }[work.phase];
  }
}

/** Every ticket of that work, running ones first; empty: none is in the mailbox. */
export function whereIs(all: Surroundings, isIt: (work: Work) => boolean): Reason[] {
  const [first, ...more] = all.queue.waiting.filter((ticket) => isIt(ticket.work));
  const runs = running(all, isIt);
  return first === undefined ? runs : [...runs, waits(all, first, more.length)];
}

/** What waits for work of a kind waits for the running one: of waiting ones, each would be behind the other. */
function running(all: Surroundings, isIt: (work: Work) => boolean): Reason[] {
  return all.queue.running.filter((run) => isIt(run.ticket.work)).map((run) => runsNow(all, run));
}

/** Where a ticket stands, by its number. */
function whereIsTicket(all: Surroundings, id: number): Reason[] {
  const run = all.queue.running.find(({ ticket }) => ticket.id === id);
  if (run !== undefined) return [runsNow(all, run)];
  const ticket = all.queue.waiting.find((one) => one.id === id);
  return ticket === undefined ? [] : [waits(all, ticket)];
}

export function runsNow(all: Surroundings, { ticket, compactor }: Running): Reason {
  const { now, waitingForThread } = all;
  const look = all.compactors.find(({ name }) => name === compactor);
  const job = look?.job;
  const place = waitingForThread.indexOf(compactor);
  const thread = place < 0 ? [] : [threadReason(compactor, place)];
  const since = job === undefined ? '' : ` for ${timeText(now - job.since)}, ${countText(look?.entries ?? 0, 'entry', 'entries')} so far`;
  return reason(
    'work-runs',
    `${workText(ticket.work)} runs on ${compactor}${since}`,
    { ticket: ticket.id, work: ticket.work.kind, compactor, ...(job && { job: job.kind, ms: now - job.since, why: job.reason }) },
    { because: thread },
  );
}

export function threadReason(borrower: string, place: number): Reason {
  const line = place === 0 ? 'it is next' : `${countText(place, 'other')} wait before it`;
  return reason('job-waits-for-thread', `${borrower} waits for a worker thread; ${line}`, { borrower, before: place });
}

/** `more`: of the same kind, behind it. */
export function waits(all: Surroundings, ticket: Ticket, more = 0): Reason {
  const { id, work, at, requests } = ticket;
  const others = more === 0 ? '' : ` and ${more} more like it`;
  const asked = requests.length === 0 ? '' : ` (${countText(requests.length, 'request')})`;
  return reason(
    'work-waits',
    `${workText(work)}${asked}${others} ${more === 0 ? 'has' : 'have'} waited in the mailbox for ${timeText(all.now - at)}`,
    { ticket: id, work: work.kind, ms: all.now - at, more, requests: requests.length },
    { because: whyNotHandedOut(all, ticket) },
  );
}

/** Why no compactor has the ticket. */
export function whyNotHandedOut(all: Surroundings, ticket: Ticket): Reason[] {
  const { queue } = all;
  if (queue.paused) return engineReasons(all);
  const obstacle = obstacleTo(queue, ticket);
  switch (obstacle) {
    case 'after-ticket':
      return [afterAnother(whereIsTicket(all, ticket.after ?? 0), 'it comes after work that has not ended')];
    case 'after-order':
      return [
        afterAnother([], `order ${ticket.afterOrder} holds tables that it needs, and has not ended`, { order: ticket.afterOrder ?? 0 }),
      ];
    case 'garbage-goes-first':
      return [
        reason('garbage-goes-first', 'garbage is deleted before anything makes more of it', {}, { because: whereIs(all, isCollection) }),
      ];
    case 'no-place-for-logs':
      return [oneAtATime('passes over logs leave one compactor to everything else')];
    case 'memory-is-being-emptied':
      return [oneAtATime('memory is written out by one job at a time, in order', running(all, isMemoryWork))];
    case 'is-collecting':
      return [oneAtATime('one collection runs at a time', running(all, isCollection))];
    case 'another-is-planned':
      return [oneAtATime('another compaction is being planned')];
    case 'major-is-running':
      return [oneAtATime('one major compaction runs at a time')];
    case 'major-goes-first':
      return [oneAtATime('a major compaction waits, and new orders would take what it needs')];
    case undefined:
      return queue.idle.length > 0 ? [] : [noCompactor(all)];
  }
}

const isCollection = ({ kind }: Work) => kind === 'collect';
const isMemoryWork = (work: Work) => work.kind === 'flush' || (work.kind === 'log' && work.phase === 'age');

function afterAnother(because: Reason[], sentence: string, details: Reason['details'] = {}): Reason {
  return reason('after-another', sentence, details, { because });
}

function oneAtATime(sentence: string, because: Reason[] = []): Reason {
  return reason('one-at-a-time', sentence, {}, { because });
}

function noCompactor(all: Surroundings): Reason {
  const { compactors, queue } = all;
  const busy = compactors.length === 1 ? 'the only compactor is busy' : `none of the ${compactors.length} compactors is free`;
  const because = [...backOffs(compactors), ...queue.running.map((run) => runsNow(all, run))];
  return reason('no-free-compactor', busy, { compactors: compactors.length, running: queue.running.length }, { because });
}

/** Compactors that rest after a failure. */
export function backOffs(compactors: readonly CompactorLook[]): Reason[] {
  return compactors.flatMap(({ name, backingOff }) => {
    if (backingOff === undefined) return [];
    const { ms, failures, error } = backingOff;
    const times = failures === 1 ? 'a failure' : `${failures} failures in a row`;
    const sentence = `${name} rests for ${timeText(ms)} after ${times}: ${withoutStop(error.message)}`;
    return reason('backing-off', sentence, { compactor: name, ms, failures, ...errorDetails(error) }, { remedy: remedyFor(error.code) });
  });
}

export function remedyFor(code: string): string {
  if (code === 'LITHIFY_DISK_FULL') return 'Make room on the disk; it is tried again by itself.';
  if (code === 'LITHIFY_CORRUPTION') return 'Look with engine.verify(), and restore the store from a copy or repair it.';
  return 'It is tried again by itself; see to the fault that the error names if it stays.';
}
