import test from 'ava';
import fc from 'fast-check';
import { LithifyError } from '../../protocol/errors.ts';
import { ABORTED, done, FAULT } from './support/desk.ts';
import { CompactorRig, ticket } from './support/rigs.ts';

const FINE = done('MinorCompact');
const FAILED = { type: 'failed', error: FAULT } as const;

test('it waits in the mailbox, runs what it is assigned, settles it under its id, and waits again', async (t) => {
  const rig = new CompactorRig();
  t.deepEqual(rig.heardNow(), ['Ready']);
  rig.assign(7);
  t.deepEqual([rig.heardNow(), rig.signals], [[], ['run']]);
  await rig.settle(FINE);
  t.deepEqual(rig.heard[0], { type: 'Settled', compactor: 'c0', ticketId: 7, outcome: FINE });
  t.deepEqual(rig.heardNow(), ['Settled', 'Ready']);
});

test('a ticket that comes while it is not idle goes back at once, in every state, and what runs is not disturbed', async (t) => {
  const rig = new CompactorRig();
  rig.assign(1);
  for (const [type, state] of [
    [undefined, 'running'],
    ['Dismiss', 'finishing'],
    ['Abort', 'aborting'],
  ] as const) {
    if (type !== undefined) rig.actor.send({ type });
    t.deepEqual(rig.state, { working: state });
    rig.heardNow();
    rig.assign(99);
    t.deepEqual(rig.heard, [{ type: 'Return', compactor: 'c0', ticketId: 99 }]);
  }
  rig.heardNow();
  await rig.settle(FINE);
  t.like(rig.heard[0], { type: 'Settled', ticketId: 1 });
});

test('a ticket that comes while it backs off goes back too', async (t) => {
  const rig = new CompactorRig();
  rig.assign(1);
  await rig.settle(FAILED);
  rig.heardNow();
  rig.assign(2);
  t.deepEqual(rig.heard, [{ type: 'Return', compactor: 'c0', ticketId: 2 }]);
  t.is(rig.state, 'backingOff');
});

test('dismissed, it stops: at once when it does nothing, after its job when it works', async (t) => {
  const idle = new CompactorRig();
  idle.actor.send({ type: 'Dismiss' });
  t.is(idle.state, 'stopped');
  const working = new CompactorRig();
  working.assign(1);
  working.actor.send({ type: 'Dismiss' });
  t.deepEqual(working.state, { working: 'finishing' });
  working.heardNow();
  await working.settle(FINE);
  t.deepEqual([working.state, working.heardNow()], ['stopped', ['Settled']]);
});

test('dismissed while it aborts or backs off, it stops too', async (t) => {
  const aborting = new CompactorRig();
  aborting.assign(1);
  aborting.actor.send({ type: 'Abort' });
  aborting.actor.send({ type: 'Dismiss' });
  await aborting.settle({ type: 'failed', error: ABORTED });
  t.is(aborting.state, 'stopped');
  const backingOff = new CompactorRig();
  backingOff.assign(1);
  await backingOff.settle(FAILED);
  backingOff.actor.send({ type: 'Dismiss' });
  t.is(backingOff.state, 'stopped');
});

test('an abort is signalled at once; after the grace the thread goes, and still it waits for the settlement', async (t) => {
  const rig = new CompactorRig();
  rig.assign(1);
  rig.actor.send({ type: 'Abort' });
  t.deepEqual(rig.signals, ['run', 'abort']);
  rig.clock.increment(999);
  t.false(rig.signals.includes('terminate'));
  rig.clock.increment(1);
  t.deepEqual(rig.signals, ['run', 'abort', 'terminate']);
  t.deepEqual(rig.state, { working: 'aborting' });
  rig.heardNow();
  await rig.settle({ type: 'failed', error: ABORTED });
  t.deepEqual(rig.heardNow(), ['Settled', 'Ready'], 'nobody is to blame, so there is no back-off');
});

test('after failures it backs off, longer each time up to ten seconds, and notices work again afterwards', async (t) => {
  const rig = new CompactorRig();
  for (const ms of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
    rig.assign(1);
    await rig.settle(FAILED);
    rig.signals.length = 0;
    rig.clock.increment(ms - 1);
    t.is(rig.state, 'backingOff');
    rig.clock.increment(1);
    t.deepEqual([rig.state, rig.signals], ['idle', ['noticeWork']]);
  }
  rig.assign(1);
  await rig.settle(FINE);
  rig.assign(1);
  await rig.settle(FAILED);
  rig.clock.increment(100);
  t.is(rig.state, 'idle', 'one success, and it starts from the shortest again');
});

test('a job that breaks instead of failing is settled as failed, with a code', async (t) => {
  const rig = new CompactorRig();
  rig.assign(4);
  rig.heardNow();
  await rig.breakDown();
  const [settled] = rig.heard;
  t.like(settled, { type: 'Settled', ticketId: 4, outcome: { type: 'failed' } });
  const error = settled.type === 'Settled' && settled.outcome.type === 'failed' ? settled.outcome.error : undefined;
  t.true(error instanceof LithifyError && error.code === 'LITHIFY_INTERNAL' && error.cause instanceof TypeError);
  t.is(rig.state, 'backingOff');
});

test('a request to make way reaches the running job, and does nothing when it comes late', async (t) => {
  const rig = new CompactorRig();
  rig.assign(1);
  rig.actor.send({ type: 'Yield' });
  await rig.settle({ type: 'again' });
  t.deepEqual(rig.signals, ['run', 'yield']);
  rig.actor.send({ type: 'Yield' });
  rig.actor.send({ type: 'Abort' });
  t.deepEqual([rig.state, rig.signals.length], ['idle', 2]);
  rig.assign(2);
  t.is(rig.signals.at(-1), 'run', 'the next job starts afresh');
});

test('whatever comes in, in whatever order: it works until its job has settled, and settles it once', async (t) => {
  const anything = fc.array(fc.constantFrom('Yield', 'Abort', 'Dismiss', 'Assign', 'time'), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(anything, fc.constantFrom(FINE, FAILED), async (events, outcome) => {
      const rig = new CompactorRig();
      rig.assign(1);
      for (const type of events) {
        if (type === 'time') rig.clock.increment(60_000);
        else rig.actor.send(type === 'Assign' ? { type, ticket: ticket(9) } : { type });
        if (!rig.actor.getSnapshot().matches('working')) throw new Error(`left its work at ${type}`);
      }
      await rig.settle(outcome);
      const settled = rig.heard.filter((event) => event.type === 'Settled' && event.ticketId === 1);
      if (settled.length !== 1) throw new Error(`settled ${settled.length} times`);
      const returned = rig.heard.filter(({ type }) => type === 'Return').length;
      if (returned !== events.filter((type) => type === 'Assign').length) throw new Error('kept a ticket');
      if (events.includes('Dismiss') !== (rig.state === 'stopped')) throw new Error(`ended ${String(rig.state)}`);
    }),
    { numRuns: 150 },
  );
  t.pass();
});
