import test from 'ava';
import { assign, createActor, setup, toPromise, waitFor } from 'xstate';
import { type Engine, type EngineEvent, engineLogic, type ShutdownReport } from '../../index.ts';
import { TINY } from '../support/engines.ts';
import { freshStore, MEMORY, opened, startEngine } from './support/engine-actors.ts';

/** The host of the guide: the engine runs while it is `running`, and it goes on when the engine has closed. */
const host = setup({
  types: {
    context: {} as { location: string; engine: Engine | undefined; report: ShutdownReport | undefined; failure: unknown },
    events: {} as { type: 'Stop' },
    input: {} as { location: string },
  },
  actors: { engine: engineLogic },
  guards: { isOpen: (_, snapshot: { matches(state: 'open'): boolean }) => snapshot.matches('open') },
}).createMachine({
  context: ({ input: { location } }) => ({ location, engine: undefined, report: undefined, failure: undefined }),
  initial: 'running',
  states: {
    running: {
      invoke: {
        src: 'engine',
        id: 'engine',
        input: ({ context: { location } }) => ({ location, options: TINY }),
        onSnapshot: {
          guard: { type: 'isOpen', params: ({ event }) => event.snapshot },
          target: '.ready',
          actions: assign({ engine: ({ event }) => event.snapshot.context.engine }),
        },
        onDone: { target: 'ended', actions: assign({ report: ({ event }) => event.output }) },
        onError: { target: 'ended', actions: assign({ failure: ({ event }) => event.error }) },
      },
      initial: 'opening',
      states: { opening: {}, ready: {} },
      on: { Stop: { actions: ({ self }) => self.getSnapshot().children.engine?.send({ type: 'Shutdown' }) } },
    },
    ended: { type: 'final' },
  },
});

test('opening, open, closing, closed: the states of an engine are the states of its actor', async (t) => {
  const actor = await startEngine(t);
  const values: unknown[] = [actor.getSnapshot().value];
  actor.subscribe(({ value }) => JSON.stringify(value) !== JSON.stringify(values.at(-1)) && values.push(value));
  const engine = await opened(actor);
  await engine.kv.put('key', 'value');
  actor.send({ type: 'Shutdown' });
  t.deepEqual(await toPromise(actor), { type: 'Shutdown', refused: 0, aborted: 0 });
  t.deepEqual(values, ['opening', { open: 'running' }, 'closing', 'closed']);
  t.is(actor.getSnapshot().status, 'done');
});

test('the context has the location at once, and the engine from open on', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  t.like(actor.getSnapshot().context, { location, engine: undefined });
  const engine = await opened(actor);
  t.is(engine.location, location);
  actor.send({ type: 'Shutdown' });
  await toPromise(actor);
  t.is(actor.getSnapshot().context.engine, engine);
  t.is(engine.stats().state, 'closed');
});

test('a machine that invokes it hears of opening by onSnapshot and of closing by onDone', async (t) => {
  const machine = createActor(host, { input: { location: await freshStore(t) } }).start();
  const { context } = await waitFor(machine, (snapshot) => snapshot.matches({ running: 'ready' }));
  await context.engine?.kv.put('key', 'value');
  machine.send({ type: 'Stop' });
  await toPromise(machine);
  const { report, failure } = machine.getSnapshot().context;
  t.deepEqual([report, failure], [{ type: 'Shutdown', refused: 0, aborted: 0 }, undefined]);
});

test('everything that the engine tells is emitted, from opened to closed', async (t) => {
  const actor = await startEngine(t, { options: MEMORY });
  const [emitted, told]: [string[], EngineEvent[]] = [[], []];
  actor.on('*', ({ type }) => type !== 'reply' && emitted.push(type));
  const engine = await opened(actor);
  engine.events$.subscribe((event) => told.push(event));
  await engine.kv.put('key', 'value');
  await engine.ask({ type: 'MajorCompaction' });
  await engine.close();
  await toPromise(actor);
  t.deepEqual(
    emitted,
    told.map(({ type }) => type),
  );
  t.is(emitted[0], 'opened');
  t.is(emitted.at(-1), 'closed');
  t.true(emitted.includes('compacted'));
});

test('an engine that somebody else closes is an engine that has closed', async (t) => {
  const actor = await startEngine(t);
  const engine = await opened(actor);
  await engine.close();
  t.deepEqual(await toPromise(actor), { type: 'Shutdown', refused: 0, aborted: 0 });
});

test('a Shutdown that comes while the engine is being opened closes it again', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  actor.send({ type: 'Shutdown' });
  t.is(actor.getSnapshot().value, 'closing');
  await toPromise(actor);
  t.is(actor.getSnapshot().context.engine?.stats().state, 'closed');
  await opened(await startEngine(t, { location }));
});

test('one machine can have several engines, each with its own', async (t) => {
  const locations = [await freshStore(t), await freshStore(t)];
  const machine = createActor(
    setup({ actors: { engine: engineLogic } }).createMachine({
      context: ({ spawn }) => ({
        engines: locations.map((location, i) => spawn('engine', { id: `engine-${i}`, input: { location, options: TINY } })),
      }),
    }),
  ).start();
  const { engines } = machine.getSnapshot().context;
  const [first, second] = await Promise.all(engines.map(opened));
  await Promise.all([first.kv.put('key', 'first'), second.kv.put('key', 'second')]);
  engines[0].send({ type: 'Shutdown' });
  await toPromise(engines[0]);
  t.is(await second.kv.get('key'), 'second');
  machine.stop();
  await second.closed;
});

test('an inspector of the host sees the actor, one in the options sees the actors of the engine', async (t) => {
  const [outside, inside] = [new Set<string>(), new Set<string>()];
  const seeIn = (seen: Set<string>) => (event: unknown) => void seen.add(String((event as { actorRef: { id: unknown } }).actorRef.id));
  const actor = createActor(engineLogic, {
    ...{ id: 'store', inspect: seeIn(outside) },
    input: { location: 'memory', options: { ...MEMORY, inspect: seeIn(inside) } },
  }).start();
  await opened(actor);
  actor.send({ type: 'Shutdown' });
  await toPromise(actor);
  t.true(outside.has('store') && !outside.has('mailbox'));
  t.true(inside.has('mailbox') && !inside.has('store'));
});
