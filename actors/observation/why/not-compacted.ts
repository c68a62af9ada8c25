import type { MessageRange } from '../../../protocol/messages.ts';
import type { Explanation, Reason } from '../../../protocol/why.ts';
import { errorDetails, explanation, reason } from './explanation.ts';
import { holdReason } from './holds.ts';
import { orderRuns } from './orders.ts';
import { engineReasons } from './pauses.ts';
import type { RangeFacts } from './range-facts.ts';
import { bytesText, countText, keyText, timeText, withCapital, withoutStop } from './words.ts';
import { backOffs, whereIs } from './work.ts';

/** Why nothing compacts a range of keys, or what does. Pure. */
export function explainRange(facts: RangeFacts): Explanation {
  const { range, running, planned } = facts;
  const isAtIt = running.length > 0 || planned?.touches === true;
  const question = `Why does nothing compact ${rangeText(range)}?`;
  const { sentence, ...rest } = explanation(question, reasonsFor(facts), '');
  const planning = askedFor(facts).length > 0 ? '' : ' or planned';
  return { ...rest, sentence: isAtIt ? sentence : `No compaction of ${rangeText(range)} is under way${planning}. ${sentence}` };
}

export function rangeText({ gte, lt }: MessageRange): string {
  if (gte === undefined && lt === undefined) return 'the whole store';
  if (gte === undefined) return `the keys below ${keyText(lt ?? '')}`;
  return lt === undefined ? `the keys from ${keyText(gte)}` : `the keys from ${keyText(gte)} to ${keyText(lt)}`;
}

function reasonsFor(facts: RangeFacts): Reason[] {
  const { running, around, minors, levels } = facts;
  const hasTables = minors.tables + levels.length > 0;
  const reasons = [
    ...running.map(orderRuns),
    ...plannedOrder(facts),
    ...engineReasons(around),
    ...askedFor(facts),
    ...failures(facts),
    ...(facts.isGarbageFirst ? [garbageFirst(facts)] : []),
    ...(hasTables ? ofTables(facts) : [reason('no-tables', 'No table has keys in this range')]),
    ...inMemory(facts),
  ];
  return reasons.length > 0 ? reasons : [nothingToDo(facts)];
}

function ofTables(facts: RangeFacts): Reason[] {
  return [...keptForReaders(facts), ...notWorthIt(facts), ...leftOver(facts), ...settled(facts)];
}

/** What is dead, and seen by nobody: the planner has no word for it as long as it is too little. */
function leftOver({ obsolete, keptBytes, isGarbageFirst, planned }: RangeFacts): Reason[] {
  if (obsolete === 0 || keptBytes > 0 || isGarbageFirst || planned?.touches === true) return [];
  const sentence = `Rewriting these tables could drop ${countText(obsolete, 'entry', 'entries')} at most, which is not worth an order`;
  return [reason('obsolete-too-few', sentence, { obsolete }, { remedy: MAJOR })];
}

/** Where the planner says nothing of these places. */
function nothingToDo({ minors, levels }: RangeFacts): Reason {
  const places = levels.length + (minors.tables > 0 ? 1 : 0);
  const sentence = `The planner finds nothing that is worth an order: the tables stand in ${countText(places, 'place')}, and each is within its bounds`;
  return reason('not-worth-it', sentence, { places }, { remedy: MAJOR });
}

const MAJOR = 'A MajorCompaction merges them all the same.';

/** What is planned has not begun: its ticket waits, or somebody has still to notice it. */
function plannedOrder({ planned, around }: RangeFacts): Reason[] {
  if (planned === undefined) return [];
  const { kind, reason: why, touches } = planned;
  const where = touches ? 'is planned, and has not begun' : 'is planned for other keys, more urgent, and has not begun';
  const tickets = whereIs(around, (work) => work.kind === 'plan' && work.order === 'background');
  const because = tickets.length > 0 ? tickets : [reason('work-unnoticed', 'it is noticed after the next commit, back-off or recovery')];
  const sentence = `A ${kind} order ${where}: ${withoutStop(why)}`;
  return [reason(touches ? 'order-planned' : 'more-urgent-first', sentence, { kind, why }, { because })];
}

/** Majors that somebody waits for. */
function askedFor({ around }: RangeFacts): Reason[] {
  return whereIs(around, (work) => work.kind === 'plan' && work.order === 'major');
}

function failures({ failing, around }: RangeFacts): Reason[] {
  const failed = failing.map(({ forMs, error }) => {
    const sentence = `compactions have failed for ${timeText(forMs)}: ${withoutStop(error.message)}`;
    return reason('work-failing', sentence, { forMs, ...errorDetails(error) });
  });
  return [...failed, ...backOffs(around.compactors)];
}

function garbageFirst({ around }: RangeFacts): Reason {
  const because = whereIs(around, ({ kind }) => kind === 'collect');
  return reason('garbage-goes-first', 'There is so much garbage that it is deleted before anything makes more of it', {}, { because });
}

function keptForReaders({ keptBytes, holds }: RangeFacts): Reason[] {
  if (keptBytes === 0 || holds.length === 0) return [];
  const because = holds.map((hold) => holdReason(hold, 'reads what would go'));
  const sentence = `About ${bytesText(keptBytes)} of these tables are kept only for readers of older moments, so rewriting them would drop nothing of it`;
  return [reason('kept-for-readers', sentence, { keptBytes }, { because })];
}

/** The planner's own sentences, as far as they are about places that have keys in the range. */
function notWorthIt({ notPicked, isGarbageFirst, minors, levels }: RangeFacts): Reason[] {
  if (isGarbageFirst) return [];
  const isHere = (sentence: string) => {
    if (/^\d+ minors?\b/.test(sentence)) return minors.tables > 0;
    const level = /^level (\d+):/.exec(sentence)?.[1];
    return level === undefined || levels.some((one) => one.level === Number(level));
  };
  return notPicked
    .filter(isHere)
    .map((sentence) => reason('not-worth-it', withCapital(sentence), { planner: sentence }, { remedy: MAJOR }));
}

/** One level, and nothing to drop. */
function settled({ minors, levels, obsolete, keptBytes }: RangeFacts): Reason[] {
  const [only, ...others] = levels;
  if (only === undefined || others.length > 0 || minors.tables > 0 || obsolete > 0 || keptBytes > 0) return [];
  const { level, tables, bytes } = only;
  const sentence = `Everything in the range stands in level ${level}, ${countText(tables, 'table')}, ${bytesText(bytes)}, and nothing in it can be dropped: there is nothing to win`;
  return [reason('settled', sentence, { level, tables, bytes })];
}

function inMemory({ memory: { entries, bytes, sealed } }: RangeFacts): Reason[] {
  if (entries === 0) return [];
  const waiting = sealed === 0 ? '' : `; ${countText(sealed, 'memtable')} wait${sealed === 1 ? 's' : ''} for the flush`;
  const sentence = `${countText(entries, 'entry', 'entries')} of the store (${bytesText(bytes)}) ${entries === 1 ? 'is' : 'are'} in memory only, and ${entries === 1 ? 'is' : 'are'} merged once flushed${waiting}`;
  return [reason('only-in-memory', sentence, { entries, bytes, sealed }, { remedy: 'A MinorCompact flushes them now.' })];
}
