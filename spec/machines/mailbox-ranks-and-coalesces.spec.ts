import test from 'ava';
import { answered, Desk, done } from './support/desk.ts';

const BACKGROUND = { kind: 'plan', order: 'background' } as const;

/** A desk whose only compactor is busy with a flush, so that whatever comes waits. */
function busyDesk(): Desk {
  const desk = new Desk('c0');
  desk.ask({ type: 'MinorCompact' });
  return desk;
}

/** Lets everything go well, and tells in which order it went: what a ticket is, and majors apart. */
function played(desk: Desk, most = 100): string[] {
  const order: string[] = [];
  for (let held = desk.working.get('c0'); held !== undefined && order.length < most; held = desk.working.get('c0')) {
    order.push(held.work.kind === 'plan' ? held.work.order : held.work.kind);
    desk.settle(
      'c0',
      held.work.kind === 'collect' ? answered(held) : done(held.work.kind === 'flush' ? 'MinorCompact' : 'MajorCompaction'),
    );
  }
  return order;
}

test('flushes go before deletions, deletions before majors, majors before background work', (t) => {
  const desk = busyDesk();
  desk.admit(BACKGROUND);
  desk.ask({ type: 'MajorCompaction' });
  desk.ask({ type: 'GarbageCollect' });
  t.deepEqual(played(desk), ['flush', 'flush', 'collect', 'major', 'background']);
});

test('within a rank it is first come, first served', (t) => {
  const desk = busyDesk();
  for (const memtable of [5, 3, 4]) desk.admit({ kind: 'flush', memtable });
  const order: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    desk.settle('c0', done('MinorCompact'));
    order.push(desk.held('c0').work);
  }
  t.deepEqual(
    order,
    [5, 3, 4].map((memtable) => ({ kind: 'flush', memtable })),
  );
});

test('after eight hand-outs of a higher rank one lower ticket goes, and only one', (t) => {
  const desk = busyDesk();
  for (let memtable = 0; memtable < 30; memtable++) desk.admit({ kind: 'flush', memtable });
  desk.ask({ type: 'GarbageCollect' });
  desk.admit(BACKGROUND);
  const eight = Array.from({ length: 8 }, () => 'flush');
  // The first flush was handed out before anything lower waited.
  t.deepEqual(played(desk, 19), ['flush', ...eight, 'collect', ...eight, 'background']);
});

test('all waiting deletions are one ticket, and each requester gets its own reply', (t) => {
  const desk = busyDesk();
  const asked = [
    desk.ask({ type: 'GarbageCollect' }),
    desk.ask({ type: 'DeleteBlob', blobId: 1 }),
    desk.ask({ type: 'DeleteBlob', blobId: 2 }),
  ];
  t.deepEqual(desk.waiting, ['collect']);
  desk.settle('c0', done('MinorCompact'));
  desk.settle('c0', answered(desk.held('c0')));
  t.deepEqual(
    asked.map((id) => desk.replies.get(id)?.map((reply) => reply.ok && reply.report.type)),
    [['GarbageCollect'], ['DeleteBlob'], ['DeleteBlob']],
  );
});

test('a deletion that made way remembers what it had deleted', (t) => {
  const desk = busyDesk();
  desk.ask({ type: 'GarbageCollect' });
  desk.settle('c0', done('MinorCompact'));
  desk.settle('c0', { type: 'again', deleted: [4, 5] });
  t.deepEqual(desk.held('c0').deleted, [4, 5]);
});

test('a flush that is asked for while one runs is another flush: it may hold newer writes', (t) => {
  const desk = busyDesk();
  const later = [desk.ask({ type: 'MinorCompact' }), desk.ask({ type: 'MinorCompact' })];
  t.deepEqual(desk.waiting, ['flush']);
  desk.settle('c0', done('MinorCompact'));
  t.deepEqual(
    later.map((id) => desk.answerTo(id)),
    [undefined, undefined],
  );
  desk.settle('c0', done('MinorCompact'));
  t.deepEqual(
    later.map((id) => desk.answerTo(id)),
    ['done', 'done'],
  );
});

test("the engine's own work is admitted however much waits, once for the same thing", (t) => {
  const desk = busyDesk();
  for (let i = 0; i < 400; i++) desk.admit({ kind: 'flush', memtable: i % 200 });
  t.is(desk.waiting.length, 200);
});

test('a flush that is ready makes the least urgent busy compactor yield, and only that one', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.admit(BACKGROUND);
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0] });
  desk.ask({ type: 'GarbageCollect' });
  desk.ask({ type: 'MinorCompact' });
  t.deepEqual([...desk.told], [[desk.holders('slice')[0], 'yield']]);
  desk.ask({ type: 'MinorCompact', memtable: 9 });
  t.is(desk.told.size, 1);
});

test('a compactor that comes back from a flush takes the next one: nobody else is disturbed', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.admit(BACKGROUND);
  desk.settle(desk.holders('plan')[0], { type: 'split', orderId: 1, slices: [0] });
  desk.ask({ type: 'MinorCompact' });
  const [flusher] = desk.holders('flush');
  desk.ask({ type: 'MinorCompact' });
  desk.settle(flusher, done('MinorCompact'));
  t.deepEqual(desk.holders('flush'), [flusher]);
  t.deepEqual([...desk.told], []);
});

test('nothing is handed out while the storage is being opened again, and everything after it', (t) => {
  const desk = new Desk('c0', 'c1');
  desk.pause();
  desk.ask({ type: 'MinorCompact' });
  desk.ask({ type: 'GarbageCollect' });
  t.is(desk.working.size, 0);
  desk.resume();
  t.is(desk.working.size, 2);
});
