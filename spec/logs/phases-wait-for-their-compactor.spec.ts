import test from 'ava';
import { PhaseDesk, type PhaseResult } from '../../actors/logs/phase-desk.ts';
import type { LogWork, Outcome } from '../../machines/mailbox/ticket.ts';
import { LithifyError } from '../../protocol/errors.ts';
import { phaseContext } from './support/phase-context.ts';

const CLOSING = new LithifyError('LITHIFY_SHUTTING_DOWN', 'closing');
const GONE = new LithifyError('LITHIFY_INTERNAL', 'its compactor broke');
const NO_REPLIES: Outcome = { type: 'answered', replies: [] };

/** A desk, what it put into the mailbox, and what it wants taken out again. */
function deskWithMailbox(): { desk: PhaseDesk; noticed: LogWork[]; cancelled: number[]; run: (task: number) => Promise<Outcome> } {
  const noticed: LogWork[] = [];
  const cancelled: number[] = [];
  const desk = new PhaseDesk({ notice: (work) => noticed.push(work), cancel: (task) => cancelled.push(task) });
  return { desk, noticed, cancelled, run: (task) => desk.run(task, phaseContext(desk)) };
}

test('a phase is done by the compactor that gets its ticket, and its result comes back to who wanted it', async (t) => {
  const { desk, noticed, run } = deskWithMailbox();
  const results = [desk.submit('age', async () => ({ done: 'aged' })), desk.submit('analyze', async () => ({ done: 42 }))];
  t.deepEqual(
    noticed.map(({ kind, phase }) => [kind, phase]),
    [
      ['log', 'age'],
      ['log', 'analyze'],
    ],
  );
  t.deepEqual(await run(noticed[1].task), NO_REPLIES);
  t.deepEqual(await run(noticed[0].task), NO_REPLIES);
  t.deepEqual(await Promise.all(results), ['aged', 42]);
  t.is(desk.size, 0);
});

test('a phase that makes way is run again, wherever its ticket goes next', async (t) => {
  const { desk, noticed, run } = deskWithMailbox();
  let turns = 0;
  const result = desk.submit('rewrite', async () => (++turns < 3 ? { again: true } : { done: turns }));
  for (const expected of ['again', 'again', 'answered'] as const) t.is((await run(noticed[0].task)).type, expected);
  t.is(await result, 3);
  t.is(noticed.length, 1, 'the mailbox puts the same ticket back by itself');
});

test('a failure reaches who wanted the phase, with a code, and lets the compactor back off', async (t) => {
  const { desk, noticed, run } = deskWithMailbox();
  const full = new LithifyError('LITHIFY_DISK_FULL', 'full');
  const failed = t.throwsAsync(
    desk.submit('rewrite', () => Promise.reject(full)),
    { is: full },
  );
  t.deepEqual(await run(noticed[0].task), { type: 'failed', error: full });
  await failed;
  const broken = t.throwsAsync(
    desk.submit('rewrite', () => Promise.reject(new TypeError('a defect'))),
    { code: 'LITHIFY_INTERNAL' },
  );
  t.like(await run(noticed[1].task), { type: 'failed', error: { code: 'LITHIFY_INTERNAL' } });
  await broken;
});

test("a user's broken strategy, an abort and a shutdown are no reason for the compactor to back off", async (t) => {
  for (const code of ['LITHIFY_STRATEGY', 'LITHIFY_ABORTED', 'LITHIFY_SHUTTING_DOWN'] as const) {
    const { desk, noticed, run } = deskWithMailbox();
    const failed = t.throwsAsync(
      desk.submit('analyze', () => Promise.reject(new LithifyError(code, 'no'))),
      { code },
    );
    t.deepEqual(await run(noticed[0].task), NO_REPLIES);
    await failed;
  }
});

