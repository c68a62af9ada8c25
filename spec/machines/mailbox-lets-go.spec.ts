import test from 'ava';
import { ABORTED, answered, Desk, done, FAULT } from './support/desk.ts';

/** A desk with a major of which two slices run and one waits. */
function sliced(): { desk: Desk; major: string } {
  const desk = new Desk('c0', 'c1');
  const major = desk.ask({ type: 'MajorCompaction' });
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0, 1, 2] });
  return { desk, major };
}

test('a cancelled request that waits leaves at once and is answered', (t) => {
  const desk = new Desk('c0');
  desk.ask({ type: 'MinorCompact' });
  const waiting = desk.ask({ type: 'GarbageCollect' });
  desk.cancel(waiting);
  t.is(desk.answerTo(waiting), 'LITHIFY_ABORTED');
  t.deepEqual(desk.waiting, []);
});

test('running work is aborted when its only requester cancels, and settles later without a second reply', (t) => {
  const desk = new Desk('c0');
  const asked = desk.ask({ type: 'MinorCompact' });
  desk.cancel(asked);
  t.deepEqual([desk.answerTo(asked), desk.told.get('c0')], ['LITHIFY_ABORTED', 'abort']);
  desk.settle('c0', { type: 'failed', error: ABORTED });
  t.is(desk.replies.get(asked)?.length, 1);
});

test('running work goes on while somebody else waits for it, or the engine needs it', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.pause();
  const asked = [desk.ask({ type: 'GarbageCollect' }), desk.ask({ type: 'GarbageCollect' })];
  const flush = desk.ask({ type: 'MinorCompact', memtable: 1 });
  desk.admit({ kind: 'flush', memtable: 1 });
  desk.resume();
  desk.cancel(asked[0]);
  desk.cancel(flush);
  t.deepEqual([...desk.told], []);
  const [collector] = desk.holders('collect');
  desk.settle(collector, answered(desk.held(collector)));
  t.deepEqual(
    asked.map((id) => desk.answerTo(id)),
    ['LITHIFY_ABORTED', 'done'],
  );
});

test('a major that nobody waits for any more is abandoned: running slices aborted, waiting ones dropped', (t) => {
  const { desk, major } = sliced();
  const joined = desk.ask({ type: 'MajorCompaction' });
  desk.cancel(major);
  t.deepEqual([desk.answerTo(major), desk.told.size], ['LITHIFY_ABORTED', 0]);
  desk.cancel(joined);
  t.deepEqual([...desk.told.values()], ['abort', 'abort']);
  for (const holder of desk.holders('slice')) desk.settle(holder, { type: 'failed', error: ABORTED });
  t.deepEqual([desk.abandoned, desk.waiting, desk.queue.gathering], [[1], [], []]);
});

test('a major that is cancelled while it is planned is not begun', (t) => {
  const desk = new Desk('c0');
  const major = desk.ask({ type: 'MajorCompaction' });
  desk.settle('c0', done('MinorCompact'));
  desk.cancel(major);
  desk.settle('c0', { type: 'split', orderId: 1, slices: [0, 1] });
  t.deepEqual([desk.abandoned, desk.waiting], [[1], []]);
});

test('closing refuses what waits and lets what runs finish, majors to their last slice', (t) => {
  const { desk, major } = sliced();
  const waiting = desk.ask({ type: 'GarbageCollect' });
  desk.close();
  t.is(desk.answerTo(waiting), 'LITHIFY_SHUTTING_DOWN');
  t.is(desk.answerTo(desk.ask({ type: 'MinorCompact' })), 'LITHIFY_SHUTTING_DOWN');
  t.is(desk.queue.refused, 2);
  for (let [holder] = desk.holders('slice'); holder !== undefined; [holder] = desk.holders('slice')) {
    desk.settle(holder, desk.queue.gathering[0].open === 1 ? done('MajorCompaction') : { type: 'part', more: [] });
  }
  t.is(desk.answerTo(major), 'done');
  t.is(desk.stopped.size, 2);
});

test('a major that is being planned when the door closes still finds compactors for its slices', (t) => {
  const desk = new Desk('c0', 'c1');
  const major = desk.ask({ type: 'MajorCompaction' });
  desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  desk.close();
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0] });
  desk.settle(desk.holders('slice')[0], done('MajorCompaction'));
  t.is(desk.answerTo(major), 'done');
});

test('a background order that is being planned when the door closes is given up', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.admit({ kind: 'plan', order: 'background' });
  desk.close();
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0, 1] });
  t.deepEqual([desk.abandoned, desk.waiting, desk.stopped.size], [[1], [], 2]);
});

test('at the deadline what runs is aborted and what is left of a major dropped', (t) => {
  const { desk, major } = sliced();
  desk.close();
  desk.deadline();
  t.deepEqual([...desk.told.values()], ['abort', 'abort']);
  t.deepEqual(desk.waiting, []);
  t.is(desk.queue.aborted, 2);
  for (const holder of desk.holders('slice')) desk.settle(holder, { type: 'failed', error: ABORTED });
  t.deepEqual([desk.answerTo(major), desk.abandoned], ['LITHIFY_ABORTED', [1]]);
});

test('a major that is still being planned at the deadline does not begin', (t) => {
  const desk = new Desk('c0');
  const major = desk.ask({ type: 'MajorCompaction' });
  desk.settle('c0', done('MinorCompact'));
  desk.close();
  desk.deadline();
  desk.settle('c0', { type: 'split', orderId: 1, slices: [0] });
  t.deepEqual([desk.answerTo(major), desk.abandoned, desk.waiting], ['LITHIFY_ABORTED', [1], []]);
});

test('a compactor that breaks fails its ticket, so that nobody waits for ever', (t) => {
  const desk = new Desk('c0');
  const asked = desk.ask({ type: 'MinorCompact' });
  desk.gone('c0');
  t.is(desk.answerTo(asked), FAULT.code);
  desk.ready('c0');
  const next = desk.ask({ type: 'MinorCompact' });
  desk.settle('c0', done('MinorCompact'));
  t.is(desk.answerTo(next), 'done');
});
