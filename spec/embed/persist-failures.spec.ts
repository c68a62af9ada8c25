import test from 'ava';
import { assign, createActor, sendTo, setup } from 'xstate';
import { open, persist, persisted } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { all, counter, failure, GatedEngine, memoryEngine, rest, started } from './support/kept-actors.ts';

test('a write that fails ends the actor with its coded error; what was acknowledged is there for the next', async (t) => {
  const gated = await GatedEngine.open(t);
  const ran: string[] = [];
  const logic = persist(counter(ran), { engine: gated.engine, id: 'one' });
  const actor = started(logic);
  await persisted(actor).send({ type: 'ADD' });
  gated.refuse('ENOSPC');
  const failed = failure(actor);
  const handle = persisted(actor);
  const [one, two] = [handle.send({ type: 'ADD' }), handle.send({ type: 'ADD' })];
  await t.throwsAsync(one, { code: 'LITHIFY_DISK_FULL' });
  await t.throwsAsync(two, { code: 'LITHIFY_DISK_FULL' });
  t.like(await failed, { code: 'LITHIFY_DISK_FULL' });
  t.like(actor.getSnapshot(), { status: 'error', context: { count: 1 } });
  await t.throwsAsync(handle.send({ type: 'ADD' }), { code: 'LITHIFY_DISK_FULL' });
  gated.accept();
  const next = started(logic);
  t.is((await persisted(next).send({ type: 'ADD' })).context.count, 2);
  t.deepEqual(ran, ['began', 'told 1', 'told 2']);
});

test('a first state that cannot be written ends the actor before it has done anything', async (t) => {
  const gated = await GatedEngine.open(t);
  const ran: string[] = [];
  gated.refuse('EIO');
  const actor = started(persist(counter(ran), { engine: gated.engine, id: 'one' }));
  await t.throwsAsync(persisted(actor).settled(), { code: 'LITHIFY_WAL' });
  t.deepEqual([actor.getSnapshot().status, ran], ['error', []]);
});

test('an engine that closes is noticed at the next event', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await open(directory);
  const actor = started(persist(counter(), { engine, id: 'one' }));
  await persisted(actor).send({ type: 'ADD' });
  await engine.close();
  t.is(actor.getSnapshot().status, 'active');
  await t.throwsAsync(persisted(actor).send({ type: 'ADD' }), { code: 'LITHIFY_CLOSED' });
  t.is(actor.getSnapshot().status, 'error');
});

test('an actor cannot be made on an engine that is closed', async (t) => {
  const engine = await memoryEngine(t);
  await engine.close();
  const actor = createActor(persist(counter(), { engine, id: 'one' }));
  t.like(actor.getSnapshot(), { status: 'error', error: { code: 'LITHIFY_CLOSED', details: { id: 'one' } } });
  t.throws(() => persisted(actor), { code: 'LITHIFY_CLOSED' });
});

test('a second actor of the same id ends with a conflict, and the first goes on', async (t) => {
  const engine = await memoryEngine(t);
  const logic = persist(counter(), { engine, id: 'one' });
  const first = started(logic);
  await persisted(first).send({ type: 'ADD' });
  const second = createActor(logic);
  const failed = failure(second);
  second.start();
  t.like(await failed, { code: 'LITHIFY_CONFLICT', details: { id: 'one' } });
  t.is((await persisted(first).send({ type: 'ADD' })).context.count, 2);
});

test('an actor that was made before another one wrote takes over what that one left', async (t) => {
  const engine = await memoryEngine(t);
  const ran: string[] = [];
  const logic = persist(counter(ran), { engine, id: 'one' });
  const early = createActor(logic);
  const first = started(logic);
  await persisted(first).send({ type: 'ADD' });
  first.stop();
  early.start();
  await rest(early);
  t.is(early.getSnapshot().context.count, 1);
  t.is((await persisted(early).send({ type: 'ADD' })).context.count, 2);
  t.deepEqual(ran, ['began', 'told 1', 'told 2']);
});

