import test from 'ava';
import { createActor } from 'xstate';
import { type Codec, type Engine, persist, persisted } from '../../index.ts';
import { all, counter, failure, memoryEngine, rest, started } from './support/kept-actors.ts';

const KEY = '!lithify.actors!one';

const NONSENSE: readonly (readonly [what: string, encode: () => unknown])[] = [
  ['nothing', () => undefined],
  ['empty text', () => ''],
  ['no bytes', () => new Uint8Array(0)],
  ['half a pair', () => '\ud800'],
  ['a number', () => 7],
  ['a promise', async () => 'later'],
  ['an array', () => [1, 2]],
  ['a buffer without a view', () => new ArrayBuffer(3)],
  ['words', () => new Uint16Array([300])],
];

for (const [what, encode] of NONSENSE) {
  test(`a codec that makes ${what} of a value is refused before anything is stored`, async (t) => {
    const engine = await memoryEngine(t);
    const codec = { encode, decode: () => ({}) } as unknown as Codec;
    const actor = createActor(persist(counter(), { engine, id: 'one', codec }));
    const failed = failure(actor);
    actor.start();
    t.like(await failed, { code: 'LITHIFY_INVALID_ARGUMENT', details: { option: 'codec' } });
    t.false(await engine.kv.has(KEY));
  });
}

test('a codec that throws, and one that decodes nonsense, end in a code', async (t) => {
  const engine = await memoryEngine(t);
  const broken = () => {
    throw new Error('broken');
  };
  const encoding = started(persist(counter(), { engine, id: 'one', codec: { encode: broken, decode: broken } }));
  await t.throwsAsync(persisted(encoding).settled(), { code: 'LITHIFY_INVALID_ARGUMENT', message: /broken/ });
  await rest(started(persist(counter(), { engine, id: 'one' })));
  for (const decode of [broken, () => 7, () => null, async () => ({})]) {
    const codec = { encode: JSON.stringify, decode };
    t.like(createActor(persist(counter(), { engine, id: 'one', codec })).getSnapshot(), {
      status: 'error',
      error: { code: 'LITHIFY_CORRUPTION' },
    });
  }
});

test('a codec may use its buffer again, and may write into what it is given', async (t) => {
  const engine = await memoryEngine(t);
  const shared = Buffer.alloc(4096);
  const codec: Codec = {
    encode: (value) => shared.subarray(0, shared.write(JSON.stringify(value))),
    decode: (bytes) => {
      const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
      bytes.fill(0);
      return value;
    },
  };
  const logic = persist(counter(), { engine, id: 'one', codec });
  const actor = started(logic);
  await persisted(actor).send({ type: 'ADD', by: 5 });
  actor.stop();
  for (let i = 0; i < 2; i++) t.is(createActor(logic).getSnapshot().context.count, 5);
  t.deepEqual(
    (await all(persisted(createActor(logic)).history())).map(({ event }) => event.type),
    ['xstate.init', 'ADD'],
  );
});

type Envelope = Record<string, unknown> & { state: Record<string, unknown> };
const DAMAGES: readonly (readonly [what: string, damage: (envelope: Envelope) => object])[] = [
  ['another format', (found) => ({ ...found, format: 3 })],
  ['no revision', (found) => ({ ...found, revision: 0.5 })],
  ['a version below 0', (found) => ({ ...found, version: -1 })],
  ['no time', (found) => ({ ...found, at: 'noon' })],
  ['a timer that is null', (found) => ({ ...found, timers: [null] })],
  ['a timer without an event', (found) => ({ ...found, timers: [{ dueAt: 1 }] })],
  ['a timer that is due never', (found) => ({ ...found, timers: [{ event: { type: 'ADD' }, dueAt: 'soon' }] })],
  ['an end that is null', (found) => ({ ...found, ends: [null] })],
  ['an end without a type', (found) => ({ ...found, ends: [{}] })],
  ['a state of no status', (found) => ({ ...found, state: { ...found.state, status: 'lost' } })],
  ['a state that failed', (found) => ({ ...found, state: { ...found.state, status: 'error', error: 'x' } })],
  ['a list for a state', (found) => ({ ...found, state: [] })],
];

async function damaged(engine: Engine, damage: (envelope: Envelope) => object): Promise<void> {
  const actor = started(persist(counter(), { engine, id: 'one' }));
  await rest(actor);
  actor.stop();
  const found = JSON.parse(String(await engine.kv.get(KEY))) as Envelope;
  await engine.kv.put(KEY, JSON.stringify(damage(found)));
}

for (const [what, damage] of DAMAGES) {
  test(`${what} in what is stored is corruption, and names the actor`, async (t) => {
    const engine = await memoryEngine(t);
    await damaged(engine, damage);
    const { error } = createActor(persist(counter(), { engine, id: 'one' })).getSnapshot();
    t.like(error, { code: 'LITHIFY_CORRUPTION', details: { id: 'one' } });
  });
}
