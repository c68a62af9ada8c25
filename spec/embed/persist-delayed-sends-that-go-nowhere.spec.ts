import test from 'ava';
import { type ActorRefFrom, type AnyActorRef, assign, createActor, sendTo, setup } from 'xstate';
import { type Engine, persist, persisted } from '../../index.ts';
import { memoryEngine, rest } from './support/kept-actors.ts';
import { Time } from './support/time.ts';

const listener = setup({
  types: { context: {} as { heard: string[] }, events: {} as { type: 'TELL'; what: string } },
}).createMachine({
  context: { heard: [] },
  on: { TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }) } },
});

/** A sender that is kept, and one with a system id that may be switched off and on, without the sender hearing of it. */
function world(engine: Engine, time: Time) {
  const sender = setup({ types: { events: {} as { type: 'GO' } } }).createMachine({
    on: {
      GO: {
        actions: sendTo(
          ({ system }) => system.get('radio') as ActorRefFrom<typeof listener>,
          { type: 'TELL', what: 'over the air' },
          { delay: 1000 },
        ),
      },
    },
  });
  const machine = setup({
    types: { events: {} as { type: 'OFF' | 'ON' } },
    actors: { listener, sender: persist(sender, { engine, id: 'sender', now: () => time.wall }) },
  }).createMachine({
    invoke: { id: 'sender', src: 'sender' },
    initial: 'on',
    states: { on: { invoke: { id: 'radio', src: 'listener', systemId: 'radio' }, on: { OFF: 'off' } }, off: { on: { ON: 'on' } } },
  });
  const actor = createActor(machine, { clock: time.clock }).start();
  const child = (id: string) => (actor.getSnapshot().children as Record<string, AnyActorRef | undefined>)[id] as AnyActorRef;
  return { actor, sender: child('sender'), heard: () => child('radio').getSnapshot().context.heard as string[] };
}

for (const isOnAgain of [false, true]) {
  test(`one whose receiver was ${isOnAgain ? 'replaced' : 'stopped'} before it was due is gone for good`, async (t) => {
    const [engine, time] = [await memoryEngine(t), new Time()];
    const first = world(engine, time);
    await persisted(first.sender).send({ type: 'GO' });
    first.actor.send({ type: 'OFF' });
    if (isOnAgain) first.actor.send({ type: 'ON' });
    time.pass(1000);
    // It goes nowhere, and out of the store.
    await rest(first.sender);
    await rest(first.sender);
    if (isOnAgain) t.deepEqual(first.heard(), []);
    first.actor.stop();
    const second = world(engine, time);
    await rest(second.sender);
    time.pass(1000);
    await rest(second.sender);
    t.deepEqual(second.heard(), []);
  });
}
