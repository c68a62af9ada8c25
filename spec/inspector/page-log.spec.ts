import test from 'ava';
import { DRAWN_ROWS, EntryLog, KEPT_ENTRIES, type LogRow } from '../../inspector/page/model/entry-log.ts';
import type { RecorderEntry } from '../../protocol/recorder.ts';
import { inventedEntry } from '../support/invented-frames.ts';

function logOf(entries: readonly RecorderEntry[]): EntryLog {
  const log = new EntryLog();
  log.add(entries);
  return log;
}

function shown(rows: readonly LogRow[]): (number | string)[] {
  return rows.map((row) => ('entry' in row ? row.entry.n : `${row.gap} dropped`));
}

const ALL = { text: '' };

test('the newest entry is on top', (t) => {
  t.deepEqual(shown(logOf([inventedEntry(1), inventedEntry(2), inventedEntry(3)]).rows(ALL)), [3, 2, 1]);
});

test('what was dropped is shown where it is missing', (t) => {
  const log = logOf([inventedEntry(10), inventedEntry(11)]);
  log.add([inventedEntry(29), inventedEntry(30)]);
  t.deepEqual(shown(log.rows(ALL)), [30, 29, '17 dropped', 11, 10]);
  t.deepEqual(shown(log.rows({ text: 'nothing has this' })), ['17 dropped']);
});

test('entries that come again after a reconnection are passed over', (t) => {
  const log = logOf([inventedEntry(1), inventedEntry(2)]);
  log.add([inventedEntry(1), inventedEntry(2), inventedEntry(3)]);
  t.deepEqual(shown(log.rows(ALL)), [3, 2, 1]);
});

test('over thousands of entries the log stays as large as it is', (t) => {
  const log = new EntryLog();
  for (let n = 1; n <= 20 * KEPT_ENTRIES; n++) log.add([inventedEntry(n)]);
  t.true(log.size <= 1.25 * KEPT_ENTRIES);
  t.is(log.rows(ALL).length, DRAWN_ROWS);
  t.is(log.last, 20 * KEPT_ENTRIES);
});

test('the filter finds words in type, actors, envelope and details, in any case', (t) => {
  const log = logOf([
    inventedEntry(1, { type: 'MajorCompaction', actor: 'mailbox', envelope: 'e-17' }),
    inventedEntry(2, { type: 'compacted', kind: 'event', details: { reason: 'level 3 is too LARGE' } }),
    inventedEntry(3, { from: 'mailbox' }),
  ]);
  t.deepEqual(shown(log.rows({ text: 'E-17 major' })), [1]);
  t.deepEqual(shown(log.rows({ text: 'large' })), [2]);
  t.deepEqual(shown(log.rows({ text: '', kind: 'event' })), [2]);
  t.deepEqual(shown(log.rows({ text: '', actor: 'mailbox' })), [3, 1], 'as sender and as receiver');
});

test('a page further down begins where it is told to', (t) => {
  const log = logOf([inventedEntry(1), inventedEntry(2), inventedEntry(3)]);
  t.deepEqual(shown(log.rows(ALL, 2)), [2, 1]);
});

test('causes are followed up to the first, or to where the memory ends', (t) => {
  const log = logOf([inventedEntry(1), inventedEntry(2, { cause: 1 }), inventedEntry(3, { cause: 2 }), inventedEntry(5, { cause: 4 })]);
  const chainOf = (n: number) => {
    const { chain, lost } = log.causes(log.find(n) ?? t.fail());
    return { chain: chain.map((entry) => entry.n), lost };
  };
  t.deepEqual(chainOf(3), { chain: [2, 1], lost: undefined });
  t.deepEqual(chainOf(5), { chain: [], lost: 4 });
});

test('a chain of causes that bites its own tail ends', (t) => {
  const log = logOf([inventedEntry(1, { cause: 2 }), inventedEntry(2, { cause: 1 })]);
  t.deepEqual(
    log.causes(inventedEntry(3, { cause: 2 })).chain.map(({ n }) => n),
    [2, 1],
  );
});

test('effects are what an entry caused, and the replies with its envelope', (t) => {
  const request = inventedEntry(1, { envelope: 'e-1' });
  const log = logOf([request, inventedEntry(2, { cause: 1 }), inventedEntry(3), inventedEntry(4, { envelope: 'e-1', type: 'reply' })]);
  t.deepEqual(
    log.effects(request).map(({ n }) => n),
    [2, 4],
  );
});
