import test from 'ava';
import { assign, createActor, setup, toPromise, waitFor } from 'xstate';
import { type EngineLogicInput, engineLogic, open } from '../../index.ts';
import { TINY } from '../support/engines.ts';
import { failure, freshStore, opened, startEngine } from './support/engine-actors.ts';

test("an opening that fails is the actor's error, coded, and its parent's onError", async (t) => {
  const location = await freshStore(t);
  const machine = createActor(
    setup({ types: { context: {} as { error: unknown } }, actors: { engine: engineLogic } }).createMachine({
      context: { error: undefined },
      initial: 'running',
      states: {
        running: {
          invoke: {
            src: 'engine',
            id: 'engine',
            input: { location, options: { createIfMissing: false } },
            onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
          },
        },
        failed: { type: 'final' },
      },
    }),
  ).start();
  await toPromise(machine);
  t.like(machine.getSnapshot().context.error, { code: 'LITHIFY_NOT_FOUND', details: { location } });
});

test('an engine that is open elsewhere is LITHIFY_LOCKED: only engines of stopped actors are waited for', async (t) => {
  const location = await freshStore(t);
  const engine = await open(location, TINY);
  t.like(await failure(await startEngine(t, { location })), { code: 'LITHIFY_LOCKED' });
  await engine.close();
  await opened(await startEngine(t, { location }));
  t.like(await failure(await startEngine(t, { location })), { code: 'LITHIFY_LOCKED' });
});

test('malformed input is LITHIFY_INVALID_ARGUMENT that names what is wrong', async (t) => {
  const inputs: [unknown, string][] = [
    [undefined, 'input'],
    ['./db', 'input'],
    [{}, 'location'],
    [{ location: '' }, 'location'],
    [{ location: 5 }, 'location'],
    [{ location: 'memory', option: {} }, 'option'],
    [{ location: 'memory', options: 'none' }, 'options'],
    [{ location: 'memory', options: { compactors: 0 } }, 'compactors'],
    [{ location: 'memory', options: { compactor: 2 } }, 'compactor'],
  ];
  for (const [input, option] of inputs) {
    const actor = createActor(engineLogic, { input: input as EngineLogicInput });
    const failed = failure(actor);
    actor.start();
    t.like(await failed, { code: 'LITHIFY_INVALID_ARGUMENT', details: { option } }, JSON.stringify(input));
  }
});

test('an engine that breaks is an error with the defect as its cause, and can be opened again at once', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  const engine = await opened(actor);
  await engine.kv.put('key', 'value');
  const failed = failure(actor);
  // What no mailbox understands.
  engine.mailbox?.send({ type: 'Admit' } as never);
  t.like(await failed, { code: 'LITHIFY_CLOSED', cause: { code: 'LITHIFY_INTERNAL' } });
  t.is(await (await opened(await startEngine(t, { location }))).kv.get('key'), 'value');
});

test('a supervisor that leaves the state and enters it again after an error has its engine again', async (t) => {
  const location = await freshStore(t);
  const supervisor = setup({
    types: { context: {} as { tries: number; location: string }, input: {} as { location: string } },
    actors: { engine: engineLogic },
    delays: { backOff: ({ context }) => context.tries },
  }).createMachine({
    context: ({ input }) => ({ tries: 0, ...input }),
    initial: 'running',
    states: {
      running: {
        invoke: {
          src: 'engine',
          id: 'engine',
          input: ({ context }) => ({ location: context.location, options: { ...TINY, createIfMissing: context.tries >= 3 } }),
          onError: { target: 'backingOff', actions: assign({ tries: ({ context }) => context.tries + 1 }) },
          onSnapshot: { guard: ({ event }) => event.snapshot.matches('open'), target: '.ready' },
        },
        initial: 'opening',
        states: { opening: {}, ready: {} },
      },
      backingOff: { after: { backOff: 'running' } },
    },
  });
  const machine = createActor(supervisor, { input: { location } }).start();
  t.teardown(() => machine.stop());
  const { context } = await waitFor(machine, (snapshot) => snapshot.matches({ running: 'ready' }));
  t.is(context.tries, 3);
});
