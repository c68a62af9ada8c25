import test from 'ava';
import { type ActorRefFrom, assign, createActor, fromPromise, sendParent, sendTo, setup } from 'xstate';
import { type Engine, forget, persist, persisted } from '../../index.ts';
import { counter, failure, GatedEngine, memoryEngine, rest, started } from './support/kept-actors.ts';

const add = { type: 'ADD' } as const;

/** A parent that is kept, with a child that is kept by itself. */
function family(engine: Engine, ran: string[] = []) {
  const child = persist(counter(ran), { engine, id: 'child' });
  const parent = setup({
    types: { context: {} as { result: number | null }, events: {} as { type: 'PASS' } | { type: 'END' } | { type: 'HIRE' } },
    actors: { child },
  }).createMachine({
    context: { result: null },
    initial: 'alone',
    states: {
      alone: { on: { HIRE: 'together' } },
      together: {
        invoke: {
          id: 'worker',
          src: 'child',
          onDone: { target: 'after', actions: assign({ result: ({ event }) => event.output }) },
        },
        on: { PASS: { actions: sendTo('worker', add) }, END: { actions: sendTo('worker', { type: 'END' }) } },
      },
      after: { type: 'final' },
    },
  });
  return persist(parent, { engine, id: 'parent' });
}

function workerOf(actor: { getSnapshot(): { children: Record<string, unknown> } }) {
  return actor.getSnapshot().children.worker as ActorRefFrom<ReturnType<typeof counter>>;
}

test('a child that is kept by itself goes on where it was, though its parent never heard of it', async (t) => {
  const engine = await memoryEngine(t);
  const ran: string[] = [];
  const first = started(family(engine, ran));
  await persisted(first).send({ type: 'HIRE' });
  await persisted(workerOf(first)).send(add);
  await persisted(workerOf(first)).send(add);
  first.stop();
  const second = started(family(engine, ran));
  t.is(workerOf(second).getSnapshot().context.count, 2);
  t.is((await persisted(workerOf(second)).send(add)).context.count, 3);
  t.deepEqual(ran, ['began', 'told 1', 'told 2', 'told 3']);
});

test('a parent hears that its child is done, if not before a restart then after it, and once', async (t) => {
  const gated = await GatedEngine.open(t);
  const first = started(family(gated.engine));
  await persisted(first).send({ type: 'HIRE' });
  const child = workerOf(first);
  await persisted(child).send(add);
  await persisted(child).send({ type: 'END' });
  // The child's end is stored; that its parent knows is about to be.
  gated.refuse('EIO');
  t.like(await failure(first), { code: 'LITHIFY_WAL' });
  gated.accept();
  const second = started(family(gated.engine));
  await new Promise<void>((resolve) => second.subscribe({ complete: resolve }));
  t.like(second.getSnapshot(), { status: 'done', context: { result: 1 } });
  t.is(started(family(gated.engine)).getSnapshot().status, 'done');
});

test('a child whose first state was not stored begins with its input after a restart', async (t) => {
  const gated = await GatedEngine.open(t);
  const child = setup({ types: { input: {} as number, context: {} as { n: number } } }).createMachine({
    context: ({ input }) => ({ n: input }),
  });
  const make = () => {
    const parent = setup({
      types: { events: {} as { type: 'HIRE' } },
      actors: { child: persist(child, { engine: gated.engine, id: 'child' }) },
    });
    return persist(
      parent.createMachine({
        initial: 'alone',
        states: {
          alone: { on: { HIRE: 'together' } },
          together: { invoke: { id: 'worker', src: 'child', input: 7, onError: 'left' } },
          left: {},
        },
      }),
      { engine: gated.engine, id: 'parent' },
    );
  };
  const first = started(make());
  await rest(first);
  const hired = persisted(first).send({ type: 'HIRE' });
  // Its parent's step is stored, its own first state is not.
  await hired;
  gated.refuse('EIO');
  t.like(await failure(first), { code: 'LITHIFY_WAL' });
  gated.accept();
  const second = started(make());
  const worker = second.getSnapshot().children.worker as ActorRefFrom<typeof child>;
  t.is(worker.getSnapshot().context.n, 7);
  await persisted(worker).settled();
  t.is(persisted(worker).revision, 1);
});

test('a child that was forgotten is missed when its parent is restored', async (t) => {
  const engine = await memoryEngine(t);
  const first = started(family(engine));
  await persisted(first).send({ type: 'HIRE' });
  await persisted(workerOf(first)).send(add);
  await persisted(first).send({ type: 'PASS' });
  await persisted(workerOf(first)).settled();
  first.stop();
  await forget(engine, 'child');
  const second = createActor(family(engine));
  const failed = failure(second);
  second.start();
  t.like(await failed, { code: 'LITHIFY_NOT_FOUND', details: { id: 'child' } });
});

