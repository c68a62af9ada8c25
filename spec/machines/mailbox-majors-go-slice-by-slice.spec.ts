import test from 'ava';
import { ABORTED, Desk, done, FAULT } from './support/desk.ts';

/** A desk with a major that is cut into four slices; as many are under way as there are compactors. */
function sliced(...compactors: string[]): { desk: Desk; major: string } {
  const desk = new Desk(...compactors);
  const major = desk.ask({ type: 'MajorCompaction' });
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0, 1, 2, 3] });
  return { desk, major };
}

function settleSlices(desk: Desk): void {
  for (let [holder] = desk.holders('slice'); holder !== undefined; [holder] = desk.holders('slice')) {
    const isLast = desk.queue.gathering[0].open === 1;
    desk.settle(holder, isLast ? done('MajorCompaction') : { type: 'part', more: [] });
  }
}

test('a major waits for a flush of what was written before it was asked for', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.ask({ type: 'MajorCompaction' });
  t.deepEqual(desk.holders('plan'), []);
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  t.is(desk.holders('plan').length, 1);
});

test('a major whose flush fails fails with it: it would merge less than it was asked to', (t) => {
  const desk = new Desk('c0', 'c1');
  const major = desk.ask({ type: 'MajorCompaction' });
  desk.settle(desk.holders('flush')[0], { type: 'failed', error: FAULT });
  t.is(desk.answerTo(major), FAULT.code);
  t.deepEqual(desk.waiting, []);
});

test('slices are handed to all compactors, and the last one answers', (t) => {
  const { desk, major } = sliced('c0', 'c1');
  t.is(desk.holders('slice').length, 2);
  t.is(desk.answerTo(major), undefined);
  settleSlices(desk);
  t.is(desk.answerTo(major), 'done');
  t.deepEqual(desk.queue.gathering, []);
});

test('a slice that makes way leaves the rest of itself as another slice', (t) => {
  const { desk, major } = sliced('c0');
  const flush = desk.ask({ type: 'MinorCompact' });
  t.is(desk.told.get('c0'), 'yield');
  desk.settle('c0', { type: 'part', more: [4] });
  t.deepEqual(desk.holders('flush'), ['c0'], 'the flush goes before the other slices');
  desk.settle('c0', done('MinorCompact'));
  t.deepEqual([desk.answerTo(flush), desk.answerTo(major)], ['done', undefined]);
  t.is(desk.queue.gathering[0].open, 4);
  settleSlices(desk);
  t.is(desk.answerTo(major), 'done');
});

test('who asks for the same major while it runs joins it; each has a reply', (t) => {
  const { desk, major } = sliced('c0', 'c1');
  const joined = desk.ask({ type: 'MajorCompaction' });
  t.deepEqual(desk.waiting, ['slice', 'slice']);
  settleSlices(desk);
  t.deepEqual([desk.answerTo(major), desk.answerTo(joined)], ['done', 'done']);
});

test('a major over another range waits until the first is done', (t) => {
  const { desk } = sliced('c0', 'c1');
  const other = desk.ask({ type: 'MajorCompaction', range: { gte: 'k' } });
  const [busy, flusher] = desk.holders('slice');
  desk.settle(flusher, { type: 'part', more: [] });
  desk.settle(flusher, done('MinorCompact'));
  t.deepEqual(desk.holders('plan'), []);
  desk.settle(busy, { type: 'part', more: [] });
  settleSlices(desk);
  t.deepEqual(
    desk.held(desk.holders('plan')[0]).requests.map(({ id }) => id),
    [other],
  );
});

test('who joins a major that still waits makes it wait for a newer flush', (t) => {
  const { desk } = sliced('c0', 'c1', 'c2', 'c3');
  desk.ask({ type: 'MajorCompaction', range: { gte: 'k' } });
  const [flusher] = desk.holders('slice');
  desk.settle(flusher, { type: 'part', more: [] });
  desk.settle(flusher, done('MinorCompact'));
  desk.ask({ type: 'MajorCompaction', range: { gte: 'k' } });
  settleSlices(desk);
  t.deepEqual([desk.holders('flush').length, desk.holders('plan').length], [1, 0]);
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  t.is(desk.held(desk.holders('plan')[0]).requests.length, 2);
});

test('a slice that fails answers Failed once, abandons the order once, and aborts its sisters', (t) => {
  const { desk, major } = sliced('c0', 'c1');
  const [first, second] = desk.holders('slice');
  desk.settle(first, { type: 'failed', error: FAULT });
  t.is(desk.told.get(second), 'abort');
  t.is(desk.answerTo(major), undefined, 'not while a slice of it runs');
  desk.settle(second, { type: 'failed', error: ABORTED });
  t.is(desk.answerTo(major), 'LITHIFY_SST');
  t.deepEqual(desk.abandoned, [1]);
  t.is(desk.replies.get(major)?.length, 1);
});

test('a plan that must wait for an order goes again when that order has ended, and not before', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.admit({ kind: 'plan', order: 'background' });
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0] });
  desk.ask({ type: 'MajorCompaction' });
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  desk.settle(desk.holders('plan')[0], { type: 'again', afterOrder: 1 });
  t.deepEqual([desk.holders('plan'), desk.waiting], [[], ['plan']]);
  desk.settle(desk.holders('slice')[0], done('MajorCompaction'));
  t.is(desk.holders('plan').length, 1);
});

test('a major is not planned while another plan has leased tables that it has not cut yet', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.admit({ kind: 'plan', order: 'background' });
  desk.ask({ type: 'MajorCompaction' });
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  t.is(desk.holders('plan').length, 1);
});
