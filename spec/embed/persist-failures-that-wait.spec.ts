import test from 'ava';
import { type AnyActorLogic, assign, fromPromise, setup, waitFor } from 'xstate';
import { type Engine, persist, persisted } from '../../index.ts';
import { failure, GatedEngine, rest, started } from './support/kept-actors.ts';

/** Works once for each of these. */
function workOf(works: Promise<string>[]) {
  return fromPromise(() => works.shift() ?? Promise.reject(new Error('there is no more work')));
}

/** Works, and fails when its work does. */
function workerOf(works: Promise<string>[]) {
  return setup({ types: { context: {} as { made: string }, output: {} as string }, actors: { work: workOf(works) } }).createMachine({
    context: { made: '' },
    initial: 'working',
    states: {
      working: { invoke: { src: 'work', onDone: { target: 'done', actions: assign({ made: ({ event }) => event.output }) } } },
      done: { type: 'final' },
    },
    output: ({ context }) => context.made,
  });
}

function parentOf(engine: Engine, child: AnyActorLogic) {
  const machine = setup({
    types: { context: {} as { notes: number; made: string }, events: {} as { type: 'NOTE' } },
    actors: { child },
  }).createMachine({
    context: { notes: 0, made: '' },
    initial: 'waiting',
    states: {
      waiting: {
        invoke: { id: 'child', src: 'child', onDone: { target: 'after', actions: assign({ made: ({ event }) => event.output }) } },
      },
      after: {},
    },
    on: { NOTE: { actions: assign({ notes: ({ context }) => context.notes + 1 }) } },
  });
  return persist(machine, { engine, id: 'parent' });
}

const CHILDREN: Record<string, (engine: Engine, works: Promise<string>[]) => AnyActorLogic> = {
  'a promise': (_, works) => workOf(works),
  'a machine': (_, works) => workerOf(works),
  'a machine that is kept by itself': (engine, works) => persist(workerOf(works), { engine, id: 'child' }),
};

for (const [what, childOn] of Object.entries(CHILDREN)) {
  test(`when the failure of ${what} ends a parent that had other events to write before, both go on from before the failure`, async (t) => {
    const gated = await GatedEngine.open(t);
    const first = Promise.withResolvers<string>();
    const logic = parentOf(gated.engine, childOn(gated.engine, [first.promise, Promise.resolve('made at last')]));
    const actor = started(logic);
    await rest(actor);
    const { child } = actor.getSnapshot().children;
    if (child !== undefined && what.includes('kept')) await rest(child);
    const failed = failure(actor);
    const handle = persisted(actor);
    const atLog = gated.hold();
    const notes = [handle.send({ type: 'NOTE' }), handle.send({ type: 'NOTE' })];
    await atLog;
    first.reject(new Error('no luck'));
    // The failure waits behind the second note, with which it was stored once, to end every later parent too.
    while (handle.waiting < 3) await new Promise((resolve) => setImmediate(resolve));
    gated.release();
    await Promise.all(notes);
    t.regex(String(await failed), /no luck/);
    const next = started(logic);
    await waitFor(next, (snapshot) => snapshot.matches('after'), { timeout: 10_000 });
    t.like(next.getSnapshot(), { value: 'after', context: { notes: 2, made: 'made at last' } });
  });
}
