import test from 'ava';
import type { ActorRefFrom } from 'xstate';
import type { LogCompactorInput, logCompactorMachine } from '../../machines/log-compactor.ts';
import type { mailboxMachine } from '../../machines/mailbox/mailbox.ts';
import { ABORTED } from './support/desk.ts';
import { EngineRig } from './support/engine-rig.ts';

const ID = 'log-3-0';

/** `recovered`: it will be idle in a moment; otherwise it runs for ever. */
function input(recovered: boolean): LogCompactorInput {
  return { registration: 1, topic: 3, partition: 0, runs: 0, recovered };
}

function compactorOf(rig: EngineRig): ActorRefFrom<typeof logCompactorMachine> | undefined {
  return rig.root.system.get(ID);
}

function drops(rig: EngineRig): { task: number; code: string }[] {
  const heard: { task: number; code: string }[] = [];
  const mailbox: ActorRefFrom<typeof mailboxMachine> = rig.root.system.get('mailbox');
  mailbox.on('dropLog', ({ task, error }) => heard.push({ task, code: error.code }));
  return heard;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test('a log compactor is there from the moment a run is wanted until it is idle, and can be started again', async (t) => {
  const rig = await EngineRig.open();
  for (let run = 0; run < 2; run++) {
    t.false(ID in rig.root.getSnapshot().children);
    rig.root.send({ type: 'Compact', id: ID, input: input(true) });
    t.true(ID in rig.root.getSnapshot().children);
    await turns();
  }
  t.false(ID in rig.root.getSnapshot().children);
  t.is(rig.state, 'running.open');
});

test('one that is running is told to run again instead of being started twice', async (t) => {
  const rig = await EngineRig.open();
  rig.root.send({ type: 'Compact', id: ID, input: input(false) });
  const first = compactorOf(rig);
  rig.root.send({ type: 'Compact', id: ID, input: input(false) });
  t.is(compactorOf(rig), first);
  t.true(first?.getSnapshot().context.wantsAgain);
});

test('events are passed on to the one that is meant, and forgotten when it is not there', async (t) => {
  const rig = await EngineRig.open();
  rig.root.send({ type: 'Relay', to: ID, event: { type: 'Again' } });
  rig.root.send({ type: 'Compact', id: ID, input: input(false) });
  t.false(compactorOf(rig)?.getSnapshot().context.wantsAgain);
  rig.root.send({ type: 'Relay', to: 'log-3-1', event: { type: 'Again' } });
  t.false(compactorOf(rig)?.getSnapshot().context.wantsAgain);
  rig.root.send({ type: 'Relay', to: ID, event: { type: 'Again' } });
  t.true(compactorOf(rig)?.getSnapshot().context.wantsAgain);
});

test('one that breaks is reported and removed; the engine goes on, and another may take its place', async (t) => {
  const rig = await EngineRig.open();
  const broke: string[] = [];
  rig.root.on('logCompactorBroke', ({ id, error }) => broke.push(`${id} ${error.code}`));
  rig.root.send({ type: 'Compact', id: ID, input: input(false) });
  rig.root.send({ type: 'Relay', to: ID, event: { type: 'Unregister' } });
  t.deepEqual(broke, [`${ID} LITHIFY_INTERNAL`]);
  t.deepEqual([ID in rig.root.getSnapshot().children, rig.state], [false, 'running.open']);
  rig.root.send({ type: 'Compact', id: ID, input: input(false) });
  t.is(compactorOf(rig)?.getSnapshot().value, 'recovering');
});

test('a phase of a log that is wanted while the engine closes is dropped, so that nobody waits for it', async (t) => {
  const rig = await EngineRig.open();
  const dropped = drops(rig);
  rig.request('m1', { type: 'MinorCompact' });
  rig.shutdown('s1');
  rig.root.send({ type: 'Notice', work: { kind: 'log', phase: 'age', task: 7 }, at: 0 });
  t.deepEqual(dropped, [{ task: 7, code: 'LITHIFY_SHUTTING_DOWN' }]);
  rig.root.send({ type: 'Compact', id: ID, input: input(false) });
  t.is(compactorOf(rig), undefined, 'no run begins any more');
});

test('a phase that nobody waits for any more leaves the mailbox, also while the engine closes', async (t) => {
  const rig = await EngineRig.open();
  const dropped = drops(rig);
  rig.root.send({ type: 'Notice', work: { kind: 'log', phase: 'rewrite', task: 1 }, at: 0 });
  rig.root.send({ type: 'Notice', work: { kind: 'log', phase: 'rewrite', task: 2 }, at: 0 });
  rig.root.send({ type: 'CancelTask', task: 2, error: ABORTED });
  t.deepEqual(dropped, [{ task: 2, code: 'LITHIFY_ABORTED' }]);
  rig.shutdown('s1');
  rig.root.send({ type: 'CancelTask', task: 1, error: ABORTED });
  t.true(rig.said.includes('abort'));
});
