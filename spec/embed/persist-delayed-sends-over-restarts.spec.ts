import test from 'ava';
import fc from 'fast-check';
import { type ActorRefFrom, type AnyActorRef, assign, cancel, createActor, enqueueActions, setup, spawnChild, stopChild } from 'xstate';
import { persist } from '../../index.ts';
import { memoryEngine, rest } from './support/kept-actors.ts';
import { Time } from './support/time.ts';

type Sent = { type: 'LATER'; what: number; ms: number } | { type: 'CANCEL'; what: number } | { type: 'FIRE' } | { type: 'HIRE' };

const listener = setup({
  types: { context: {} as { heard: number[] }, events: {} as { type: 'TELL'; what: number } },
}).createMachine({
  context: { heard: [] },
  on: { TELL: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }) } },
});

/** Tells its worker things later, changes its mind, and its worker. */
const boss = setup({ types: { events: {} as Sent }, actors: { listener } }).createMachine({
  entry: spawnChild('listener', { id: 'worker' }),
  on: {
    LATER: {
      actions: enqueueActions(({ enqueue, event: { what, ms }, self }) => {
        const worker = self.getSnapshot().children.worker as ActorRefFrom<typeof listener> | undefined;
        if (worker !== undefined) enqueue.sendTo(worker, { type: 'TELL', what }, { delay: ms, id: `later ${what}` });
      }),
    },
    CANCEL: { actions: cancel(({ event }) => `later ${event.what}`) },
    FIRE: { actions: stopChild('worker') },
    HIRE: { actions: [stopChild('worker'), spawnChild('listener', { id: 'worker' })] },
  },
});

const ms = fc.integer({ min: 0, max: 300 });
const step = fc.oneof(
  { weight: 5, arbitrary: ms.map((later) => ({ later })) },
  { weight: 4, arbitrary: ms.map((passes) => ({ passes })) },
  { weight: 2, arbitrary: fc.nat(20).map((what) => ({ sends: { type: 'CANCEL', what } as const })) },
  { weight: 1, arbitrary: fc.constantFrom('FIRE' as const, 'HIRE' as const).map((type) => ({ sends: { type } })) },
  { weight: 3, arbitrary: ms.map((restartsAfter) => ({ restartsAfter })) },
);

function heard(actor: AnyActorRef): number[] | undefined {
  return (actor.getSnapshot().children.worker as ActorRefFrom<typeof listener> | undefined)?.getSnapshot().context.heard;
}

test('what an actor sends later to its child comes as if nothing had ever restarted', async (t) => {
  const engine = await memoryEngine(t);
  let id = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const [plainTime, time] = [new Time(), new Time()];
      const logic = persist(boss, { engine, id: `boss ${id++}`, now: () => time.wall });
      const plain = createActor(boss, { clock: plainTime.clock }).start();
      let kept = createActor(logic, { clock: time.clock }).start();
      await rest(kept);
      for (const [what, taken] of steps.entries()) {
        if ('restartsAfter' in taken) {
          kept.stop();
          for (const one of [plainTime, time]) one.pass(taken.restartsAfter);
          kept = createActor(logic, { clock: time.clock }).start();
        } else if ('passes' in taken) for (const one of [plainTime, time]) one.pass(taken.passes);
        else {
          const event: Sent = 'later' in taken ? { type: 'LATER', what, ms: taken.later } : taken.sends;
          plain.send(event);
          kept.send(event);
        }
        await rest(kept);
        // What is due at this moment.
        for (const one of [plainTime, time]) one.pass(0);
        await rest(kept);
        t.deepEqual(heard(kept), heard(plain));
      }
      for (const one of [plainTime, time]) one.pass(1000);
      await rest(kept);
      t.deepEqual(heard(kept), heard(plain));
      kept.stop();
    }),
    { numRuns: 300 },
  );
});
