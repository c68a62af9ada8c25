import test from 'ava';
import { type ActorRefFrom, type AnyActorRef, assign, cancel, createActor, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { type Engine, persist, persisted } from '../../index.ts';
import { all, failure, GatedEngine, memoryEngine, rest } from './support/kept-actors.ts';
import { Time } from './support/time.ts';

const DAY = 24 * 60 * 60 * 1000;

interface Told {
  readonly type: 'TELL';
  readonly what: string;
}

/** Remembers what it is told. */
const listener = setup({ types: { context: {} as { heard: string[] }, events: {} as Told } }).createMachine({
  context: { heard: [] },
  on: { TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }) } },
});

type BossEvent = { type: 'REMIND' | 'HUSH' | 'FIRE' | 'HIRE' | 'NOTE' };

/** Has a child that listens, and tells it something a second after it was reminded. */
function bossOf(child: typeof listener, now: () => number, engine: Engine) {
  const boss = setup({ types: { events: {} as BossEvent }, actors: { child } }).createMachine({
    entry: spawnChild('child', { id: 'worker' }),
    on: {
      REMIND: { actions: sendTo('worker', { type: 'TELL', what: 'now' }, { delay: 1000, id: 'reminder' }) },
      HUSH: { actions: cancel('reminder') },
      FIRE: { actions: stopChild('worker') },
      HIRE: { actions: spawnChild('child', { id: 'worker' }) },
      NOTE: { actions: () => {} },
    },
  });
  return persist(boss, { engine, id: 'boss', now });
}

function office(engine: Engine, time: Time, child: typeof listener = listener) {
  return createActor(
    bossOf(child, () => time.wall, engine),
    { clock: time.clock },
  ).start();
}

function heard(actor: AnyActorRef, id = 'worker'): string[] | undefined {
  return (actor.getSnapshot().children[id] as ActorRefFrom<typeof listener> | undefined)?.getSnapshot().context.heard;
}

/** The store has timers of it. */
async function isWaiting(engine: Engine, id: string): Promise<boolean> {
  return JSON.parse((await engine.kv.get(`!lithify.actors!${id}`)) ?? '').timers.length > 0;
}

test('a delayed event to a child comes after a restart, with what was left of its time, and once', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const first = office(engine, time);
  await persisted(first).send({ type: 'REMIND' });
  time.pass(600);
  first.stop();
  const second = office(engine, time);
  await rest(second);
  time.pass(399);
  await rest(second);
  t.deepEqual(heard(second), []);
  time.pass(1);
  await rest(second);
  t.deepEqual(heard(second), ['now']);
  second.stop();
  const third = office(engine, time);
  time.pass(5000);
  await rest(third);
  t.deepEqual(heard(third), ['now'], 'the child is stored as it was when it had been told');
});

test('one to a child that is kept by itself is durable there before it leaves the store of its sender', async (t) => {
  const [gated, time] = [await GatedEngine.open(t), new Time()];
  const { engine } = gated;
  // A logic that is kept has other types; nothing here depends on them.
  const kept = persist(listener, { engine, id: 'worker', now: () => time.wall }) as unknown as typeof listener;
  const first = office(engine, time, kept);
  await persisted(first).send({ type: 'REMIND' });
  const atLog = gated.hold();
  time.pass(1000);
  await atLog;
  t.is(persisted(first).waiting, 0, 'the child writes what it was told, and its boss waits for that');
  gated.refuse('EIO');
  const ended = new Promise<void>((resolve) => first.subscribe({ error: () => resolve() }));
  gated.release();
  await ended;
  gated.accept();
  const second = office(engine, time, kept);
  time.pass(0);
  await rest(second);
  await persisted(second.getSnapshot().children.worker as AnyActorRef).settled();
  t.deepEqual(heard(second), ['now']);
  while (await isWaiting(engine, 'boss')) await rest(second);
  second.stop();
  const third = office(engine, time, kept);
  time.pass(5000);
  await rest(third);
  t.deepEqual(heard(third), ['now']);
});

test('one to the child that the same state invokes is for that child', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const machine = setup({ actors: { child: listener } }).createMachine({
    entry: sendTo('worker', { type: 'TELL', what: 'welcome' }, { delay: 1000 }),
    invoke: { id: 'worker', src: 'child' },
  });
  const logic = persist(machine, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock }).start();
  await rest(first);
  first.stop();
  time.pass(999);
  const second = createActor(logic, { clock: time.clock }).start();
  await rest(second);
  t.deepEqual(heard(second), []);
  time.pass(1);
  await rest(second);
  t.deepEqual(heard(second), ['welcome']);
});

