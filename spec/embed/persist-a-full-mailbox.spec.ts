import test from 'ava';
import { assign, createActor, createMachine, raise, setup } from 'xstate';
import { persist, persisted } from '../../index.ts';
import { counter, GatedEngine, memoryEngine, rest, started } from './support/kept-actors.ts';

const add = { type: 'ADD' } as const;
const full = { code: 'LITHIFY_MAILBOX_FULL' };

test('beyond maxWaiting send is refused by a coded error, and what waits is taken in', async (t) => {
  const gated = await GatedEngine.open(t);
  const actor = started(persist(counter(), { engine: gated.engine, id: 'one', maxWaiting: 3 }));
  const handle = persisted(actor);
  await rest(actor);
  const atLog = gated.hold();
  const sent = [handle.send(add), handle.send(add), handle.send(add)];
  await atLog;
  t.is(handle.waiting, 3);
  t.like(await t.throwsAsync(handle.send(add), { ...full, message: /maxWaiting/ }), { details: { id: 'one', waiting: 3 } });
  gated.release();
  await sent[0];
  t.true((await handle.send(add)).context.count > 1, 'there is room again');
  await Promise.all(sent);
  t.is((await handle.send(add)).context.count, 5);
});

test('what is sent in other ways is never refused', async (t) => {
  const gated = await GatedEngine.open(t);
  const machine = setup({ types: { context: {} as { count: number }, events: {} as { type: 'ADD' } } }).createMachine({
    context: { count: 0 },
    entry: raise({ type: 'ADD' }, { delay: 1 }),
    on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
  });
  const timers: (() => void)[] = [];
  const clock = { setTimeout: (run: () => void) => timers.push(run), clearTimeout: () => {} };
  const actor = started(persist(machine, { engine: gated.engine, id: 'one', maxWaiting: 1 }), { clock });
  await rest(actor);
  const atLog = gated.hold();
  for (let i = 0; i < 5; i++) actor.send(add);
  await atLog;
  for (const run of timers) run();
  await t.throwsAsync(persisted(actor).send(add), full);
  gated.release();
  await rest(actor);
  t.is(actor.getSnapshot().context.count, 6);
});

test('before the actor is started what was sent counts too', async (t) => {
  const actor = createActor(persist(counter(), { engine: await memoryEngine(t), id: 'one', maxWaiting: 2 }));
  const handle = persisted(actor);
  const sent = [handle.send(add), handle.send(add)];
  t.is(handle.waiting, 2);
  await t.throwsAsync(handle.send(add), full);
  actor.start();
  await Promise.all(sent);
  t.is(handle.waiting, 0);
  t.is((await handle.send(add)).context.count, 3);
});

test('who awaits each send is never refused, with room for one', async (t) => {
  const actor = started(persist(counter(), { engine: await memoryEngine(t), id: 'one', maxWaiting: 1 }));
  for (let i = 1; i <= 20; i++) t.is((await persisted(actor).send(add)).context.count, i);
});

test('an actor that was stopped says so, full or not', async (t) => {
  const gated = await GatedEngine.open(t);
  const actor = started(persist(counter(), { engine: gated.engine, id: 'one', maxWaiting: 1 }));
  await rest(actor);
  const atLog = gated.hold();
  const sent = persisted(actor).send(add);
  await atLog;
  actor.stop();
  await t.throwsAsync(sent, { code: 'LITHIFY_ABORTED' });
  await t.throwsAsync(persisted(actor).send(add), { code: 'LITHIFY_ABORTED' });
});

test('so does one that was stopped before it was started, and who waited is told', async (t) => {
  const actor = createActor(persist(counter(), { engine: await memoryEngine(t), id: 'one', maxWaiting: 1 }));
  const sent = persisted(actor).send(add);
  actor.stop();
  await t.throwsAsync(persisted(actor).send(add), { code: 'LITHIFY_ABORTED' });
  await t.throwsAsync(sent, { code: 'LITHIFY_ABORTED' });
});

for (const maxWaiting of [0, -1, 1.5, Number.NaN, '3', null]) {
  test(`maxWaiting of ${typeof maxWaiting} ${maxWaiting} is refused`, async (t) => {
    const engine = await memoryEngine(t);
    const make = () => persist(createMachine({}), { engine, id: 'one', maxWaiting: maxWaiting as never });
    t.like(t.throws(make, { code: 'LITHIFY_INVALID_ARGUMENT' }), { details: { option: 'maxWaiting' } });
  });
}