test('aborted while it waits, it is taken out of the mailbox, and rejects when the mailbox has let go of it', async (t) => {
  const { desk, noticed, cancelled, run } = deskWithMailbox();
  const control = new AbortController();
  const failed = t.throwsAsync(
    desk.submit('analyze', async () => t.fail() as never, control.signal),
    { code: 'LITHIFY_ABORTED' },
  );
  control.abort();
  t.deepEqual([cancelled, desk.size], [[noticed[0].task], 1]);
  desk.drop(noticed[0].task, new LithifyError('LITHIFY_ABORTED', 'dropped'));
  await failed;
  t.deepEqual(await run(noticed[0].task), NO_REPLIES, 'and if a compactor has its ticket all the same, it has nothing to do');
});

test('aborted while its ticket is between the mailbox and a compactor, it does not begin', async (t) => {
  const { desk, noticed, run } = deskWithMailbox();
  const control = new AbortController();
  const failed = t.throwsAsync(
    desk.submit('analyze', async () => t.fail() as never, control.signal),
    { code: 'LITHIFY_ABORTED' },
  );
  control.abort();
  t.deepEqual(await run(noticed[0].task), NO_REPLIES);
  await failed;
});

test('aborted while it runs, it rejects when it has stopped and not before', async (t) => {
  for (const ends of ['done', 'again', 'aborted'] as const) {
    const { desk, noticed, cancelled, run } = deskWithMailbox();
    const control = new AbortController();
    const turn = Promise.withResolvers<PhaseResult<string>>();
    const order: string[] = [];
    const result = desk.submit('rewrite', () => turn.promise.finally(() => order.push('stopped')), control.signal);
    const settled = result.then(
      () => order.push('resolved'),
      ({ code }) => order.push(code),
    );
    const outcome = run(noticed[0].task);
    control.abort();
    // The mailbox tells the compactor; should it drop the ticket too, that changes nothing.
    desk.drop(noticed[0].task, GONE);
    t.deepEqual(cancelled, [noticed[0].task]);
    if (ends === 'aborted') turn.reject(new LithifyError('LITHIFY_ABORTED', 'stopped'));
    else turn.resolve(ends === 'done' ? { done: 'in time' } : { again: true });
    t.deepEqual(await outcome, NO_REPLIES, 'it does not go on');
    await settled;
    t.deepEqual(order, ['stopped', ends === 'done' ? 'resolved' : 'LITHIFY_ABORTED']);
  }
});

test('aborted before it is submitted, it does not even get a ticket', async (t) => {
  const { desk, noticed } = deskWithMailbox();
  await t.throwsAsync(
    desk.submit('age', async () => ({ done: 1 }), AbortSignal.abort()),
    { code: 'LITHIFY_ABORTED' },
  );
  t.deepEqual(noticed, []);
});

test('a phase whose compactor is gone does not hang: it settles as its turn does, and gets no other', async (t) => {
  const { desk, noticed, run } = deskWithMailbox();
  const turn = Promise.withResolvers<PhaseResult<string>>();
  const waiting = t.throwsAsync(
    desk.submit('age', async () => ({ done: 1 })),
    { is: GONE },
  );
  const running = t.throwsAsync(
    desk.submit('rewrite', () => turn.promise),
    { is: GONE },
  );
  const outcome = run(noticed[1].task);
  desk.drop(noticed[0].task, GONE);
  desk.drop(noticed[1].task, GONE);
  await waiting;
  t.is(desk.size, 1, 'that one still runs');
  turn.resolve({ again: true });
  await outcome;
  await running;
});

test('when the engine has ended, whoever waits is told, and whoever comes', async (t) => {
  const { desk, noticed } = deskWithMailbox();
  const waiting = t.throwsAsync(
    desk.submit('age', async () => ({ done: 1 })),
    { is: CLOSING },
  );
  desk.end(CLOSING);
  await waiting;
  await t.throwsAsync(
    desk.submit('age', async () => ({ done: 1 })),
    { is: CLOSING },
  );
  t.is(noticed.length, 1);
});