test('one to the parent comes to whoever is the parent then', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const child = setup({}).createMachine({ entry: sendParent({ type: 'TELL', what: 'from below' }, { delay: 1000 }) });
  const parent = setup({
    types: { context: {} as { heard: string[] }, events: {} as Told },
    actors: { child: persist(child, { engine, id: 'child', now: () => time.wall }) },
  }).createMachine({
    context: { heard: [] },
    invoke: { id: 'worker', src: 'child' },
    on: { TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }) } },
  });
  const make = () => {
    const actor = createActor(parent, { clock: time.clock }).start();
    return { actor, child: actor.getSnapshot().children.worker as AnyActorRef };
  };
  const first = make();
  await rest(first.child);
  time.pass(600);
  first.actor.stop();
  const second = make();
  await rest(second.child);
  time.pass(399);
  t.deepEqual(second.actor.getSnapshot().context.heard, []);
  time.pass(1);
  await rest(second.child);
  t.deepEqual(second.actor.getSnapshot().context.heard, ['from below']);
});

test('one to an actor with a system id comes to who has it then, and is gone when nobody has', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const sender = setup({ types: { events: {} as { type: 'NOTE' } } }).createMachine({
    on: { NOTE: { actions: () => {} } },
    entry: sendTo(
      ({ system }) => system.get('radio') as ActorRefFrom<typeof listener>,
      { type: 'TELL', what: 'over the air' },
      { delay: 1000 },
    ),
  });
  const logic = persist(sender, { engine, id: 'sender', now: () => time.wall });
  const world = (hasRadio: boolean) => {
    const machine = setup({ actors: { listener, sender: logic } }).createMachine({
      invoke: [
        { id: 'worker', src: 'listener', ...(hasRadio && { systemId: 'radio' }) },
        { id: 'sender', src: 'sender' },
      ],
    });
    const actor = createActor(machine, { clock: time.clock }).start();
    return { actor, sender: actor.getSnapshot().children.sender as AnyActorRef };
  };
  const first = world(true);
  await rest(first.sender);
  first.actor.stop();
  const second = world(false);
  await persisted(second.sender).send({ type: 'NOTE' });
  time.pass(400);
  second.actor.stop();
  const third = world(true);
  await rest(third.sender);
  time.pass(599);
  t.deepEqual(heard(third.actor), []);
  time.pass(1);
  await rest(third.sender);
  t.deepEqual(heard(third.actor), ['over the air']);
  third.actor.stop();

  await engine.kv.clear();
  const fourth = world(true);
  await rest(fourth.sender);
  fourth.actor.stop();
  time.pass(1000);
  const fifth = world(false);
  time.pass(0);
  await rest(fifth.sender);
  fifth.actor.stop();
  const sixth = world(true);
  time.pass(1000);
  await rest(sixth.sender);
  t.deepEqual(heard(sixth.actor), [], 'it was due when there was nobody');
});

test('one whose receiver fails of it, and does not store it, comes again when all are made anew, whatever its sender does meanwhile', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  let isPoison = true;
  const radio = setup({ types: { context: {} as { heard: unknown[] }, events: {} as Told } }).createMachine({
    context: { heard: [] },
    on: { TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, isPoison ? new Map() : event.what] }) } },
  });
  const sender = setup({ types: { events: {} as { type: 'NOTE' } } }).createMachine({
    entry: sendTo(
      ({ system }) => system.get('radio') as ActorRefFrom<typeof listener>,
      { type: 'TELL', what: 'over the air' },
      { delay: 1000 },
    ),
    on: { NOTE: { actions: () => {} } },
  });
  const now = () => time.wall;
  const world = setup({
    actors: { radio: persist(radio, { engine, id: 'radio', now }), sender: persist(sender, { engine, id: 'sender', now }) },
  }).createMachine({
    invoke: [
      { id: 'radio', src: 'radio', systemId: 'radio', onError: {} },
      { id: 'sender', src: 'sender' },
    ],
  });
  const make = async () => {
    const actor = createActor(world, { clock: time.clock }).start();
    const { radio, sender } = actor.getSnapshot().children as Record<string, AnyActorRef>;
    if (radio === undefined || sender === undefined) throw new Error('nobody is there');
    await Promise.all([rest(radio), rest(sender)]);
    return { actor, radio, sender };
  };
  const first = await make();
  const failed = failure(first.radio);
  time.pass(1000);
  t.like(await failed, { code: 'LITHIFY_INVALID_ARGUMENT' });
  await persisted(first.sender).send({ type: 'NOTE' });
  first.actor.stop();
  isPoison = false;
  const second = await make();
  time.pass(0);
  await rest(second.sender);
  await rest(second.radio);
  t.deepEqual(second.radio.getSnapshot().context.heard, ['over the air']);
  while (await isWaiting(engine, 'sender')) await rest(second.sender);
});

