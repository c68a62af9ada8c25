import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { WorkerRig } from './support/rigs.ts';

const DEATH = new LithifyError('LITHIFY_WORKER_DIED', 'gone');

/** A worker whose thread is there and lent. */
async function lentRig(): Promise<WorkerRig> {
  const rig = new WorkerRig();
  rig.lend();
  await rig.started();
  rig.saidNow();
  return rig;
}

test('the first borrower starts the thread and gets it when it is there', async (t) => {
  const rig = new WorkerRig();
  t.is(rig.state, 'absent');
  rig.lend();
  t.deepEqual([rig.state, rig.saidNow()], ['starting', ['start']]);
  await rig.started();
  t.deepEqual([rig.state, rig.saidNow()], ['alive.lent', ['started', 'hand']]);
});

test('a thread that is given back waits, and is handed to the next one without another start', async (t) => {
  const rig = await lentRig();
  rig.giveBack();
  t.is(rig.state, 'alive.waiting');
  rig.lend('c1');
  t.deepEqual([rig.state, rig.saidNow()], ['alive.lent', ['hand']]);
});

test('a thread that dies while it is lent fails its borrower, is announced, and starts again for the next one', async (t) => {
  const rig = await lentRig();
  rig.die({ type: 'Died', error: DEATH });
  t.deepEqual([rig.state, rig.saidNow()], ['down', ['died', 'fail']]);
  rig.lend('c1');
  t.deepEqual(rig.saidNow(), [], 'not before its back-off');
  rig.clock.increment(50);
  t.deepEqual([rig.state, rig.saidNow()], ['starting', ['start']]);
  await rig.started();
  t.deepEqual(rig.saidNow(), ['started', 'hand']);
  t.is(rig.actor.getSnapshot().context.restarts, 1);
});

test('a thread that dies while nobody has it is not started again before somebody wants it', async (t) => {
  const rig = await lentRig();
  rig.giveBack();
  rig.die({ type: 'Died', error: DEATH });
  rig.clock.increment(60_000);
  t.deepEqual([rig.state, rig.saidNow()], ['absent', ['died', 'fail']]);
});

test('a thread that dies while it is lent is not started again for the borrower that it failed', async (t) => {
  const rig = await lentRig();
  rig.die({ type: 'Died', error: DEATH });
  rig.clock.increment(60_000);
  t.is(rig.state, 'absent');
});

test('the back-off doubles with every death in a row up to five seconds, and a job that goes well ends it', async (t) => {
  const rig = await lentRig();
  for (const ms of [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
    rig.die({ type: 'Died', error: DEATH });
    rig.lend();
    rig.clock.increment(ms - 1);
    t.is(rig.state, 'down');
    rig.clock.increment(1);
    t.is(rig.state, 'starting');
    await rig.started();
  }
  rig.giveBack();
  rig.die({ type: 'Died', error: DEATH });
  rig.lend();
  rig.clock.increment(50);
  t.is(rig.state, 'starting');
});

test('a thread that does not start counts as one that died', async (t) => {
  const rig = new WorkerRig();
  rig.lend();
  await rig.failedToStart(DEATH);
  t.deepEqual([rig.state, rig.saidNow()], ['down', ['start', 'died', 'fail']]);
  t.is(rig.actor.getSnapshot().context.error, DEATH);
});

test('a borrower that goes while the thread starts leaves it waiting for another', async (t) => {
  const rig = new WorkerRig();
  rig.lend();
  rig.giveBack();
  await rig.started();
  t.is(rig.state, 'alive.waiting');
});

test('stopped in any state it ends, after its thread if there is one', async (t) => {
  const absent = new WorkerRig();
  absent.actor.send({ type: 'Stop' });
  t.is(absent.state, 'stopped');
  const down = await lentRig();
  down.die({ type: 'Died', error: DEATH });
  down.actor.send({ type: 'Stop' });
  t.is(down.state, 'stopped');
  const starting = new WorkerRig();
  starting.lend();
  const waiting = await lentRig();
  waiting.giveBack();
  for (const rig of [starting, waiting, await lentRig()]) {
    rig.saidNow();
    rig.actor.send({ type: 'Stop' });
    t.deepEqual([rig.state, rig.saidNow().toSorted()], ['stopping', ['fail', 'stop']]);
    await rig.threadStopped('stopping');
    t.is(rig.state, 'stopped');
  }
});

test('stopped or recycled while it may not start a thread yet, it fails who waits for one, and starts none', async (t) => {
  for (const [type, state] of [
    ['Stop', 'stopped'],
    ['Recycle', 'absent'],
  ] as const) {
    const rig = await lentRig();
    rig.die({ type: 'Died', error: DEATH });
    rig.lend('c1');
    rig.saidNow();
    rig.actor.send({ type });
    t.deepEqual(rig.saidNow(), ['fail']);
    rig.clock.increment(60_000);
    t.deepEqual([rig.state, rig.saidNow()], [state, []]);
  }
});

test('recycled, its thread ends without counting as dead, and the next borrower gets a new one', async (t) => {
  const rig = await lentRig();
  rig.actor.send({ type: 'Recycle' });
  t.deepEqual(rig.saidNow().toSorted(), ['fail', 'stop']);
  rig.die({ type: 'Died', error: DEATH });
  rig.lend('c1');
  await rig.threadStopped('recycling');
  t.deepEqual([rig.state, rig.saidNow()], ['starting', ['start']]);
  t.is(rig.actor.getSnapshot().context.restarts, 0);
});

test('stopped while it is recycled it still ends', async (t) => {
  const rig = await lentRig();
  rig.actor.send({ type: 'Recycle' });
  rig.actor.send({ type: 'Stop' });
  await rig.threadStopped('stopping');
  t.is(rig.state, 'stopped');
});
