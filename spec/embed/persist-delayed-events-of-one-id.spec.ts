import test from 'ava';
import { type ActorRefFrom, assign, cancel, createActor, enqueueActions, setup } from 'xstate';
import { persist, persisted } from '../../index.ts';
import { memoryEngine, rest } from './support/kept-actors.ts';
import { Time } from './support/time.ts';

interface Told {
  readonly type: 'TELL';
  readonly what: number;
}

/** To whom the boss of this spec sends. */
type To = 'itself' | 'child' | 'stranger';

const listener = setup({ types: { context: {} as { heard: number[] }, events: {} as Told } }).createMachine({
  context: { heard: [] },
  on: { TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }) } },
});

/** Sends later what it is to wait, always under the same id. */
function bossOf(stranger: ActorRefFrom<typeof listener>) {
  return setup({
    types: { context: {} as { heard: number[] }, events: {} as Told | { type: 'LATER'; to: To; ms: number } | { type: 'CANCEL' } },
    actors: { listener },
  }).createMachine({
    context: { heard: [] },
    invoke: { id: 'child', src: 'listener' },
    on: {
      LATER: {
        actions: enqueueActions(({ enqueue, event: { to, ms } }) => {
          const [told, how] = [{ type: 'TELL', what: ms } as const, { delay: ms, id: 'later' }];
          if (to === 'itself') enqueue.raise(told, how);
          else enqueue.sendTo(to === 'child' ? 'child' : stranger, told, how);
        }),
      },
      CANCEL: { actions: cancel('later') },
      TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }) },
    },
  });
}

async function heardOf(t: Parameters<typeof memoryEngine>[0], asked: readonly (readonly [To, number])[], isRestarted: boolean) {
  const [engine, time] = [await memoryEngine(t), new Time()];
  const stranger = createActor(listener).start();
  const logic = persist(bossOf(stranger), { engine, id: 'boss', now: () => time.wall });
  let boss = createActor(logic, { clock: time.clock }).start();
  for (const [to, ms] of asked) await persisted(boss).send({ type: 'LATER', to, ms });
  if (isRestarted) {
    boss.stop();
    boss = createActor(logic, { clock: time.clock }).start();
  }
  await persisted(boss).send({ type: 'CANCEL' });
  for (let i = 0; i < 3; i++) {
    time.pass(1000);
    await rest(boss);
  }
  const child = boss.getSnapshot().children.child as ActorRefFrom<typeof listener>;
  return [boss, child, stranger].flatMap((actor) => actor.getSnapshot().context.heard);
}

for (const isRestarted of [false, true]) {
  const when = isRestarted ? ', after a restart' : '';
  for (const to of ['itself', 'child'] as const) {
    test(`of two events to ${to} the one that was sent last is cancelled, and the other comes${when}`, async (t) => {
      for (const [first, last] of [
        [1000, 2000],
        [2000, 1000],
      ] as const) {
        const asked = [
          [to, first],
          [to, last],
        ] as const;
        t.deepEqual(await heardOf(t, asked, isRestarted), [first]);
      }
    });
  }
}

test('of two the last is cancelled, though it is for an actor that nothing names', async (t) => {
  for (const [first, last] of [
    ['child', 'stranger'],
    ['stranger', 'itself'],
  ] as const) {
    const asked = [
      [first, 1000],
      [last, 2000],
    ] as const;
    t.deepEqual(await heardOf(t, asked, false), [1000]);
  }
});
