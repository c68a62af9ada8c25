import test from 'ava';
import { createActor, setup, toPromise } from 'xstate';
import { type EngineLogicInput, engineLogic } from '../../index.ts';
import { TINY } from '../support/engines.ts';
import { failure, freshStore, opened, startEngine } from './support/engine-actors.ts';

/** As a store of snapshots would give it back. */
function restored<T>(persisted: T): T {
  return JSON.parse(JSON.stringify(persisted));
}

test('a snapshot holds no engine: only what to open', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  await opened(actor);
  const persisted = restored(actor.getPersistedSnapshot());
  t.like(persisted, { status: 'active', value: { open: 'running' }, context: { location }, input: { location, options: TINY } });
  t.true(JSON.stringify(persisted).length < 1000);
});

test('a snapshot prints as JSON, as inspectors want it', async (t) => {
  const actor = await startEngine(t);
  await opened(actor);
  t.like(JSON.parse(JSON.stringify(actor.getSnapshot())), { status: 'active', value: { open: 'running' } });
});

test('a machine that is restored opens its engine again, where and as it was', async (t) => {
  const location = await freshStore(t);
  const machine = setup({
    types: { context: {} as EngineLogicInput, input: {} as EngineLogicInput },
    actors: { engine: engineLogic },
  }).createMachine({
    context: ({ input }) => input,
    invoke: { src: 'engine', id: 'engine', input: ({ context }) => context },
  });
  const first = createActor(machine, { input: { location, options: TINY } }).start();
  const before = first.getSnapshot().children.engine;
  await (before && (await opened(before)))?.kv.put('key', 'value');
  const persisted = restored(first.getPersistedSnapshot());
  first.stop();
  const second = createActor(machine, { input: { location: 'not used' }, snapshot: persisted }).start();
  t.teardown(() => second.stop());
  const after = second.getSnapshot().children.engine;
  t.is(await (after && (await opened(after)))?.kv.get('key'), 'value');
});

test('an engine with options that are no data cannot be restored, and says so', async (t) => {
  const actor = await startEngine(t, { options: { storage: 'memory', inspect: () => undefined } });
  await opened(actor);
  const second = createActor(engineLogic, { snapshot: restored(actor.getPersistedSnapshot()), input: { location: 'not used' } });
  const failed = failure(second);
  second.start();
  t.like(await failed, { code: 'LITHIFY_INVALID_ARGUMENT', details: { option: 'inspect' } });
});

test('one that has closed is restored as closed, with its report', async (t) => {
  const actor = await startEngine(t);
  actor.send({ type: 'Shutdown' });
  const output = await toPromise(actor);
  const second = createActor(engineLogic, { snapshot: restored(actor.getPersistedSnapshot()), input: { location: 'not used' } }).start();
  t.like(second.getSnapshot(), { status: 'done', value: 'closed', output });
});

test('one that failed is restored as failed', async (t) => {
  const actor = await startEngine(t, { options: { createIfMissing: false } });
  await failure(actor);
  t.like(restored(actor.getPersistedSnapshot()), { status: 'error' });
});
