import { deserialize, serialize } from 'node:v8';
import test from 'ava';
import { type ActorRefFrom, assign, cancel, createActor, raise, sendTo, setup } from 'xstate';
import { type Engine, persist, persisted } from '../../index.ts';
import { GatedEngine, memoryEngine, rest } from './support/kept-actors.ts';
import { Time } from './support/time.ts';

const DAY = 24 * 60 * 60 * 1000;

const waits = setup({
  types: { context: {} as { fired: number }, events: {} as { type: 'LEAVE' } | { type: 'RETURN' } | { type: 'NOTE' } | { type: 'PING' } },
  actions: { fire: assign({ fired: ({ context }) => context.fired + 1 }) },
}).createMachine({
  context: { fired: 0 },
  initial: 'waiting',
  states: {
    waiting: { after: { 1000: { target: 'rested', actions: 'fire' } }, on: { LEAVE: 'away', NOTE: { actions: () => {} } } },
    away: { on: { RETURN: 'waiting' } },
    rested: {},
  },
});

function actorOf(engine: Engine, time: Time, logic = persist(waits, { engine, id: 'one', now: () => time.wall })) {
  return createActor(logic, { clock: time.clock }).start();
}

test('after a restart a state waits for what was left of its time', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const first = actorOf(engine, time);
  await rest(first);
  time.pass(600);
  first.stop();
  const second = actorOf(engine, time);
  time.pass(399);
  await rest(second);
  t.is(second.getSnapshot().value, 'waiting');
  time.pass(1);
  await rest(second);
  t.like(second.getSnapshot(), { value: 'rested', context: { fired: 1 } });
});

test('what came due while nothing ran comes at once', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const first = actorOf(engine, time);
  await rest(first);
  first.stop();
  time.pass(5000);
  const second = actorOf(engine, time);
  time.pass(0);
  await rest(second);
  t.is(second.getSnapshot().value, 'rested');
});

test('what came due while nothing ran comes in the order in which it was due', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const machine = setup({
    types: { context: {} as { got: string[] }, events: {} as { type: 'A' } | { type: 'B' } | { type: 'C' } },
  }).createMachine({
    context: { got: [] },
    entry: [raise({ type: 'A' }, { delay: 300 }), raise({ type: 'B' }, { delay: 100 }), raise({ type: 'C' }, { delay: 200 })],
    on: { '*': { actions: assign({ got: ({ context, event }) => [...context.got, event.type] }) } },
  });
  const logic = persist(machine, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock }).start();
  await rest(first);
  first.stop();
  time.pass(1000);
  const second = createActor(logic, { clock: time.clock }).start();
  time.pass(0);
  await rest(second);
  t.deepEqual(second.getSnapshot().context.got, ['B', 'C', 'A']);
});

test('a timer that came when nothing listened does not come again to a state that does', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const machine = setup({ types: { context: {} as { late: number }, events: {} as { type: 'GO' } | { type: 'LATE' } } }).createMachine({
    context: { late: 0 },
    initial: 'deaf',
    entry: raise({ type: 'LATE' }, { delay: 100 }),
    states: {
      deaf: { on: { GO: 'listening' } },
      listening: { on: { LATE: { actions: assign({ late: ({ context }) => context.late + 1 }) } } },
    },
  });
  const logic = persist(machine, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock }).start();
  await rest(first);
  time.pass(100);
  await rest(first);
  t.is(persisted(first).revision, 1);
  first.stop();
  const second = createActor(logic, { clock: time.clock }).start();
  await persisted(second).send({ type: 'GO' });
  time.pass(1000);
  await rest(second);
  t.like(second.getSnapshot(), { value: 'listening', context: { late: 0 } });
});

test('a timer that has come, or whose state was left, does not come again', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const first = actorOf(engine, time);
  await rest(first);
  await persisted(first).send({ type: 'LEAVE' });
  first.stop();
  const second = actorOf(engine, time);
  time.pass(2000);
  await rest(second);
  t.is(second.getSnapshot().value, 'away');
  await persisted(second).send({ type: 'RETURN' });
  time.pass(1000);
  await rest(second);
  second.stop();
  const third = actorOf(engine, time);
  time.pass(5000);
  await rest(third);
  t.like(third.getSnapshot(), { value: 'rested', context: { fired: 1 } });
});

test('a timer that runs out while the event that leaves its state is written is void, though the state is entered again', async (t) => {
  const [gated, time] = [await GatedEngine.open(t), new Time()];
  const actor = actorOf(gated.engine, time);
  await rest(actor);
  const atLog = gated.hold();
  actor.send({ type: 'LEAVE' });
  actor.send({ type: 'RETURN' });
  await atLog;
  time.pass(1000);
  gated.release();
  await rest(actor);
  t.is(actor.getSnapshot().value, 'waiting');
  time.pass(1000);
  await rest(actor);
  t.is(actor.getSnapshot().value, 'rested');
});

test('events in between do not move a timer', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const first = actorOf(engine, time);
  await rest(first);
  time.pass(500);
  await persisted(first).send({ type: 'NOTE' });
  first.stop();
  time.pass(400);
  const second = actorOf(engine, time);
  time.pass(99);
  await rest(second);
  t.is(second.getSnapshot().value, 'waiting');
  time.pass(1);
  await rest(second);
  t.is(second.getSnapshot().value, 'rested');
});

