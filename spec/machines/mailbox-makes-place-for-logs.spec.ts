import test from 'ava';
import { createActor } from 'xstate';
import { mailboxMachine } from '../../machines/mailbox/mailbox.ts';
import { ABORTED, Desk, done, FAULT, PHASE_DONE } from './support/desk.ts';

/** Gives every compactor what it holds to the end, one after the other, and tells what it was. */
function played(desk: Desk, most = 100): string[] {
  const order: string[] = [];
  for (let [name] = desk.working.keys(); name !== undefined && order.length < most; [name] = desk.working.keys()) {
    const { work } = desk.held(name);
    order.push(work.kind === 'log' ? work.phase : work.kind);
    desk.settle(name, work.kind === 'flush' ? done('MinorCompact') : PHASE_DONE);
  }
  return order;
}

/** A desk whose only compactor is busy, so that whatever comes waits. */
function busyDesk(): Desk {
  const desk = new Desk('c0');
  desk.ask({ type: 'MinorCompact' });
  return desk;
}

test('ageings go as flushes do, passes over logs after deletions and before majors and background work', (t) => {
  const desk = busyDesk();
  desk.admit({ kind: 'plan', order: 'background' });
  desk.log('rewrite');
  desk.log('analyze');
  desk.admit({ kind: 'collect' });
  desk.log('age');
  desk.admit({ kind: 'flush', memtable: 1 });
  t.deepEqual(played(desk), ['flush', 'age', 'flush', 'collect', 'rewrite', 'analyze', 'plan']);
});

test('one ageing or flush at a time: both write out of the same memory, in order', (t) => {
  const desk = new Desk('c0', 'c1', 'c2');
  desk.log('age');
  desk.log('age');
  desk.admit({ kind: 'flush', memtable: 1 });
  t.deepEqual([desk.phases, desk.waiting], [['age'], ['log', 'flush']]);
  desk.settle(desk.holders('log')[0], PHASE_DONE);
  t.deepEqual([desk.phases, desk.holders('flush').length], [['age'], 0]);
  desk.settle(desk.holders('log')[0], PHASE_DONE);
  t.is(desk.holders('flush').length, 1);
});

test('passes over logs leave one compactor to everything else, so that a flush finds one soon', (t) => {
  const desk = new Desk('c0', 'c1', 'c2');
  for (let i = 0; i < 4; i++) desk.log(i % 2 === 0 ? 'analyze' : 'rewrite');
  t.is(desk.phases.length, 2);
  desk.admit({ kind: 'flush', memtable: 1 });
  t.is(desk.holders('flush').length, 1);
  t.deepEqual([...desk.told], [], 'nobody had to make way');
  desk.settle(desk.holders('log')[0], PHASE_DONE);
  t.is(desk.phases.length, 2, 'the next one goes when one has ended');
});

test('the mailbox knows from its start how many compactors there will be', (t) => {
  const mailbox = createActor(mailboxMachine, { input: { capacity: 1, compactors: ['c0', 'c1', 'c2'] } });
  t.is(mailbox.getSnapshot().context.queue.compactors, 3);
});

test('a compactor that backs off still counts: it will be back', (t) => {
  const desk = new Desk('c0', 'c1', 'c2');
  desk.ask({ type: 'MinorCompact' });
  desk.settle(desk.holders('flush')[0], { type: 'failed', error: FAULT });
  for (let i = 0; i < 3; i++) desk.log('analyze');
  t.deepEqual([desk.phases.length, desk.idle.size], [2, 0]);
});

test('where there is one compactor a pass over a log makes way for a flush and for an ageing, and goes on after it', (t) => {
  for (const wanted of ['flush', 'age'] as const) {
    const desk = new Desk('c0');
    const task = desk.log('rewrite');
    desk.log('rewrite');
    if (wanted === 'flush') desk.admit({ kind: 'flush', memtable: 1 });
    else desk.log('age');
    t.is(desk.told.get('c0'), 'yield');
    desk.settle('c0', { type: 'again' });
    t.deepEqual(played(desk, 1), [wanted]);
    t.like(desk.held('c0').work, { kind: 'log', phase: 'rewrite', task }, 'ahead of those that came later');
  }
});

test('a rewrite waits until garbage is deleted, but not for ever; an analysis makes none and does not wait', (t) => {
  const desk = new Desk('c0', 'c1', 'c2');
  desk.admit({ kind: 'collect' });
  desk.log('rewrite');
  desk.log('analyze');
  t.deepEqual(desk.phases, ['analyze']);
  for (let memtable = 0; memtable < 8; memtable++) {
    t.false(desk.phases.includes('rewrite'));
    desk.admit({ kind: 'flush', memtable });
    desk.settle(desk.holders('flush')[0], done('MinorCompact'));
  }
  t.true(desk.phases.includes('rewrite'));
});

test('when the door closes, phases that wait are dropped and those that run finish', (t) => {
  const desk = new Desk('c0', 'c1');
  const running = desk.log('analyze');
  const waiting = desk.log('analyze');
  desk.close();
  t.deepEqual(desk.dropped, [[waiting, 'LITHIFY_SHUTTING_DOWN']]);
  t.is(desk.queue.refused, 0, 'only requests of users are counted');
  const late = desk.log('age');
  t.deepEqual(desk.dropped.at(-1), [late, 'LITHIFY_SHUTTING_DOWN']);
  t.like(desk.held(desk.holders('log')[0]).work, { task: running });
  desk.settle(desk.holders('log')[0], PHASE_DONE);
  t.deepEqual([desk.dropped.length, desk.stopped.size], [2, 2]);
});

test('a phase that makes way, or is handed back, while the door is closed is dropped', (t) => {
  for (const how of ['again', 'back'] as const) {
    const desk = new Desk('c0');
    const task = desk.log('analyze');
    desk.close();
    if (how === 'again') desk.settle('c0', { type: 'again' });
    else desk.giveBack('c0');
    t.deepEqual([desk.dropped, desk.waiting], [[[task, 'LITHIFY_SHUTTING_DOWN']], []]);
  }
});

test('at the deadline a phase that runs is aborted, and whoever waits for it is told when it has stopped', (t) => {
  const desk = new Desk('c0');
  const task = desk.log('rewrite');
  desk.close();
  desk.deadline();
  t.deepEqual([desk.told.get('c0'), desk.dropped], ['abort', []]);
  desk.settle('c0', { type: 'failed', error: ABORTED });
  t.deepEqual(desk.dropped, [[task, 'LITHIFY_ABORTED']]);
});

test('a cancelled phase that waits is dropped at once, one that runs is aborted, and others are left alone', (t) => {
  const desk = new Desk('c0');
  const tasks = [desk.log('analyze'), desk.log('analyze'), desk.log('rewrite')];
  desk.cancelTask(tasks[1]);
  t.deepEqual([desk.dropped, desk.waiting.length, desk.told.size], [[[tasks[1], 'LITHIFY_ABORTED']], 1, 0]);
  desk.cancelTask(tasks[0]);
  t.is(desk.told.get('c0'), 'abort');
  desk.cancelTask(tasks[1]);
  desk.cancelTask(99);
  t.deepEqual([desk.dropped.length, desk.waiting.length], [1, 1]);
});

test('a phase whose compactor is gone is told so, and another compactor takes the next', (t) => {
  const desk = new Desk('c0');
  const [first, next] = [desk.log('analyze'), desk.log('rewrite')];
  desk.gone('c0');
  t.deepEqual(desk.dropped, [[first, FAULT.code]]);
  desk.ready('c0');
  t.like(desk.held('c0').work, { task: next });
});