test('an actor that is made anew while the last write of a stopped one is under way goes on from that write', async (t) => {
  const gated = await GatedEngine.open(t);
  const logic = persist(counter(), { engine: gated.engine, id: 'one' });
  const first = started(logic);
  await rest(first);
  const atLog = gated.hold();
  const sent = persisted(first).send({ type: 'ADD' });
  await atLog;
  first.stop();
  await t.throwsAsync(sent, { code: 'LITHIFY_ABORTED', message: /may or may not be stored/ });
  const second = started(logic);
  const next = persisted(second).send({ type: 'ADD', by: 10 });
  gated.release();
  t.is((await next).context.count, 11);
  t.deepEqual(
    (await all(persisted(second).history())).map(({ revision }) => revision),
    [1, 2, 3],
  );
});

test('an actor that was stopped while it waited for another’s last write lets nobody overtake that write', async (t) => {
  const gated = await GatedEngine.open(t);
  const logic = persist(counter(), { engine: gated.engine, id: 'one' });
  const first = started(logic);
  await rest(first);
  const atLog = gated.hold();
  first.send({ type: 'ADD' });
  await atLog;
  first.stop();
  started(logic).stop();
  const third = started(logic);
  const sent = persisted(third).send({ type: 'ADD', by: 10 });
  gated.release();
  t.is((await sent).context.count, 11);
});

test('what a machine throws ends the actor as it ends any, and its event is not stored', async (t) => {
  const engine = await memoryEngine(t);
  const machine = setup({
    types: { context: {} as { count: number }, events: {} as { type: 'ADD' } | { type: 'BREAK' } },
    guards: {
      broken: () => {
        throw new Error('a guard that throws');
      },
    },
  }).createMachine({
    context: { count: 0 },
    on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) }, BREAK: { guard: 'broken' } },
  });
  const logic = persist(machine, { engine, id: 'one' });
  const actor = started(logic);
  const handle = persisted(actor);
  const sent = [handle.send({ type: 'ADD' }), handle.send({ type: 'BREAK' }), handle.send({ type: 'ADD' })];
  t.deepEqual(
    (await Promise.allSettled(sent)).map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  t.regex(String(actor.getSnapshot().error), /a guard that throws/);
  t.is(started(logic).getSnapshot().context.count, 1);
});

test('nothing that comes behind an event that breaks the machine is taken in', async (t) => {
  const gated = await GatedEngine.open(t);
  const { engine } = gated;
  const machine = setup({
    types: { context: {} as { went: string[] }, events: {} as { type: 'GO' } | { type: 'NEXT' } | { type: 'BREAK' } },
    actions: {
      note: assign({ went: ({ context, event }) => [...context.went, event.type] }),
      next: sendTo(({ self }) => self, { type: 'NEXT' }),
      throwing: assign(() => {
        throw new Error('broken');
      }),
    },
  }).createMachine({
    context: { went: [] },
    on: { GO: { actions: ['note', 'next'] }, NEXT: { actions: 'note' }, BREAK: { actions: 'throwing' } },
  });
  const logic = persist(machine, { engine, id: 'one' });
  const actor = started(logic);
  await rest(actor);
  const atLog = gated.hold();
  const handle = persisted(actor);
  const sent = [handle.send({ type: 'GO' }), handle.send({ type: 'BREAK' })];
  await atLog;
  gated.release();
  t.deepEqual(
    (await Promise.allSettled(sent)).map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  const next = started(logic);
  await rest(next);
  t.deepEqual(next.getSnapshot().context.went, ['GO']);
});

test('an actor that is stopped or done acknowledges nothing any more', async (t) => {
  const engine = await memoryEngine(t);
  const logic = persist(counter(), { engine, id: 'one' });
  const stopped = started(logic);
  await rest(stopped);
  stopped.stop();
  await t.throwsAsync(persisted(stopped).send({ type: 'ADD' }), { code: 'LITHIFY_ABORTED', message: /was stopped/ });
  const done = started(logic);
  const [end, late] = [persisted(done).send({ type: 'END' }), persisted(done).send({ type: 'ADD' })];
  t.is((await end).status, 'done');
  await t.throwsAsync(late, { code: 'LITHIFY_ABORTED', message: /is done/ });
});

test('an actor that was stopped before it was started acknowledges nothing', async (t) => {
  const actor = createActor(persist(counter(), { engine: await memoryEngine(t), id: 'one' }));
  actor.stop();
  await t.throwsAsync(persisted(actor).send({ type: 'ADD' }), { code: 'LITHIFY_ABORTED', message: /was stopped/ });
  await t.throwsAsync(persisted(actor).settled(), { code: 'LITHIFY_ABORTED' });
});