test('what is cancelled does not come, before a restart or after it', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const first = office(engine, time);
  await persisted(first).send({ type: 'REMIND' });
  await persisted(first).send({ type: 'HUSH' });
  await persisted(first).send({ type: 'REMIND' });
  first.stop();
  const second = office(engine, time);
  await persisted(second).send({ type: 'HUSH' });
  time.pass(1000);
  await rest(second);
  second.stop();
  const third = office(engine, time);
  time.pass(1000);
  await rest(third);
  t.deepEqual(heard(third), []);
});

test('what was for a child that is stopped does not come to another with its id', async (t) => {
  for (const isRestarted of [false, true]) {
    const [engine, time] = [await memoryEngine(t), new Time()];
    let boss = office(engine, time);
    await persisted(boss).send({ type: 'REMIND' });
    await persisted(boss).send({ type: 'FIRE' });
    await persisted(boss).send({ type: 'HIRE' });
    if (isRestarted) {
      boss.stop();
      boss = office(engine, time);
    }
    time.pass(1000);
    await rest(boss);
    t.deepEqual(heard(boss), []);
  }
});

test('those that arrive together leave the store together', async (t) => {
  const [gated, time, count] = [await GatedEngine.open(t), new Time(), 100];
  const machine = setup({ actors: { child: listener } }).createMachine({
    invoke: { id: 'worker', src: 'child' },
    entry: Array.from({ length: count }, () => sendTo('worker', { type: 'TELL', what: 'now' }, { delay: 1000 })),
  });
  const logic = persist(machine, { engine: gated.engine, id: 'one', now: () => time.wall });
  const actor = createActor(logic, { clock: time.clock }).start();
  await rest(actor);
  const atLog = gated.hold();
  time.pass(1000);
  await atLog;
  gated.release();
  await gated.hold();
  t.true(persisted(actor).waiting <= 2, 'what is written, and all the others');
  t.is(heard(actor)?.length, count);
  gated.release();
  await rest(actor);
  t.false(await isWaiting(gated.engine, 'one'));
});

test('an actor that nothing names is sent to as XState does, and nothing of it is stored', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const stranger = createActor(listener).start();
  const machine = setup({ types: { events: {} as { type: 'GO' } } }).createMachine({
    on: { GO: { actions: sendTo(() => stranger, { type: 'TELL', what: 'hello' }, { delay: 1000 }) } },
  });
  const logic = persist(machine, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock }).start();
  await persisted(first).send({ type: 'GO' });
  time.pass(1000);
  t.deepEqual(stranger.getSnapshot().context.heard, ['hello']);
  await persisted(first).send({ type: 'GO' });
  first.stop();
  const second = createActor(logic, { clock: time.clock }).start();
  time.pass(1000);
  await rest(second);
  t.deepEqual(stranger.getSnapshot().context.heard, ['hello']);
});

test('one whose event cannot be kept ends the actor, by its path, before anything is written', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const machine = setup({ types: { events: {} as { type: 'GO' } }, actors: { child: listener } }).createMachine({
    invoke: { id: 'worker', src: 'child' },
    on: { GO: { actions: sendTo('worker', { type: 'TELL', what: new Map() as unknown as string }, { delay: 1000 }) } },
  });
  const logic = persist(machine, { engine, id: 'one', now: () => time.wall });
  const first = createActor(logic, { clock: time.clock });
  first.subscribe({ error: () => {} });
  first.start();
  await rest(first);
  const error = await t.throwsAsync(persisted(first).send({ type: 'GO' }), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.like(error, { details: { path: 'actor.timers[0].event.what' } });
  const second = createActor(logic, { clock: time.clock }).start();
  await rest(second);
  t.is(persisted(second).revision, 1);
});

test('a wait of sixty days is sixty days, and sending is no event of the sender', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const machine = setup({ actors: { child: listener } }).createMachine({
    entry: sendTo('worker', { type: 'TELL', what: 'at last' }, { delay: 60 * DAY }),
    invoke: { id: 'worker', src: 'child' },
  });
  const actor = createActor(persist(machine, { engine, id: 'one', now: () => time.wall }), { clock: time.clock }).start();
  await rest(actor);
  for (const days of [25, 25, 9]) {
    time.pass(days * DAY);
    await rest(actor);
    t.deepEqual(heard(actor), []);
  }
  time.pass(DAY);
  await rest(actor);
  t.deepEqual(heard(actor), ['at last']);
  t.is(persisted(actor).revision, 1);
  t.deepEqual(
    (await all(persisted(actor).history())).map(({ event }) => event.type),
    ['xstate.init'],
  );
});
