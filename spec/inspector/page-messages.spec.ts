import test from 'ava';
import { connectionText, GONE_AFTER, retryDelay } from '../../inspector/page/link/connection.ts';
import { messageOf, rangeOf } from '../../inspector/page/model/message-form.ts';
import { messageText, replyText } from '../../inspector/page/model/reply-text.ts';

test('an empty range is everything, and an empty end is an open one', (t) => {
  t.deepEqual(messageOf('MajorCompaction', { gte: '', lt: '' }), { message: { type: 'MajorCompaction' } });
  t.deepEqual(messageOf('MajorCompaction', { gte: 'a', lt: '' }), { message: { type: 'MajorCompaction', range: { gte: 'a' } } });
  t.deepEqual(rangeOf({ lt: ' ' }), { lt: ' ' }, 'a blank is a key');
});

test('a blob has a whole number', (t) => {
  t.deepEqual(messageOf('DeleteBlob', { blobId: ' 17 ' }), { message: { type: 'DeleteBlob', blobId: 17 } });
  for (const blobId of ['', ' ', '-1', '1.5', 'x', '1e99', 'NaN']) t.like(messageOf('DeleteBlob', { blobId }), { field: 'blobId' }, blobId);
});

test('nothing is shut down without the word', (t) => {
  for (const confirmation of ['', 'yes', 'shut']) t.like(messageOf('Shutdown', { confirmation }), { field: 'confirmation' });
  t.deepEqual(messageOf('Shutdown', { confirmation: ' Shut down ' }), { message: { type: 'Shutdown' } });
  t.deepEqual(messageOf('Shutdown', { confirmation: 'shut down', deadlineMs: '500' }), { message: { type: 'Shutdown', deadlineMs: 500 } });
  t.like(messageOf('Shutdown', { confirmation: 'shut down', deadlineMs: 'soon' }), { field: 'deadlineMs' });
});

test('a message is told as it was sent', (t) => {
  t.is(messageText({ type: 'GarbageCollect' }), 'GarbageCollect');
  t.is(messageText({ type: 'MajorCompaction', range: { gte: 'a' } }), 'MajorCompaction of a to the last');
  t.is(messageText({ type: 'DeleteBlob', blobId: 3 }), 'DeleteBlob 3');
});

test('a reply is told in one sentence', (t) => {
  const compaction = {
    inputBlobs: [1, 2],
    outputBlobs: [3],
    entriesIn: 1200,
    entriesOut: 900,
    bytesRead: 1,
    bytesWritten: 2048,
    compacted: true,
  };
  t.is(
    replyText({ ok: true, report: { type: 'MajorCompaction', ...compaction } }),
    '2 tables became 1 table: 900 of 1,200 entries, 2.0 kB written.',
  );
  t.is(
    replyText({ ok: true, report: { type: 'MinorCompact', ...compaction, memtables: [4] } }),
    '1 memtable became 1 table: 900 of 1,200 entries, 2.0 kB written.',
  );
  t.is(replyText({ ok: true, report: { ...compaction, compacted: false } }), 'There was nothing to do.');
  t.is(replyText({ ok: true, report: { type: 'GarbageCollect', deleted: [1], pinned: [] } }), '1 blob deleted, 0 still pinned.');
  t.is(
    replyText({ ok: false, error: { code: 'LITHIFY_BLOB_IN_USE', message: 'Blob 3 is live.' } }),
    'LITHIFY_BLOB_IN_USE: Blob 3 is live.',
  );
});

test('a report that this page does not know is done all the same', (t) => {
  for (const report of [undefined, null, 17, {}, { inputBlobs: 3 }]) t.is(replyText({ ok: true, report }), 'Done.');
});

test('a connection that breaks is tried again, and after some tries the server is called gone', (t) => {
  t.is(connectionText({ kind: 'reconnecting', attempt: 1 }, 0, 1000).label, 'reconnecting');
  t.is(connectionText({ kind: 'reconnecting', attempt: GONE_AFTER }, 0, 1000).label, 'server gone');
  t.deepEqual([1, 2, 50].map(retryDelay), [1000, 2000, 10_000]);
});

test('a live connection without frames is called silent', (t) => {
  t.is(connectionText({ kind: 'live' }, 9999, 200).label, 'live');
  t.like(connectionText({ kind: 'live' }, 12_000, 1000), { label: 'silent', tone: 'warn' });
  t.is(
    connectionText({ kind: 'live' }, 12_000, 200).sentence,
    connectionText({ kind: 'live' }, 13_000, 200).sentence,
    'not said every second',
  );
  t.is(connectionText({ kind: 'live' }, 12_000, 10_000).label, 'live', 'slow frames are no silence');
});

test('the page says whether the engine or only its server has closed', (t) => {
  t.regex(connectionText({ kind: 'closed', reason: 'engine closed' }, 0, 1000).sentence ?? '', /engine has closed/);
  t.regex(connectionText({ kind: 'closed', reason: 'inspector closed' }, 0, 1000).sentence ?? '', /may still run/);
});
