import { existsSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { assign, createActor, fromCallback, sendTo, setup, toPromise, waitFor } from 'xstate';
import { type EngineReply, type EngineRequest, engineLogic } from '../../index.ts';
import { freshStore, MEMORY, opened, ownRuntime, repliesOf, startEngine } from './support/engine-actors.ts';

/** An actor that only collects what it is sent. */
function collector() {
  const got: EngineReply[] = [];
  const ref = createActor(fromCallback<EngineReply>(({ receive }) => receive((event) => void got.push(event)))).start();
  return { got, ref };
}

test('a message is answered with its own report, to the actor that it names, and emitted', async (t) => {
  const actor = await startEngine(t, { options: MEMORY });
  const [{ got, ref }, emitted] = [collector(), repliesOf(actor)];
  const engine = await opened(actor);
  await engine.kv.put('key', 'value');
  const replied = new Promise((resolve) => void actor.on('reply', resolve));
  actor.send({ type: 'MajorCompaction', id: 'mine', replyTo: ref });
  await replied;
  t.like(got, [
    { type: 'lithify.reply', id: 'mine', to: 'MajorCompaction', ok: true, report: { type: 'MajorCompaction', compacted: true } },
  ]);
  t.like(emitted, [{ id: 'mine', to: 'MajorCompaction', ok: true }]);
  t.is(emitted.length, 1);
});

test('a machine asks its own engine, and gets the reply as an event', async (t) => {
  const machine = createActor(
    setup({
      types: { context: {} as { reply: EngineReply | undefined }, events: {} as EngineReply },
      actors: { engine: engineLogic },
    }).createMachine({
      context: { reply: undefined },
      invoke: { src: 'engine', id: 'engine', input: { location: 'memory', options: MEMORY } },
      entry: sendTo('engine', ({ self }) => ({ type: 'MinorCompact', id: '1', replyTo: self })),
      on: { 'lithify.reply': { actions: assign({ reply: ({ event }) => event }) } },
    }),
  ).start();
  t.teardown(() => machine.stop());
  const { context } = await waitFor(machine, ({ context: { reply } }) => reply !== undefined);
  t.like(context.reply, { id: '1', to: 'MinorCompact', ok: true });
});

test('what is asked while the engine is being opened is answered once it is open', async (t) => {
  const actor = await startEngine(t);
  const emitted = repliesOf(actor);
  actor.send({ type: 'GarbageCollect', id: 'early' });
  t.is(actor.getSnapshot().value, 'opening');
  actor.send({ type: 'Shutdown', id: 'end' });
  await toPromise(actor);
  t.deepEqual(
    emitted.map(({ id }) => id),
    ['early', 'end'],
  );
});

test('what is asked of an engine that cannot be opened is answered with why', async (t) => {
  const location = await freshStore(t);
  const { runtime } = ownRuntime();
  const actor = createActor(engineLogic, { input: { location, options: { createIfMissing: false, runtime } } });
  const [{ got, ref }, emitted] = [collector(), repliesOf(actor)];
  const failed = new Promise((resolve) => void actor.subscribe({ error: resolve }));
  actor.start();
  actor.send({ type: 'MinorCompact', id: 'early', replyTo: ref });
  await Promise.resolve();
  // It is being opened by now.
  actor.send({ type: 'Shutdown', id: 'end', replyTo: ref });
  const error = await failed;
  t.deepEqual(got, [
    { type: 'lithify.reply', id: 'early', to: 'MinorCompact', ok: false, error },
    { type: 'lithify.reply', id: 'end', to: 'Shutdown', ok: false, error },
  ] as typeof got);
  t.is(emitted.length, 2);
});

test('a Shutdown that comes before anything was opened refuses what waits, and nothing is opened', async (t) => {
  const location = await freshStore(t);
  const actor = createActor(engineLogic, { input: { location } });
  const { got, ref } = collector();
  actor.start();
  actor.send({ type: 'MinorCompact', id: 'early', replyTo: ref });
  actor.send({ type: 'Shutdown', id: 'end', replyTo: ref });
  t.deepEqual(await toPromise(actor), { type: 'Shutdown', refused: 1, aborted: 0 });
  t.like(got, [
    { id: 'early', ok: false, error: { code: 'LITHIFY_SHUTTING_DOWN' } },
    { id: 'end', ok: true, report: { refused: 1 } },
  ]);
  t.false(existsSync(location));
});

test('a malformed message is answered with LITHIFY_INVALID_ARGUMENT, and a malformed Shutdown closes nothing', async (t) => {
  const actor = await startEngine(t, { options: MEMORY });
  const emitted = repliesOf(actor);
  const engine = await opened(actor);
  const malformed = [
    { type: 'MajorCompaction', id: 'a', range: 5 },
    { type: 'DeleteBlob', id: 'b' },
    { type: 'Shutdown', id: 'c', deadlineMs: 'soon' },
    { type: 'MinorCompact', id: 'd', replyTo: 'somebody' },
    { type: 'MinorCompact', id: 5 },
  ];
  for (const request of malformed) actor.send(request as unknown as EngineRequest);
  actor.send({ type: 'GarbageCollect', id: 'last' });
  await new Promise<void>((resolve) => void actor.on('reply', ({ id }) => id === 'last' && resolve()));
  t.deepEqual(
    emitted.map((answer) => `${answer.to} ${answer.ok ? 'ok' : answer.error.code}`),
    [...malformed.map(({ type }) => `${type} LITHIFY_INVALID_ARGUMENT`), 'GarbageCollect ok'],
  );
  t.deepEqual(actor.getSnapshot().value, { open: 'running' });
  t.is(engine.stats().state, 'open');
});

test('events that it does not know are ignored', async (t) => {
  const actor = await startEngine(t, { options: MEMORY });
  await opened(actor);
  actor.send({ type: 'Compact' } as unknown as EngineRequest);
  t.deepEqual([actor.getSnapshot().status, actor.getSnapshot().value], ['active', { open: 'running' }]);
});

test('whoever asks gets one reply, also when the actor is told to close or is stopped in between', async (t) => {
  const type = fc.constantFrom('MinorCompact' as const, 'MajorCompaction' as const, 'GarbageCollect' as const);
  const step = fc.oneof({ weight: 8, arbitrary: type }, fc.constantFrom('turn' as const, 'put' as const));
  const end = fc.constantFrom('stop' as const, 'Shutdown' as const, 'close' as const);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), end, fc.array(type, { maxLength: 3 }), async (before, how, after) => {
      const actor = createActor(engineLogic, { input: { location: 'memory', options: { ...MEMORY, mailboxCapacity: 2 } } }).start();
      const { got, ref } = collector();
      const asked: string[] = [];
      const ask = (wanted: EngineRequest['type']) => {
        asked.push(`${asked.length}`);
        actor.send({ type: wanted, id: asked[asked.length - 1], replyTo: ref } as EngineRequest);
      };
      let engine = before.length % 2 === 0 ? await opened(actor) : undefined;
      for (const one of before) {
        if (one === 'turn') engine = await opened(actor);
        else if (one === 'put') await engine?.kv.put('key', `${asked.length}`);
        else ask(one);
      }
      engine ??= await opened(actor);
      if (how === 'stop') actor.stop();
      else if (how === 'close') void engine.close();
      else ask('Shutdown');
      if (how === 'Shutdown') for (const one of after) ask(one);
      await engine.closed;
      await new Promise(setImmediate);
      t.deepEqual(
        got.map(({ id }) => Number(id)).sort((a, b) => a - b),
        asked.map(Number),
      );
    }),
    { numRuns: 60 },
  );
});
