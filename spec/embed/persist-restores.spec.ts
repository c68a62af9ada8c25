import test from 'ava';
import { EMPTY } from 'rxjs';
import {
  type AnyActorLogic,
  assign,
  createActor,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  setup,
  toPromise,
} from 'xstate';
import { open, type PersistOptions, persist, persisted } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { counter, memoryEngine, rest, started } from './support/kept-actors.ts';

test('an actor that is done is done at once when it is made again, with its output', async (t) => {
  const engine = await memoryEngine(t);
  const logic = persist(counter(), { engine, id: 'one' });
  const actor = started(logic);
  await persisted(actor).send({ type: 'ADD', by: 4 });
  t.is((await persisted(actor).send({ type: 'END' })).output, 4);
  const again = createActor(logic);
  const output = toPromise(again);
  again.start();
  t.is(await output, 4);
});

test('an actor that is done from the start is done when that is stored, and its entry actions have run', async (t) => {
  const engine = await memoryEngine(t);
  const ran: string[] = [];
  const machine = setup({ actions: { tell: () => void ran.push('told') } }).createMachine({
    initial: 'over',
    entry: 'tell',
    states: { over: { type: 'final' } },
    output: 'nothing to do',
  });
  const logic = persist(machine, { engine, id: 'one' });
  const actor = createActor(logic);
  const output = toPromise(actor);
  actor.start();
  t.is(actor.getSnapshot().status, 'active');
  t.is(await output, 'nothing to do');
  t.is(createActor(logic).getSnapshot().status, 'done');
  t.deepEqual(ran, ['told']);
});

test('what was stored is found again by an engine that is opened anew, from tables as from memory', async (t) => {
  const directory = await tempDirectory(t);
  for (let life = 1; life <= 3; life++) {
    const engine = await open(directory);
    const actor = started(persist(counter(), { engine, id: 'one' }));
    await persisted(actor).send({ type: 'ADD' });
    t.is(actor.getSnapshot().context.count, life);
    if (life === 2) await engine.ask({ type: 'MajorCompaction' });
    await engine.close();
  }
});

test('history states and parallel regions come back as they were', async (t) => {
  const engine = await memoryEngine(t);
  const machine = setup({ types: { events: {} as { type: 'NEXT' } | { type: 'OUT' } | { type: 'BACK' } } }).createMachine({
    type: 'parallel',
    states: {
      light: { initial: 'red', states: { red: { on: { NEXT: 'green' } }, green: {} } },
      work: {
        initial: 'in',
        states: {
          in: { initial: 'a', states: { a: { on: { NEXT: 'b' } }, b: {}, last: { type: 'history' } }, on: { OUT: 'out' } },
          out: { on: { BACK: 'in.last' } },
        },
      },
    },
  });
  const logic = persist(machine, { engine, id: 'one' });
  const first = started(logic);
  await persisted(first).send({ type: 'NEXT' });
  await persisted(first).send({ type: 'OUT' });
  first.stop();
  const second = started(logic);
  t.deepEqual(second.getSnapshot().value, { light: 'green', work: 'out' });
  t.deepEqual((await persisted(second).send({ type: 'BACK' })).value, { light: 'green', work: { in: 'b' } });
});

test('a reducer made by fromTransition is kept as well', async (t) => {
  const engine = await memoryEngine(t);
  const sum = fromTransition((total: number, event: { type: 'ADD'; by: number }) => (event.type === 'ADD' ? total + event.by : total), 0);
  const logic = persist(sum, { engine, id: 'sum' });
  const first = started(logic);
  t.is((await persisted(first).send({ type: 'ADD', by: 3 })).context, 3);
  first.stop();
  const second = started(logic);
  t.is((await persisted(second).send({ type: 'ADD', by: 4 })).context, 7);
  t.is(persisted(second).revision, 3);
});

test('promises, callbacks and observables are refused: what they do is not in their transitions', async (t) => {
  const engine = await memoryEngine(t);
  const logics: readonly AnyActorLogic[] = [
    fromPromise(async () => 1),
    fromCallback(() => {}),
    fromObservable(() => EMPTY),
    persist(counter(), { engine, id: 'inner' }),
  ];
  for (const logic of logics)
    t.throws(() => persist(logic, { engine, id: 'one' }), { code: 'LITHIFY_INVALID_ARGUMENT', message: /Only machines/ });
});

/** The same actor under a machine that was changed. */
function renamed() {
  return setup({ types: { context: {} as { total: number } } }).createMachine({
    context: { total: 0 },
    initial: 'summing',
    states: { summing: { on: { ADD: { actions: assign({ total: ({ context }) => context.total + 1 }) } } } },
  });
}

test('a state that the machine does not have is refused, by name', async (t) => {
  const engine = await memoryEngine(t);
  const first = started(persist(counter(), { engine, id: 'one' }));
  await rest(first);
  first.stop();
  const second = createActor(persist(renamed(), { engine, id: 'one' }));
  t.like(second.getSnapshot(), { status: 'error', error: { code: 'LITHIFY_INVALID_ARGUMENT', details: { id: 'one' } } });
  t.regex(String(second.getSnapshot().error), /'one'.*counting/);
  t.is(started(persist(counter(), { engine, id: 'one' })).getSnapshot().value, 'counting');
});