/** Raises, sends to itself, and cancels. */
const chores = setup({
  types: { context: {} as { got: string[] }, events: {} as { type: 'A' } | { type: 'B' } | { type: 'C' } | { type: 'CANCEL' } },
  actions: { note: assign({ got: ({ context, event }) => [...context.got, event.type] }) },
}).createMachine({
  context: { got: [] },
  entry: [
    raise({ type: 'A' }, { delay: 100, id: 'a' }),
    sendTo(({ self }) => self, { type: 'B' }, { delay: 200, id: 'b' }),
    raise({ type: 'C' }, { delay: 300, id: 'c' }),
  ],
  on: { A: { actions: 'note' }, B: { actions: 'note' }, C: { actions: 'note' }, CANCEL: { actions: cancel('c') } },
});

test('delayed raises and delayed sends to itself are kept, unless they were cancelled', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const logic = persist(chores, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock }).start();
  await rest(first);
  time.pass(100);
  await rest(first);
  t.deepEqual(first.getSnapshot().context.got, ['A']);
  await persisted(first).send({ type: 'CANCEL' });
  first.stop();
  const second = createActor(logic, { clock: time.clock }).start();
  time.pass(1000);
  await rest(second);
  t.deepEqual(second.getSnapshot().context.got, ['A', 'B']);
});

test('a delay that is no number is none, and can be restored with any codec', async (t) => {
  for (const codec of [undefined, { encode: serialize, decode: deserialize }]) {
    const [engine, time] = [await memoryEngine(t), new Time()];
    const machine = setup({ types: { context: {} as { came: number }, events: {} as { type: 'PING' } } }).createMachine({
      context: { came: 0 },
      entry: raise({ type: 'PING' }, { delay: Number.NaN }),
      on: { PING: { actions: assign({ came: ({ context }) => context.came + 1 }) } },
    });
    const logic = persist(machine, { engine, id: 'one', now: () => time.wall, ...(codec && { codec }) });
    const first = createActor(logic, { clock: time.clock }).start();
    await rest(first);
    first.stop();
    const second = createActor(logic, { clock: time.clock }).start();
    time.pass(0);
    await rest(second);
    t.is(second.getSnapshot().context.came, 1);
  }
});

test('a wait of sixty days is sixty days, over a restart too', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const patient = setup({}).createMachine({ initial: 'a', states: { a: { after: { [60 * DAY]: 'b' } }, b: {} } });
  const logic = persist(patient, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock }).start();
  await rest(first);
  time.pass(26 * DAY);
  await rest(first);
  t.is(first.getSnapshot().value, 'a');
  first.stop();
  const second = createActor(logic, { clock: time.clock }).start();
  for (const days of [25, 8]) {
    time.pass(days * DAY);
    await rest(second);
    t.is(second.getSnapshot().value, 'a', `after ${days} days more`);
  }
  time.pass(DAY);
  await rest(second);
  t.is(second.getSnapshot().value, 'b');
});

test('the timers of child machines that are not kept by themselves begin anew, and are void when their states are left', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const grandchild = setup({}).createMachine({ initial: 'a', states: { a: { after: { 500: 'b' } }, b: { type: 'final' } } });
  const child = setup({
    types: { context: {} as { ms: number }, events: {} as { type: 'STOP' } },
    actors: { grandchild },
    delays: { patience: ({ context }) => context.ms },
  }).createMachine({
    context: { ms: 1000 },
    initial: 'waiting',
    states: {
      waiting: { invoke: { src: 'grandchild', onDone: 'asking' } },
      asking: { after: { patience: 'gone' }, on: { STOP: 'still' } },
      still: {},
      gone: { type: 'final' },
    },
  });
  const parent = setup({ types: { events: {} as { type: 'NOTE' } }, actors: { child } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { id: 'c', src: 'child', onDone: 'b' }, on: { NOTE: { actions: () => {} } } }, b: {} },
  });
  const logic = persist(parent, { engine, id: 'one', now: () => time.wall });
  const make = () => {
    const actor = createActor(logic, { clock: time.clock }).start();
    return { actor, child: actor.getSnapshot().children.c as ActorRefFrom<typeof child> };
  };
  const first = make();
  await rest(first.actor);
  time.pass(400);
  first.actor.stop();
  const second = make();
  time.pass(499);
  t.is(second.child.getSnapshot().value, 'waiting');
  time.pass(1);
  t.is(second.child.getSnapshot().value, 'asking');
  await persisted(second.actor).send({ type: 'NOTE' });
  second.actor.stop();
  const third = make();
  time.pass(999);
  t.is(third.child.getSnapshot().value, 'asking');
  third.actor.stop();
  const fourth = make();
  fourth.child.send({ type: 'STOP' });
  time.pass(2000);
  t.is(fourth.child.getSnapshot().value, 'still');
  fourth.actor.stop();
  const fifth = make();
  time.pass(1000);
  await rest(fifth.actor);
  t.is(fifth.actor.getSnapshot().value, 'b');
});
