import { depthOf, type Gathering } from '../../../machines/mailbox/queue.ts';
import type { Ticket, Work } from '../../../machines/mailbox/ticket.ts';
import type { LogCompactorStats } from '../../../protocol/stats.ts';
import type { Explanation, Reason } from '../../../protocol/why.ts';
import type { RoomWork } from '../../failing-work.ts';
import type { StandingLook } from '../../writers-room.ts';
import { errorDetails, explanation, reason } from './explanation.ts';
import { engineReasons } from './pauses.ts';
import type { Surroundings } from './surroundings.ts';
import type { WaitFacts } from './wait-facts.ts';
import { bytesText, countText, timeText, withoutCapital, withoutStop } from './words.ts';
import { backOffs, remedyFor, runsNow, threadReason, waits, whereIs } from './work.ts';

/** Who waits, for what, and for what that waits. Pure. */
export function explainWaiting(facts: WaitFacts): Explanation {
  const { around } = facts;
  const reasons = [
    ...engineReasons(around),
    ...writers(facts),
    ...facts.logs.filter(({ waiting }) => waiting > 0).map((log) => producers(log, around)),
    ...facts.logs.filter(({ asking }) => asking > 0).map((log) => compactions(log, around)),
    ...(facts.outside > 0 ? [outside(facts)] : []),
    ...tickets(around),
    ...around.queue.gathering.filter(({ ticket }) => ticket.requests.length > 0).map((one) => gathered(one, around)),
    ...around.waitingForThread.map(threadReason),
  ];
  return explanation('Who waits for what?', reasons, 'Nobody waits.');
}

/** Writers stand still, or are slowed, or only wait for each other's commit. */
function writers({ writers: { groups, bytes, standing, slowed, exclusive }, around }: WaitFacts): Reason[] {
  const details = { groups, bytes };
  const moment = exclusive === undefined ? [] : [exclusiveReason(exclusive)];
  if (standing !== undefined) return [stand(standing, details, moment, around)];
  if (exclusive !== undefined && groups === 0) return moment;
  if (exclusive !== undefined) return [reason('commits-wait', commitsText(groups, bytes), details, { because: moment })];
  if (slowed !== undefined)
    return [reason('writers-slowed', `Writers are slowed: ${slowed}`, details, { because: whereIs(around, isRoomWork) })];
  return groups === 0 ? [] : [reason('commits-wait', `${commitsText(groups, bytes)}, behind the one under way`, details)];
}

function commitsText(groups: number, bytes: number): string {
  return `${countText(groups, 'group')} of writes (${bytesText(bytes)}) wait${groups === 1 ? 's for its' : ' for their'} commit`;
}

function isRoomWork({ kind }: Work): boolean {
  return kind !== 'log';
}

function exclusiveReason({ why, isRunning }: { why: string; isRunning: boolean }): Reason {
  const how = isRunning ? 'has the writer for itself' : 'is about to have the writer for itself, once memory is empty';
  return reason('exclusive-moment', `Somebody ${how}: ${why}`, { why, isRunning });
}

function stand(
  { reason: why, waitedMs, clearedBy }: StandingLook,
  details: Reason['details'],
  moment: Reason[],
  around: Surroundings,
): Reason {
  const failing = clearedBy.flatMap(({ work, failing: failed }) => (failed === undefined ? [] : failingReason(work, failed)));
  const tickets = clearedBy.flatMap(({ work }) => (work === 'storage' ? [] : whereIs(around, ({ kind }) => kind === work)));
  const pauses = clearedBy.some(({ work }) => work === 'storage') ? engineReasons(around) : [];
  const known = [...moment, ...failing, ...pauses, ...tickets];
  const because = tickets.length + moment.length + pauses.length > 0 ? known : [...known, unnoticed(around)];
  return reason(
    'writers-stand',
    `Writers have stood still for ${timeText(waitedMs)}: ${withoutCapital(withoutStop(why))}`,
    { why, waitedMs, ...details },
    { because },
  );
}

const ATTEMPTS: Readonly<Record<RoomWork, string>> = {
  flush: 'flushes',
  plan: 'plans of compactions',
  slice: 'compactions',
  collect: 'collections of garbage',
  storage: 'attempts to open LevelDB again',
};

function failingReason(work: RoomWork, { forMs, error }: NonNullable<StandingLook['clearedBy'][number]['failing']>): Reason {
  const sentence = `${ATTEMPTS[work]} have failed for ${timeText(forMs)}: ${withoutStop(error.message)}`;
  return reason('work-failing', sentence, { work, forMs, ...errorDetails(error) }, { remedy: remedyFor(error.code) });
}