test('a state of another version is refused without a migration, and taken with one', async (t) => {
  const engine = await memoryEngine(t);
  const first = started(persist(counter(), { engine, id: 'one' }));
  await persisted(first).send({ type: 'ADD', by: 5 });
  first.stop();
  const refused = createActor(persist(renamed(), { engine, id: 'one', version: 2 }));
  t.like(refused.getSnapshot().error, { code: 'LITHIFY_INVALID_ARGUMENT', details: { id: 'one', found: 1, wanted: 2 } });
  const versions: number[] = [];
  const migrate: PersistOptions['migrate'] = (stored, from) => {
    versions.push(from);
    const { context } = stored as typeof stored & { context: { count: number } };
    return Object.assign({}, stored, { value: 'summing', context: { total: context.count } });
  };
  const logic = persist(renamed(), { engine, id: 'one', version: 2, migrate });
  const second = started(logic);
  t.is((await persisted(second).send({ type: 'ADD' })).context.total, 6);
  second.stop();
  t.is(started(logic).getSnapshot().context.total, 6);
  t.deepEqual(versions, [1], 'from then on it is stored as the new version');
});

test('a migration that throws is the actor’s error, and what is stored stays', async (t) => {
  const engine = await memoryEngine(t);
  const first = started(persist(counter(), { engine, id: 'one' }));
  await rest(first);
  first.stop();
  const migrate = () => {
    throw new Error('cannot');
  };
  const second = createActor(persist(counter(), { engine, id: 'one', version: 3, migrate }));
  t.regex(String(second.getSnapshot().error), /'one'.*version 1.*cannot/);
  t.is(started(persist(counter(), { engine, id: 'one' })).getSnapshot().status, 'active');
});

test('bytes that are no state are refused as corrupt, with the id', async (t) => {
  const engine = await memoryEngine(t);
  for (const bytes of ['{"format":1', '{}', '[]', 'null', '{"format":2,"version":1,"revision":1,"timers":[],"ends":[],"state":{}}']) {
    await engine.kv.put('!lithify.actors!one', bytes);
    const actor = createActor(persist(counter(), { engine, id: 'one' }));
    t.like(actor.getSnapshot(), { status: 'error', error: { code: 'LITHIFY_CORRUPTION' } }, bytes);
    t.regex(String(actor.getSnapshot().error), /'one'/);
  }
});

test('a machine that lost the logic of a child is told so', async (t) => {
  const engine = await memoryEngine(t);
  const frame = { invoke: { id: 'worker', src: 'work' } } as const;
  const first = started(persist(setup({ actors: { work: counter() } }).createMachine(frame), { engine, id: 'one' }));
  await rest(first);
  first.stop();
  const without = setup({ actors: {} as { work: ReturnType<typeof counter> } }).createMachine(frame);
  t.regex(String(createActor(persist(without, { engine, id: 'one' })).getSnapshot().error), /no logic for its child 'worker'/);
});

test('a snapshot of one’s own is refused: the state is in the engine', async (t) => {
  const engine = await memoryEngine(t);
  const plain = createActor(counter()).start();
  const actor = createActor(persist(counter(), { engine, id: 'one' }), { snapshot: plain.getPersistedSnapshot() });
  t.like(actor.getSnapshot().error, { code: 'LITHIFY_INVALID_ARGUMENT' });
});

test('options that are none are refused, by name', async (t) => {
  const engine = await memoryEngine(t);
  const wrong: [option: string, options: object][] = [
    ['engine', { id: 'x' }],
    ['id', { engine, id: '' }],
    ['id', { engine, id: 'x'.repeat(1025) }],
    ['id', { engine, id: '\ud800' }],
    ['id', { engine }],
    ['history', { engine, id: 'x', history: -1 }],
    ['history', { engine, id: 'x', history: 1.5 }],
    ['topic', { engine, id: 'x', topic: '' }],
    ['version', { engine, id: 'x', version: '2' }],
    ['migrate', { engine, id: 'x', migrate: true }],
    ['codec', { engine, id: 'x', codec: { encode: () => '' } }],
    ['now', { engine, id: 'x', now: 5 }],
    ['snapshot', { engine, id: 'x', snapshot: {} }],
  ];
  for (const [option, options] of wrong) {
    const error = t.throws(
      () => persist(counter(), options as PersistOptions<ReturnType<typeof counter>>),
      { code: 'LITHIFY_INVALID_ARGUMENT' },
      option,
    );
    t.like(error, { details: { option } });
  }
  t.throws(() => persisted(createActor(counter())), { code: 'LITHIFY_INVALID_ARGUMENT' });
});

test('an id may depend on the input', async (t) => {
  const engine = await memoryEngine(t);
  const machine = setup({ types: { input: {} as { order: number }, context: {} as { order: number } } }).createMachine({
    context: ({ input }) => ({ order: input.order }),
  });
  const logic = persist(machine, { engine, id: ({ order }) => `order ${order}` });
  const [one, two] = [started(logic, { input: { order: 1 } }), started(logic, { input: { order: 2 } })];
  await Promise.all([rest(one), rest(two)]);
  t.deepEqual([persisted(one).id, persisted(two).id, two.getSnapshot().context.order], ['order 1', 'order 2', 2]);
});
