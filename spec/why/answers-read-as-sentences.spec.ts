import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { TableFacts } from '../../actors/observation/why/blob-facts.ts';
import { explanation, reason } from '../../actors/observation/why/explanation.ts';
import { explainRange } from '../../actors/observation/why/not-compacted.ts';
import { explainBlob } from '../../actors/observation/why/on-disk.ts';
import type { RangeFacts } from '../../actors/observation/why/range-facts.ts';
import { tableReason } from '../../actors/observation/why/table.ts';
import { explainWaiting } from '../../actors/observation/why/waiting.ts';
import { bytesText, keyText, listText, timeText, withoutCapital } from '../../actors/observation/why/words.ts';
import { pressureOf } from '../../actors/pressure.ts';
import type { Explanation } from '../../index.ts';
import { emptyQueue } from '../../machines/mailbox/queue.ts';
import { REASON_CODES } from '../../protocol/why.ts';
import { blobFacts, rangeFacts, waitFacts } from './support/any-facts.ts';
import { allReasons } from './support/reasons.ts';

const CODES = new Set<string>(REASON_CODES);
const RUNS = { numRuns: 400, includeErrorInReport: true } as const;

test('whatever is known of a blob, there is a reason, and it reads as a sentence', (t) => {
  fc.assert(
    fc.property(blobFacts, (facts) => {
      const answer = explainBlob(facts);
      assertReadable(t, answer);
      t.true(answer.reasons.length > 0);
    }),
    RUNS,
  );
  t.pass();
});

test('whatever is known of a range, there is a reason, and a compaction under way comes first', (t) => {
  fc.assert(
    fc.property(rangeFacts, (facts) => {
      const answer = explainRange(facts);
      assertReadable(t, answer);
      t.true(answer.reasons.length > 0, answer.sentence);
      const isAtIt = facts.running.length > 0 || facts.planned?.touches === true;
      t.is(answer.sentence.startsWith('No compaction of '), !isAtIt);
      if (facts.running.length > 0) t.is(answer.reasons[0].code, 'order-running');
    }),
    RUNS,
  );
  t.pass();
});

test('the planner’s words about a place count only where the range has keys in it', (t) => {
  const said = (facts: Partial<RangeFacts>) => explainRange({ ...QUIET, ...facts }).reasons.flatMap(({ details }) => details.planner ?? []);
  const notPicked = ['2 minors: fewer than 4, and 1.2 kB only', 'level 3: within its target', '33 range deletes: fewer than 40'];
  const [minors, level, rangeDeletes] = notPicked;
  const one = { tables: 1, bytes: 10 };
  t.deepEqual(said({ notPicked, levels: [{ ...one, level: 5 }] }), [rangeDeletes]);
  t.deepEqual(said({ notPicked, levels: [{ ...one, level: 3 }] }), [level, rangeDeletes]);
  t.deepEqual(said({ notPicked, minors: one }), [minors, rangeDeletes]);
  t.deepEqual(said({ notPicked }), []);
});

const QUIET: RangeFacts = {
  ...{ range: {}, minors: { tables: 0, bytes: 0 }, levels: [], running: [], notPicked: [], isGarbageFirst: false },
  ...{ keptBytes: 0, holds: [], obsolete: 0, memory: { entries: 0, bytes: 0, sealed: 0 }, failing: [] },
  around: { now: 0, queue: emptyQueue, capacity: 1, compactors: [], waitingForThread: [] },
};

test('whoever waits, it is said for what; nobody else is said to', (t) => {
  fc.assert(
    fc.property(waitFacts, (facts) => {
      const answer = explainWaiting(facts);
      assertReadable(t, answer);
      const { around, writers, outside, logs } = facts;
      const { waiting, gathering } = around.queue;
      const someone =
        writers.groups +
          outside +
          waiting.length +
          around.waitingForThread.length +
          logs.filter((log) => log.waiting + log.asking > 0).length >
          0 ||
        writers.standing !== undefined ||
        writers.slowed !== undefined ||
        writers.exclusive !== undefined ||
        gathering.some(({ ticket }) => ticket.requests.length > 0) ||
        around.recovery !== undefined ||
        around.closing !== undefined;
      t.is(answer.reasons.length > 0, someone);
      t.is(answer.sentence === 'Nobody waits.', !someone);
    }),
    RUNS,
  );
  t.pass();
});

test('a sentence has one because, further causes are told by themselves, and nothing is told twice', (t) => {
  const c = reason('work-runs', 'a flush runs');
  const b = reason('work-waits', 'A ticket waits.', {}, { because: [c] });
  const a = reason('writers-stand', 'Writers stand still', {}, { because: [b] });
  t.is(explanation('?', [a], '').sentence, 'Writers stand still, because a ticket waits. That is because a flush runs.');
  const both = reason('writers-stand', 'Writers stand still', {}, { because: [b, c] });
  t.is(explanation('?', [both, c], '').sentence, 'Writers stand still, because a ticket waits. That is because a flush runs.');
  const other = reason('recovering', 'LevelDB is being opened again');
  const two = reason('writers-stand', 'Writers stand still', {}, { because: [other, c] });
  t.is(explanation('?', [two], '').sentence, 'Writers stand still, because LevelDB is being opened again. Also, a flush runs.');
  const many = Array.from({ length: 8 }, (_, i) => reason('work-waits', `Ticket ${i} waits`));
  t.regex(explanation('?', many, '').sentence, /Ticket 4 waits\. There are 3 more reasons\.$/);
  t.is(explanation('?', [], 'Nobody waits.').sentence, 'Nobody waits.');
});