test('the end of a child that waits behind another event is not lost in a restart', async (t) => {
  const gated = await GatedEngine.open(t);
  const work = Promise.withResolvers<string>();
  const machine = setup({
    types: { context: {} as { notes: number; result: string | null }, events: {} as { type: 'NOTE' } },
    actors: { work: fromPromise(() => work.promise) },
  }).createMachine({
    context: { notes: 0, result: null },
    initial: 'working',
    states: {
      working: {
        invoke: { id: 'work', src: 'work', onDone: { target: 'after', actions: assign({ result: ({ event }) => event.output }) } },
      },
      after: {},
    },
    on: { NOTE: { actions: assign({ notes: ({ context }) => context.notes + 1 }) } },
  });
  const logic = persist(machine, { engine: gated.engine, id: 'one' });
  const actor = started(logic);
  await rest(actor);
  const atLog = gated.hold();
  const handle = persisted(actor);
  const [one, two] = [handle.send({ type: 'NOTE' }), handle.send({ type: 'NOTE' })];
  await atLog;
  work.resolve('made');
  while (handle.waiting < 3) await Promise.resolve();
  actor.subscribe({
    next: ({ context }) => void (context.notes === 2 && context.result === null && gated.refuse('EIO')),
    error: () => {},
  });
  gated.release();
  await Promise.all([one, two]);
  await failure(actor);
  gated.accept();
  const next = started(logic);
  await rest(next);
  t.like(next.getSnapshot(), { value: 'after', context: { notes: 2, result: 'made' } });
});

test('a child that is not kept by itself is kept as its parent knew it last', async (t) => {
  const engine = await memoryEngine(t);
  const child = setup({ types: { context: {} as { n: number }, events: {} as { type: 'MORE' } } }).createMachine({
    context: { n: 0 },
    on: { MORE: { actions: [assign({ n: ({ context }) => context.n + 1 }), sendParent({ type: 'MADE' })] } },
  });
  const machine = setup({
    types: { context: {} as { made: number }, events: {} as { type: 'MADE' } },
    actors: { child },
  }).createMachine({
    context: { made: 0 },
    invoke: { id: 'worker', src: 'child' },
    on: { MADE: { actions: assign({ made: ({ context }) => context.made + 1 }) } },
  });
  const logic = persist(machine, { engine, id: 'one' });
  const first = started(logic);
  await rest(first);
  (first.getSnapshot().children.worker as ActorRefFrom<typeof child>).send({ type: 'MORE' });
  await rest(first);
  first.stop();
  const second = started(logic);
  t.is((second.getSnapshot().children.worker as ActorRefFrom<typeof child>).getSnapshot().context.n, 1);
  t.is(second.getSnapshot().context.made, 1);
});

test('the children of an actor that fails are stopped, those too that were never started', async (t) => {
  const gated = await GatedEngine.open(t);
  const aborted: string[] = [];
  const work = fromPromise(
    ({ input, signal }: { input: string; signal: AbortSignal }) =>
      new Promise<void>(() => signal.addEventListener('abort', () => aborted.push(input))),
  );
  const machine = setup({ types: { events: {} as { type: 'MORE' } }, actors: { work } }).createMachine({
    initial: 'one',
    states: {
      one: { invoke: { id: 'a', src: 'work', input: 'a' }, on: { MORE: 'two' } },
      two: { invoke: { id: 'b', src: 'work', input: 'b', systemId: 'the b' } },
    },
  });
  const actor = started(persist(machine, { engine: gated.engine, id: 'one' }));
  await rest(actor);
  gated.refuse('EIO');
  await t.throwsAsync(persisted(actor).send({ type: 'MORE' }), { code: 'LITHIFY_WAL' });
  t.deepEqual(aborted, ['a']);
  t.is(actor.system.get('the b'), undefined);
});

test('a state that invokes under a system id can be entered again', async (t) => {
  const engine = await memoryEngine(t);
  const machine = setup({ types: { events: {} as { type: 'AGAIN' } }, actors: { child: counter() } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { id: 'c', src: 'child', systemId: 'the child' }, on: { AGAIN: { target: 'a', reenter: true } } } },
  });
  const actor = started(persist(machine, { engine, id: 'one' }));
  await rest(actor);
  const before = actor.system.get('the child');
  await persisted(actor).send({ type: 'AGAIN' });
  const after = actor.system.get('the child');
  t.truthy(after);
  t.not(after, before);
  t.is(after, actor.getSnapshot().children.c);
});

test('a state can be entered again though a child of its child has a system id', async (t) => {
  const engine = await memoryEngine(t);
  const child = setup({ actors: { grandchild: counter() } }).createMachine({ invoke: { src: 'grandchild', systemId: 'the grandchild' } });
  const machine = setup({ types: { events: {} as { type: 'AGAIN' } }, actors: { child } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { id: 'c', src: 'child' }, on: { AGAIN: { target: 'a', reenter: true } } } },
  });
  const actor = started(persist(machine, { engine, id: 'one' }));
  await rest(actor);
  const before = actor.system.get('the grandchild');
  await persisted(actor).send({ type: 'AGAIN' });
  const after = actor.system.get('the grandchild');
  t.truthy(after);
  t.not(after, before);
});

test('a supervisor that is not kept restarts a child that failed, and it is as it was', async (t) => {
  const gated = await GatedEngine.open(t);
  const child = persist(counter(), { engine: gated.engine, id: 'one' });
  const supervisor = setup({ types: { events: {} as { type: 'AGAIN' } }, actors: { child } }).createMachine({
    initial: 'up',
    states: { up: { invoke: { id: 'worker', src: 'child', onError: 'down' } }, down: { on: { AGAIN: 'up' } } },
  });
  const actor = started(supervisor);
  await persisted(workerOf(actor)).send(add);
  gated.refuse('EIO');
  await t.throwsAsync(persisted(workerOf(actor)).send(add), { code: 'LITHIFY_WAL' });
  t.is(actor.getSnapshot().value, 'down');
  gated.accept();
  actor.send({ type: 'AGAIN' });
  t.is((await persisted(workerOf(actor)).send(add)).context.count, 2);
});
