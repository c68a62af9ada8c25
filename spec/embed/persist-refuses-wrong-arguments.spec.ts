import test from 'ava';
import { createMachine } from 'xstate';
import { type Engine, engineClosed, forget, persist, persisted, persistedIds } from '../../index.ts';
import { all, memoryEngine, started } from './support/kept-actors.ts';

const lamp = createMachine({ initial: 'off', states: { off: { on: { PRESS: 'on' } }, on: { on: { PRESS: 'off' } } } });
/** What a program without types may pass. */
const wrong = (value: unknown) => value as never;

const NO_EVENTS: [what: string, event: unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['the bare type', 'PRESS'],
  ['an object without a type', { typ: 'PRESS' }],
  ['a type that is no text', { type: 7 }],
];

for (const [what, event] of NO_EVENTS) {
  test(`sending ${what} is refused to who sends it, and the actor goes on`, async (t) => {
    const actor = started(persist(lamp, { engine: await memoryEngine(t), id: 'lamp' }));
    await t.throwsAsync(persisted(actor).send(wrong(event)), { code: 'LITHIFY_INVALID_ARGUMENT', message: /it must be an event/ });
    t.is((await persisted(actor).send({ type: 'PRESS' })).value, 'on');
  });
}

test('an actor whose id or context could not be made says what was thrown', async (t) => {
  const engine = await memoryEngine(t);
  const thrown = new Error('no number');
  const fail = () => {
    throw thrown;
  };
  t.like(
    t.throws(() => persisted(started(persist(lamp, { engine, id: fail })))),
    { details: { option: 'id' }, cause: thrown },
  );
  t.is(
    t.throws(() => persisted(started(persist(createMachine({ context: fail }), { engine, id: 'one' })))),
    thrown,
  );
});

test('options that are null, unknown or of another type are named', async (t) => {
  const engine = await memoryEngine(t);
  const lampNow = persisted(started(persist(lamp, { engine, id: 'lamp' })));
  const refused = async (option: string, call: () => unknown) => {
    t.like(await t.throwsAsync(async () => call(), { code: 'LITHIFY_INVALID_ARGUMENT' }), { details: { option } });
  };
  await refused('history', () => persist(lamp, { engine, id: 'two', history: wrong(null) }));
  await refused('version', () => persist(lamp, { engine, id: 'two', version: wrong(null) }));
  await refused('lats', () => all(lampNow.history(wrong({ lats: 2 }))));
  await refused('options', () => all(lampNow.history(wrong(null))));
  await refused('topik', () => forget(engine, 'lamp', wrong({ topik: 'x' })));
  await refused('options', () => forget(engine, 'lamp', wrong(null)));
  for (const none of [null, {}] as unknown[] as Engine[]) {
    await refused('engine', () => forget(none, 'lamp'));
    await refused('engine', () => persistedIds(none).next());
  }
  await refused('actor', () => persisted(wrong(null)));
  await refused('location', () => engineClosed(wrong(7)));
  await refused('options', () => engineClosed('x', wrong(null)));
});