test('what only says more of a reason is no because of it', (t) => {
  const held = reason('held-by-snapshot', 'A snapshot still reads what was deleted');
  const deleted = reason('deleted-by-range', 'About 74 % of it is deleted by range and stays in it', {}, { because: [held] });
  const tombstone = reason('tombstones-hide-older', 'Its 1 tombstone hides older data');
  const live = reason('live-in-minors', 'Blob 5 is a minor table', {}, { because: [deleted, tombstone] });
  t.is(
    explanation('?', [live], '').sentence,
    'Blob 5 is a minor table. About 74 % of it is deleted by range and stays in it, because a snapshot still reads what was deleted. Its 1 tombstone hides older data.',
  );
  const runs = reason('work-runs', 'the flush of memtable 3 runs on compactor-0');
  const one = reason('one-at-a-time', 'memory is written out by one job at a time', {}, { because: [runs] });
  const waits = reason('work-waits', 'The flush of memtable 4 has waited', {}, { because: [one] });
  t.is(
    explanation('?', [waits], '').sentence,
    'The flush of memtable 4 has waited, because memory is written out by one job at a time. The flush of memtable 3 runs on compactor-0.',
  );
});

test('one and several are told apart', (t) => {
  const said = (entries: number) => explainRange({ ...QUIET, memory: { entries, bytes: 10, sealed: 0 } }).sentence;
  t.regex(said(1), /1 entry of the store \(10 B\) is in memory only, and is merged once flushed/);
  t.regex(said(2), /2 entries of the store \(10 B\) are in memory only, and are merged once flushed/);
  const load = { sealed: 1, memtablesLimit: 2, activeShare: 0, isBeingPaid: false, deletableBytes: 0, version: { minors: [], levels: [] } };
  const pressure = pressureOf(load as unknown as Parameters<typeof pressureOf>[0], { minorTrigger: 4, memtableBytes: 1 });
  t.is(pressure?.reason, 'memory is at its limit: 1 memtable waits for its flush');
  const tombstones = { ...TABLE, tombstones: 1, hasOlder: true };
  t.is(tableReason(5, tombstones).because?.[0].sentence, 'Its 1 tombstone hides older data deeper down, and stays until it has sunk to it');
});

const TABLE: TableFacts = {
  ...{ place: 3, bytes: 10, entries: 4, tombstones: 0, obsolete: 0, shadowed: 0, shadowedBytes: 0, minKey: 'a', maxKey: 'b' },
  ...{ hasOlder: false, holds: [], deletedShare: 0, freeableShare: 0, deletedHolds: [] },
};

test('partitions of a topic that are at the same have a cause each', (t) => {
  const log = {
    topic: 'orders',
    state: 'analyzing',
    runs: 0,
    passes: 1,
    pass: 1,
    from: 0,
    failures: 0,
    dirtyBytes: 9,
    totalBytes: 9,
    waiting: 0,
  };
  const logs = [0, 1].map((partition) => ({ ...log, partition, asking: 2 }));
  t.is(
    explainWaiting({ around: QUIET.around, writers: { groups: 0, bytes: 0 }, outside: 0, logs }).sentence,
    [0, 1]
      .map(
        (at) =>
          `2 callers of compact() wait for a compaction of topic 'orders', partition ${at}, because partition ${at} of 'orders' is being compacted (analyzing, pass 1).`,
      )
      .join(' '),
  );
});

test('a mailbox that has just got room is not said to be full', (t) => {
  const around = { ...QUIET.around, capacity: 4 };
  const { reasons } = explainWaiting({ around, writers: { groups: 0, bytes: 0 }, outside: 2, logs: [] });
  t.is(reasons[0].because?.[0].sentence, 'The mailbox was full until just now, and lets them in: 0 requests, 4 may wait');
});

test('numbers and names read as people write them', (t) => {
  t.deepEqual([0, 999, 1000, 12_400_000, 3.2e12].map(bytesText), ['0 B', '999 B', '1.0 kB', '12.4 MB', '3.2 TB']);
  t.deepEqual([12.4, 3_200, 306_000, 7_200_000, 302_400_000].map(timeText), ['12 ms', '3.2 s', '5.1 min', '2.0 h', '3.5 d']);
  t.deepEqual([listText([]), listText(['a']), listText(['a', 'b']), listText(['a', 'b', 'c'])], ['', 'a', 'a and b', 'a, b and c']);
  t.deepEqual(
    [keyText('k'), keyText({ base64: '/w==' }), keyText('base64:x'), keyText('x'.repeat(50))],
    ["'k'", 'base64:/w==', 'base64:YmFzZTY0Ong=', `'${'x'.repeat(40)}…'`],
  );
  t.deepEqual(['A flush', 'LevelDB is', 'LITHIFY_SST: x', 'It is'].map(withoutCapital), [
    'a flush',
    'LevelDB is',
    'LITHIFY_SST: x',
    'it is',
  ]);
});

function assertReadable(t: ExecutionContext, answer: Explanation): void {
  t.regex(answer.question, /^[A-Z].*\?$/s);
  t.regex(answer.sentence, /\.$/);
  t.deepEqual(JSON.parse(JSON.stringify(answer)), answer);
  for (const { code, sentence, details, remedy } of allReasons(answer)) {
    t.true(CODES.has(code), code);
    t.regex(sentence, /^[^a-z\s]/, sentence);
    t.notRegex(sentence, /undefined|NaN|Infinity|\[object|\.$|because because/, sentence);
    for (const value of Object.values(details)) t.true(['string', 'boolean'].includes(typeof value) || Number.isFinite(value), sentence);
    if (remedy !== undefined) t.regex(remedy, /^[A-Za-z].*\.$/);
  }
}
