import { deserialize, serialize } from 'node:v8';
import test from 'ava';
import { assign, createMachine, fromPromise, setup, spawnChild } from 'xstate';
import { persist, persisted } from '../../index.ts';
import { all, failure, memoryEngine, rest, started } from './support/kept-actors.ts';

type KeepEvent = { type: 'KEEP'; value?: unknown } | { type: 'NOTE'; value?: unknown };

/** By KEEP it puts into its context what is held; by NOTE it only looks at the event. */
function keeper(held: { value: unknown }) {
  return setup({ types: { context: {} as { kept: unknown }, events: {} as KeepEvent } }).createMachine({
    context: { kept: null },
    on: { KEEP: { actions: assign({ kept: () => held.value }) }, NOTE: { actions: () => {} } },
  });
}

class Money {
  amount = 1;
}
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const deep = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 0);

const CHANGED: [what: string, value: unknown, path: string][] = [
  ['a Map', new Map([[1, 2]]), ''],
  ['a Set', new Set([1]), ''],
  ['a Date', new Date(0), ''],
  ['an instance of a class', { list: [1, new Money()] }, '.list[1]'],
  ['an error', new Error('x'), ''],
  ['bytes', new Uint8Array(2), ''],
  ['a bigint', { n: 1n }, '.n'],
  ['NaN', [Number.NaN], '[0]'],
  ['an infinity', Number.POSITIVE_INFINITY, ''],
  ['a function', { call: () => 1 }, '.call'],
  ['a symbol', Symbol('x'), ''],
  ['a symbol as a key', { [Symbol('x')]: 1 }, ''],
  ['undefined in an array', [1, undefined], '[1]'],
  ['a gap in an array', Array(2), ''],
  ['what contains itself', cyclic, '.self'],
];

for (const [what, value, path] of CHANGED) {
  test(`${what} in the context ends the actor before anything of it is stored`, async (t) => {
    const [engine, held] = [await memoryEngine(t), { value: null as unknown }];
    const logic = persist(keeper(held), { engine, id: 'one' });
    const actor = started(logic);
    await rest(actor);
    held.value = value;
    const error = await t.throwsAsync(persisted(actor).send({ type: 'KEEP' }), { code: 'LITHIFY_INVALID_ARGUMENT' });
    t.like(error, { details: { path: `actor.state.context.kept${path}` } });
    t.is(actor.getSnapshot().status, 'error');
    t.is(started(logic).getSnapshot().context.kept, null);
  });

  test(`${what} in an event is refused to who awaits it, and the actor goes on`, async (t) => {
    // An error is kept as what it says.
    if (value instanceof Error) {
      t.pass();
      return;
    }
    const [engine, held] = [await memoryEngine(t), { value: null as unknown }];
    const actor = started(persist(keeper(held), { engine, id: 'one' }));
    const error = await t.throwsAsync(persisted(actor).send({ type: 'NOTE', value }), { code: 'LITHIFY_INVALID_ARGUMENT' });
    t.like(error, { details: { path: `event.value${path}` } });
    await persisted(actor).send({ type: 'NOTE', value: 'sound' });
    t.deepEqual([actor.getSnapshot().status, persisted(actor).revision], ['active', 2]);
  });
}

test('an event that cannot be kept and that nobody awaits ends the actor: it must not be lost in silence', async (t) => {
  const [engine, held] = [await memoryEngine(t), { value: null as unknown }];
  const actor = started(persist(keeper(held), { engine, id: 'one' }));
  await rest(actor);
  const failed = failure(actor);
  actor.send({ type: 'NOTE', value: new Map() });
  t.like(await failed, { code: 'LITHIFY_INVALID_ARGUMENT' });
});

test('data that JSON brings back comes back', async (t) => {
  const [engine, held] = [await memoryEngine(t), { value: null as unknown }];
  const logic = persist(keeper(held), { engine, id: 'one' });
  const shared = { n: 1 };
  held.value = {
    text: 'Grüße 🦀 \ud800',
    none: null,
    list: [1, [true], {}],
    shared: [shared, shared],
    bare: Object.assign(Object.create(null), { a: 1 }),
  };
  const first = started(logic);
  await persisted(first).send({ type: 'KEEP' });
  first.stop();
  t.deepEqual(started(logic).getSnapshot().context.kept, JSON.parse(JSON.stringify(held.value)));
});

test('nesting without an end is refused, and not a crash', async (t) => {
  const [engine, held] = [await memoryEngine(t), { value: null as unknown }];
  const actor = started(persist(keeper(held), { engine, id: 'one' }));
  await t.throwsAsync(persisted(actor).send({ type: 'NOTE', value: deep(50_000) }), {
    code: 'LITHIFY_INVALID_ARGUMENT',
    message: /nested too deeply/,
  });
  t.is((await persisted(actor).send({ type: 'NOTE', value: deep(100) })).status, 'active');
});

test('a state that is larger than a write may be ends the actor with a coded error', async (t) => {
  const held = { value: null as unknown };
  const engine = await memoryEngine(t, { memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024 });
  const actor = started(persist(keeper(held), { engine, id: 'one' }));
  await rest(actor);
  held.value = 'x'.repeat(40 * 1024);
  await t.throwsAsync(persisted(actor).send({ type: 'KEEP' }), { code: 'LITHIFY_INVALID_ARGUMENT', message: /too large/ });
});

test('a failed promise is told in the history by what its error says', async (t) => {
  const engine = await memoryEngine(t);
  const work = fromPromise(async (): Promise<void> => {
    throw Object.assign(new TypeError('no way'), { code: 'E_WAY' });
  });
  const machine = setup({ actors: { work } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { id: 'work', src: 'work', onError: 'b' } }, b: {} },
  });
  const actor = started(persist(machine, { engine, id: 'one' }));
  await new Promise<void>((resolve) => actor.subscribe({ next: ({ value }) => void (value === 'b' && resolve()), error: () => {} }));
  const last = (await all(persisted(actor).history())).at(-1);
  t.like(last, { revision: 2, event: { type: 'xstate.error.actor.work', error: { name: 'TypeError', message: 'no way', code: 'E_WAY' } } });
});

test('a child that was spawned from a logic without a name is refused, by its id', async (t) => {
  const engine = await memoryEngine(t);
  const machine = createMachine({
    on: {
      HIRE: {
        actions: spawnChild(
          fromPromise(async () => 1),
          { id: 'nameless' },
        ),
      },
    },
  });
  const actor = started(persist(machine, { engine, id: 'one' }));
  await t.throwsAsync(persisted(actor).send({ type: 'HIRE' }), { code: 'LITHIFY_INVALID_ARGUMENT', message: /'nameless'.*setup/ });
});

test('a codec keeps what JSON cannot', async (t) => {
  const [engine, held] = [await memoryEngine(t), { value: null as unknown }];
  const logic = persist(keeper(held), { engine, id: 'one', codec: { encode: serialize, decode: deserialize } });
  const first = started(logic);
  held.value = new Map([['due', new Date(5)]]);
  await persisted(first).send({ type: 'KEEP', value: new Set([1n]) });
  first.stop();
  const second = started(logic);
  t.deepEqual(second.getSnapshot().context.kept, held.value);
  t.deepEqual((await all(persisted(second).history())).at(-1)?.event, { type: 'KEEP', value: new Set([1n]) });
  held.value = () => {};
  await t.throwsAsync(persisted(second).send({ type: 'KEEP' }), { code: 'LITHIFY_INVALID_ARGUMENT', message: /codec/ });
});
