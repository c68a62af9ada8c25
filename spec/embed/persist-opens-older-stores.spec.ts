import test from 'ava';
import { assign, createActor, raise, sendTo, setup } from 'xstate';
import { type Engine, persist, persisted } from '../../index.ts';
import { memoryEngine, rest, started } from './support/kept-actors.ts';
import { Time } from './support/time.ts';

const KEY = '!lithify.actors!one';

/** As the first version with persisted actors wrote it, byte for byte. */
const FIRST_FORMAT =
  '{"format":1,"version":1,"revision":2,"at":1000000,"timers":[{"event":{"type":"LATE"},"dueAt":1005000,"id":"late"},' +
  '{"event":{"type":"xstate.after.1000.m.waiting"},"dueAt":1001000,"id":"xstate.after.1000.m.waiting"}],"ends":[],' +
  '"state":{"status":"active","value":"waiting","historyValue":{},"context":{"n":1},"children":{"c":{"snapshot":{"status":' +
  '"active","value":"a","historyValue":{},"context":{},"children":{}},"src":"child","syncSnapshot":false}}}}';

const child = setup({}).createMachine({ initial: 'a', states: { a: {} } });
const machine = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'ADD' } | { type: 'LATE' } | { type: 'SEND' } },
  actors: { child },
}).createMachine({
  id: 'm',
  context: { n: 0 },
  initial: 'waiting',
  invoke: { id: 'c', src: 'child' },
  entry: raise({ type: 'LATE' }, { delay: 5000, id: 'late' }),
  on: {
    ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    LATE: { actions: assign({ n: ({ context }) => context.n + 100 }) },
    SEND: { actions: sendTo('c', { type: 'HELLO' }, { delay: 9000 }) },
  },
  states: { waiting: { after: { 1000: 'rested' } }, rested: {} },
});

function actorOf(engine: Engine, time: Time) {
  return createActor(persist(machine, { engine, id: 'one', now: () => time.wall }), { clock: time.clock }).start();
}

test('what the first format has is restored whole, and what has nothing new is written as it was', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  await engine.kv.put(KEY, FIRST_FORMAT);
  const actor = actorOf(engine, time);
  await rest(actor);
  t.is(await engine.kv.get(KEY), FIRST_FORMAT);
  t.is((await persisted(actor).send({ type: 'ADD' })).context.n, 2);
  const changed = FIRST_FORMAT.replace('"revision":2', '"revision":3').replace('"n":1', '"n":2');
  t.is(await engine.kv.get(KEY), changed, 'a program of the first version can still read it');
  time.pass(1000);
  await rest(actor);
  t.is(actor.getSnapshot().value, 'rested');
  time.pass(4000);
  await rest(actor);
  t.is(actor.getSnapshot().context.n, 102);
});

test('what the first format could not say has another number, which a program that knows only the first refuses', async (t) => {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const actor = actorOf(engine, time);
  await persisted(actor).send({ type: 'SEND' });
  const stored = JSON.parse((await engine.kv.get(KEY)) ?? '');
  t.is(stored.format, 2);
  t.like(stored.timers.at(-1), { event: { type: 'HELLO' }, to: { child: 'c' }, dueAt: time.wall + 9000 });
});

for (const to of [7, null, {}, { child: 7 }, { parent: false }]) {
  test(`a timer for ${JSON.stringify(to)} is damage`, async (t) => {
    const engine = await memoryEngine(t);
    const stored = JSON.parse(FIRST_FORMAT);
    stored.format = 2;
    stored.timers[0].to = to;
    await engine.kv.put(KEY, JSON.stringify(stored));
    const actor = started(persist(machine, { engine, id: 'one' }));
    t.like(actor.getSnapshot(), { status: 'error', error: { code: 'LITHIFY_CORRUPTION' } });
  });
}
