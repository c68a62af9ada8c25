import test from 'ava';
import { type ActorRefFrom, createActor, fromPromise, waitFor } from 'xstate';
import { type CommitResult, writerMachine } from '../../machines/writer.ts';
import { FAULT } from './support/desk.ts';

const DONE: CommitResult = { more: false, full: false };

/** The chart over a log that commits, and a memory that has room, when they are told to. */
class WriterRig {
  readonly said: string[] = [];
  readonly actor: ActorRefFrom<typeof writerMachine>;
  hasGroups = false;
  #steps: PromiseWithResolvers<CommitResult>[] = [];

  constructor() {
    const note = (what: string) => () => void this.said.push(what);
    const logic = writerMachine.provide({
      actors: {
        commitGroup: fromPromise(() => this.#begin('commit')),
        waitForRoom: fromPromise<void>(async () => void (await this.#begin('wait'))),
        closeLog: fromPromise<void>(async () => void (await this.#begin('close'))),
      },
      actions: {
        ...{ announceWaiting: note('waiting'), announceResumed: note('resumed'), refuseLate: note('refuseLate') },
        ...{ announceClosed: note('closed'), refuseAll: note('refuseAll') },
      },
      guards: { hasGroups: () => this.hasGroups },
    });
    this.actor = createActor(logic).start();
  }

  get state(): unknown {
    return this.actor.getSnapshot().value;
  }

  submit(): void {
    this.actor.send({ type: 'Submitted' });
  }

  close(): void {
    this.actor.send({ type: 'Close' });
  }

  /** Ends what is under way and waits for the chart to take it. */
  async ends(how: CommitResult | Error = DONE): Promise<void> {
    const before = this.actor.getSnapshot();
    const step = this.#steps.shift();
    if (how instanceof Error) step?.reject(how);
    else step?.resolve(how);
    await waitFor(this.actor, (snapshot) => snapshot !== before);
  }

  #begin(what: string): Promise<CommitResult> {
    this.said.push(what);
    const step = Promise.withResolvers<CommitResult>();
    this.#steps.push(step);
    return step.promise;
  }
}

test('it commits group after group, one at a time, and rests when there are none', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  rig.submit();
  t.deepEqual(rig.said, ['commit']);
  await rig.ends({ more: true, full: false });
  t.deepEqual(rig.said, ['commit', 'commit']);
  await rig.ends();
  t.is(rig.state, 'idle');
  t.is(rig.actor.getSnapshot().context.commits, 2);
});

test('a group that came while the last one settled is not forgotten', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  rig.hasGroups = true;
  await rig.ends();
  t.deepEqual([rig.state, rig.said], ['committing', ['commit', 'commit']]);
});

test('with memory at its limit it waits for room, says so, and goes on', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends({ more: true, full: true });
  t.deepEqual([rig.state, rig.said], ['waiting', ['commit', 'waiting', 'wait']]);
  await rig.ends();
  t.deepEqual([rig.state, rig.said.slice(3)], ['committing', ['resumed', 'commit']]);
});

test('a flush that fails refuses who waits for room, and the next write is tried again', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends({ more: true, full: true });
  await rig.ends(FAULT);
  t.true(rig.said.includes('refuseAll'));
  t.is(rig.state, 'faulted');
  rig.submit();
  t.is(rig.state, 'committing');
});

test('a refused group leaves the error behind, and the groups after it are tried', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  rig.hasGroups = true;
  await rig.ends({ ...DONE, error: FAULT });
  t.is(rig.actor.getSnapshot().context.error, FAULT);
  t.deepEqual([rig.state, rig.said], ['committing', ['commit', 'commit']]);
});

test('a round that breaks refuses everybody instead of leaving them waiting', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends(FAULT);
  t.deepEqual([rig.state, rig.said], ['faulted', ['commit', 'refuseAll']]);
});

test('closed while it rests, waits or stands after a fault, it closes its log at once', async (t) => {
  const idle = new WriterRig();
  const waiting = new WriterRig();
  waiting.submit();
  await waiting.ends({ more: true, full: true });
  const faulted = new WriterRig();
  faulted.submit();
  await faulted.ends(FAULT);
  for (const rig of [idle, waiting, faulted]) {
    rig.close();
    t.is(rig.state, 'closing');
    t.deepEqual(rig.said.slice(-2), ['refuseLate', 'close']);
  }
});

test('closed while it commits, it commits what was submitted before it closes its log', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  rig.close();
  t.is(rig.state, 'committing');
  await rig.ends({ more: true, full: false });
  await rig.ends();
  t.deepEqual([rig.state, rig.said], ['closing', ['commit', 'commit', 'refuseLate', 'close']]);
  rig.close();
  await rig.ends();
  t.deepEqual([rig.state, rig.said.at(-1)], ['closed', 'closed']);
});

test('closed while it commits, and memory is full after that, it does not wait for room', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  rig.close();
  await rig.ends({ more: true, full: true });
  t.is(rig.state, 'closing');
});

test('a log that does not close leaves a closed writer with its error', async (t) => {
  const rig = new WriterRig();
  rig.close();
  await rig.ends(FAULT);
  t.is(rig.state, 'closed');
  t.is(rig.actor.getSnapshot().context.error, FAULT);
});
