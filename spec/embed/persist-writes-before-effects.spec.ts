import test from 'ava';
import { createActor, fromPromise, setup } from 'xstate';
import { persist, persisted } from '../../index.ts';
import { counter, GatedEngine, memoryEngine, rest, started } from './support/kept-actors.ts';

test('nothing of an event is seen or done before it is durable', async (t) => {
  const gated = await GatedEngine.open(t);
  const ran: string[] = [];
  const actor = started(persist(counter(ran), { engine: gated.engine, id: 'one' }));
  await rest(actor);
  t.deepEqual(ran, ['began']);
  const atLog = gated.hold();
  const sent = persisted(actor).send({ type: 'ADD', by: 2 });
  await atLog;
  t.deepEqual([actor.getSnapshot().context.count, ran, persisted(actor).revision], [0, ['began'], 1]);
  gated.release();
  t.is((await sent).context.count, 2);
  t.deepEqual([actor.getSnapshot().context.count, ran, persisted(actor).revision], [2, ['began', 'told 2'], 2]);
});

test('the first entry actions wait for the first state to be durable', async (t) => {
  const gated = await GatedEngine.open(t);
  const ran: string[] = [];
  const atLog = gated.hold();
  const actor = started(persist(counter(ran), { engine: gated.engine, id: 'one' }));
  await atLog;
  t.deepEqual(ran, []);
  gated.release();
  await rest(actor);
  t.deepEqual(ran, ['began']);
});

test('a restored actor has its state at once, and does not enter it again', async (t) => {
  const engine = await memoryEngine(t);
  const ran: string[] = [];
  const logic = persist(counter(ran), { engine, id: 'one' });
  const first = started(logic);
  await persisted(first).send({ type: 'ADD' });
  first.stop();
  const second = createActor(logic);
  t.is(second.getSnapshot().context.count, 1);
  second.start();
  await persisted(second).send({ type: 'ADD' });
  t.deepEqual(ran, ['began', 'told 1', 'told 2']);
});

test('a promise is started only when the state that invokes it is durable, and again after a restart', async (t) => {
  const gated = await GatedEngine.open(t);
  let starts = 0;
  const machine = setup({
    types: { events: {} as { type: 'GO' } },
    actors: { work: fromPromise(async () => void (await new Promise(() => starts++))) },
  }).createMachine({ initial: 'idle', states: { idle: { on: { GO: 'working' } }, working: { invoke: { id: 'work', src: 'work' } } } });
  const logic = persist(machine, { engine: gated.engine, id: 'one' });
  const actor = started(logic);
  await rest(actor);
  const atLog = gated.hold();
  const sent = persisted(actor).send({ type: 'GO' });
  await atLog;
  t.is(starts, 0);
  gated.release();
  await sent;
  t.is(starts, 1);
  actor.stop();
  started(logic);
  t.is(starts, 2);
});

test('an event that changes nothing is acknowledged, and not written', async (t) => {
  const engine = await memoryEngine(t);
  const actor = started(persist(counter(), { engine, id: 'one' }));
  await rest(actor);
  t.is((await persisted(actor).send({ type: 'UNKNOWN' })).context.count, 0);
  t.is(persisted(actor).revision, 1);
});

test('an event whose only consequence is an action is written', async (t) => {
  const engine = await memoryEngine(t);
  const ran: string[] = [];
  const actor = started(persist(counter(ran), { engine, id: 'one' }));
  await persisted(actor).send({ type: 'TELL' });
  t.deepEqual([persisted(actor).revision, ran], [2, ['began', 'told 0']]);
});

test('events that come while one is written are taken in one after the other, in their order', async (t) => {
  const gated = await GatedEngine.open(t);
  const actor = started(persist(counter(), { engine: gated.engine, id: 'one' }));
  await rest(actor);
  const seen: number[] = [];
  actor.subscribe(({ context }) => void (seen.at(-1) !== context.count && seen.push(context.count)));
  const atLog = gated.hold();
  const handle = persisted(actor);
  const sent = [1, 10, 100].map((by) => handle.send({ type: 'ADD', by }));
  await atLog;
  t.is(handle.waiting, 3);
  gated.release();
  t.deepEqual(
    (await Promise.all(sent)).map(({ context }) => context.count),
    [1, 11, 111],
  );
  t.deepEqual(seen, [0, 1, 11, 111]);
  t.is(handle.waiting, 0);
});