/** What would make room is not in the mailbox: it is noticed again when something changes. */
function unnoticed(around: Surroundings): Reason {
  const because = backOffs(around.compactors);
  return reason(
    'work-unnoticed',
    'what makes room is not in the mailbox at this moment, and is noticed again after the next commit, back-off or recovery',
    {},
    { because },
  );
}

/** What the compaction of a partition is at; of one that rests after a failure, the failure. */
function runOf({ topic, partition, state, pass, failures, error }: LogCompactorStats, around: Surroundings): Reason {
  const which = `partition ${partition} of '${topic}'`;
  if (state === 'idle') return reason('log-compaction-runs', `an earlier run over ${which} has still to end`, { state });
  if (state === 'backingOff' && error !== undefined) {
    const times = failures === 1 ? 'a failure' : `${failures} failures in a row`;
    const sentence = `the compaction of ${which} rests after ${times}: ${withoutStop(error.message)}`;
    return reason('log-compaction-fails', sentence, { failures, ...errorDetails(error) }, { remedy: remedyFor(error.code) });
  }
  const because = whereIs(around, ({ kind }) => kind === 'log');
  return reason('log-compaction-runs', `${which} is being compacted (${state}, pass ${pass})`, { state, pass }, { because });
}

/** Callers of `topic.compact()`. */
function compactions(log: LogCompactorStats, around: Surroundings): Reason {
  const { topic, partition, asking } = log;
  const who = asking === 1 ? '1 caller of compact() waits' : `${countText(asking, 'caller')} of compact() wait`;
  const sentence = `${who} for a compaction of topic '${topic}', partition ${partition}`;
  return reason('log-compaction-asked', sentence, { topic, partition, asking }, { because: [runOf(log, around)] });
}

function producers(log: LogCompactorStats, around: Surroundings): Reason {
  const { topic, partition, waiting, dirtyBytes } = log;
  const sentence = `${countText(waiting, 'producer')} of topic '${topic}', partition ${partition}, wait${waiting === 1 ? 's' : ''}: ${bytesText(dirtyBytes)} have come in that no compaction has seen`;
  return reason(
    'producers-wait',
    sentence,
    { topic, partition, waiting, dirtyBytes },
    {
      because: [runOf(log, around)],
      remedy: 'backPressure: false lets producers go on; a larger compactionThreshold lets them wait later.',
    },
  );
}

function outside({ outside: requests, around }: WaitFacts): Reason {
  const { queue, capacity } = around;
  const because = queue.running.map((run) => runsNow(around, run));
  const depth = depthOf(queue);
  const told = `${countText(depth, 'request')}, ${capacity} may wait`;
  const sentence = depth < capacity ? `the mailbox was full until just now, and lets them in: ${told}` : `the mailbox is full: ${told}`;
  const full = reason('mailbox-full', sentence, { depth, capacity }, { because });
  return reason(
    'requests-wait-outside',
    `${countText(requests, 'request')} wait${requests === 1 ? 's' : ''} outside the mailbox`,
    { requests },
    {
      because: [full],
      remedy: 'A larger mailboxCapacity lets more wait inside; tell() says at once when it is full.',
    },
  );
}

/** Each ticket that waits; slices of one order count as one, for they wait for the same. */
function tickets(around: Surroundings): Reason[] {
  const kinds = Map.groupBy(around.queue.waiting, kindOf);
  return [...kinds.values()].flatMap(([first, ...more]) => (first === undefined ? [] : waits(around, first, more.length)));
}

function kindOf({ id, work }: Ticket): string {
  return work.kind === 'slice' ? `slice of ${work.orderId}` : String(id);
}

function gathered({ ticket, orderId, open, error }: Gathering, around: Surroundings): Reason {
  const because = whereIs(around, (work) => work.kind === 'slice' && work.orderId === orderId);
  const failed = error === undefined ? '' : `; it has failed, and its running slices are being stopped: ${withoutStop(error.message)}`;
  const asking = ticket.requests.length;
  const sentence = `${countText(asking, 'request')} for a major compaction wait${asking === 1 ? 's' : ''} for ${countText(open, 'slice')} of order ${orderId}${failed}`;
  return reason('order-is-gathered', sentence, { order: orderId, open, requests: asking, ...(error && errorDetails(error)) }, { because });
}
