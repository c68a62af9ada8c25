import test from 'ava';
import { type ActorRefFrom, createActor, fromPromise, SimulatedClock, waitFor } from 'xstate';
import { type CommitResult, writerMachine } from '../../machines/writer.ts';
import { FAULT } from './support/desk.ts';

const DONE: CommitResult = { more: false, full: false };
const FULL: CommitResult = { more: true, full: true };
const EXCLUSIVE: CommitResult = { more: true, full: false, exclusive: true };

/** The chart over a log that commits, and a memory that has room, when they are told to. */
class WriterRig {
  readonly clock = new SimulatedClock();
  readonly said: string[] = [];
  readonly actor: ActorRefFrom<typeof writerMachine>;
  hasGroups = false;
  owes = false;
  #steps: PromiseWithResolvers<CommitResult>[] = [];

  constructor() {
    const note = (what: string) => () => void this.said.push(what);
    const logic = writerMachine.provide({
      actors: {
        commitGroup: fromPromise(() => this.#begin('commit')),
        waitForRoom: fromPromise<void>(async () => void (await this.#begin('wait'))),
        pause: fromPromise<void>(async () => void (await this.#begin('pause'))),
        emptyMemory: fromPromise<void>(async () => void (await this.#begin('empty'))),
        runExclusive: fromPromise<void>(async () => void (await this.#begin('exclusive'))),
        closeLog: fromPromise<void>(async () => void (await this.#begin('close'))),
      },
      actions: {
        ...{ announceWaiting: note('waiting'), announceResumed: note('resumed'), refuseLate: note('refuseLate') },
        ...{ announceClosed: note('closed'), refuseAll: note('refuseAll') },
        ...{ announceExclusive: note('long'), refuseHead: note('refuseHead') },
      },
      guards: { hasGroups: () => this.hasGroups, owes: ({ context }) => this.owes && !context.closing },
    });
    this.actor = createActor(logic, { clock: this.clock }).start();
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

  /** The same for the step at this place: earlier ones were left. */
  async leaves(at: number, how: CommitResult): Promise<void> {
    this.#steps.splice(0, at);
    await this.ends(how);
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
  await rig.ends(FULL);
  t.deepEqual([rig.state, rig.said], ['waiting', ['commit', 'waiting', 'wait']]);
  await rig.ends();
  t.deepEqual([rig.state, rig.said.slice(3)], ['committing', ['resumed', 'commit']]);
});

test('a flush that fails refuses who waits for room, and the next write is tried again', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends(FULL);
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

test('near a limit it pauses after a commit, for as long as something is owed, and then looks for groups', async (t) => {
  const rig = new WriterRig();
  rig.owes = true;
  rig.submit();
  await rig.ends();
  t.deepEqual([rig.state, rig.said], ['slowing', ['commit', 'pause']]);
  await rig.ends();
  t.deepEqual(rig.said.slice(2), ['pause']);
  rig.submit();
  t.is(rig.state, 'slowing', 'who comes now waits for the end of it');
  rig.owes = false;
  rig.hasGroups = true;
  await rig.ends();
  t.is(rig.state, 'committing');
  t.is(rig.actor.getSnapshot().context.commits, 1);
});

test('who is full, faulted or exclusive is that first, whatever is owed', async (t) => {
  for (const [result, state] of [
    [FULL, 'waiting'],
    [EXCLUSIVE, { exclusive: 'emptying' }],
    [{ ...DONE, error: FAULT }, 'faulted'],
  ] as const) {
    const rig = new WriterRig();
    rig.owes = true;
    rig.submit();
    await rig.ends(result);
    t.deepEqual(rig.state, state);
  }
});

test('for an exclusive moment memory is emptied, and only then is it run; afterwards the next groups are committed', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends(EXCLUSIVE);
  rig.submit();
  t.deepEqual([rig.state, rig.said], [{ exclusive: 'emptying' }, ['commit', 'empty']]);
  await rig.ends();
  rig.submit();
  t.deepEqual([rig.state, rig.said.slice(2)], [{ exclusive: 'running' }, ['exclusive']]);
  rig.hasGroups = true;
  await rig.ends();
  t.deepEqual([rig.state, rig.said.slice(3)], ['committing', ['resumed', 'commit']]);
});

test('an exclusive moment that is long is talked about, once, from its beginning on', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends(EXCLUSIVE);
  rig.clock.increment(49);
  await rig.ends();
  t.false(rig.said.includes('long'));
  rig.clock.increment(1_000);
  t.deepEqual(rig.said.slice(2), ['exclusive', 'long']);
});

test('memory that cannot be emptied refuses the one that wanted it, and nobody else', async (t) => {
  const rig = new WriterRig();
  rig.submit();
  await rig.ends(EXCLUSIVE);
  rig.hasGroups = true;
  await rig.ends(FAULT);
  t.deepEqual([rig.state, rig.said.slice(2)], ['committing', ['resumed', 'refuseHead', 'commit']]);
  t.is(rig.actor.getSnapshot().context.error, FAULT);
});

test('a pause or an exclusive moment that breaks leaves the writer at work', async (t) => {
  const pausing = new WriterRig();
  pausing.owes = true;
  pausing.submit();
  await pausing.ends();
  await pausing.ends(FAULT);
  t.is(pausing.state, 'idle');
  const running = new WriterRig();
  running.submit();
  await running.ends(EXCLUSIVE);
  await running.ends();
  await running.ends(FAULT);
  t.is(running.state, 'faulted');
  for (const rig of [pausing, running]) {
    rig.submit();
    t.is(rig.state, 'committing');
  }
});

test('closed in a pause, it commits what was submitted, without further pauses, before it closes its log', async (t) => {
  const rig = new WriterRig();
  rig.owes = true;
  rig.submit();
  await rig.ends();
  rig.hasGroups = true;
  rig.close();
  t.is(rig.state, 'committing');
  rig.hasGroups = false;
  await rig.leaves(1, DONE);
  t.deepEqual([rig.state, rig.said.slice(2)], ['closing', ['commit', 'refuseLate', 'close']]);
});

test('closed while memory is emptied, it refuses at once; closed while somebody is exclusive, it waits for the end', async (t) => {
  const emptying = new WriterRig();
  emptying.submit();
  await emptying.ends(EXCLUSIVE);
  emptying.close();
  t.deepEqual([emptying.state, emptying.said.slice(2)], ['closing', ['resumed', 'refuseLate', 'close']]);
  const running = new WriterRig();
  running.submit();
  await running.ends(EXCLUSIVE);
  await running.ends();
  running.close();
  t.deepEqual(running.state, { exclusive: 'running' });
  await running.ends();
  t.deepEqual([running.state, running.said.slice(3)], ['closing', ['resumed', 'refuseLate', 'close']]);
  const late = new WriterRig();
  late.submit();
  late.close();
  await late.ends(EXCLUSIVE);
  t.is(late.state, 'closing', 'nobody empties memory for who comes too late');
});

test('closed while it rests, waits or stands after a fault, it closes its log at once', async (t) => {
  const idle = new WriterRig();
  const waiting = new WriterRig();
  waiting.submit();
  await waiting.ends(FULL);
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
  await rig.ends(FULL);
  t.is(rig.state, 'closing');
});

test('a log that does not close leaves a closed writer with its error', async (t) => {
  const rig = new WriterRig();
  rig.close();
  await rig.ends(FAULT);
  t.is(rig.state, 'closed');
  t.is(rig.actor.getSnapshot().context.error, FAULT);
});
