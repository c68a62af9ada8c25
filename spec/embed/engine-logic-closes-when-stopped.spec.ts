import { symlink } from 'node:fs/promises';
import test from 'ava';
import { createActor, setup, toPromise } from 'xstate';
import { type EngineReply, engineClosed, engineLogic, open } from '../../index.ts';
import { TINY } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';
import { freshStore, opened, ownRuntime, startEngine } from './support/engine-actors.ts';

async function openAndClose(location: string): Promise<void> {
  await (await open(location, TINY)).close();
}

test('an engine whose actor was stopped closes in the background, and can be waited for', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  const engine = await opened(actor);
  actor.stop();
  await engine.closed;
  await t.notThrowsAsync(openAndClose(location));
});

test('an actor that is stopped while it opens leaves no engine behind', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  actor.stop();
  await engineClosed(location);
  t.is(actor.getSnapshot().status, 'stopped');
  await t.notThrowsAsync(openAndClose(location));
});

test('one that is stopped while it closes goes on closing', async (t) => {
  const location = await freshStore(t);
  const actor = await startEngine(t, { location });
  const engine = await opened(actor);
  actor.send({ type: 'Shutdown' });
  actor.stop();
  await engine.closed;
  await t.notThrowsAsync(openAndClose(location));
});

test('toPromise of an actor that was merely stopped resolves with undefined; engine.closed is what to wait for', async (t) => {
  const actor = await startEngine(t);
  const engine = await opened(actor);
  const ended: Promise<unknown> = toPromise(actor);
  actor.stop();
  t.is(await ended, undefined);
  await engine.closed;
  t.is(engine.stats().state, 'closed');
});

test('a state that is left and entered again gets its engine again, while the one before is still closing', async (t) => {
  const location = await freshStore(t);
  const machine = createActor(
    setup({ types: { events: {} as { type: 'Again' } }, actors: { engine: engineLogic } }).createMachine({
      initial: 'running',
      states: {
        running: {
          invoke: { src: 'engine', id: 'engine', input: { location, options: TINY } },
          on: { Again: { target: 'running', reenter: true } },
        },
      },
    }),
  ).start();
  t.teardown(() => machine.stop());
  for (let round = 0; round < 5; round++) {
    const { engine: actor } = machine.getSnapshot().children;
    const engine = actor && (await opened(actor));
    t.is(await engine?.kv.get('round'), round === 0 ? undefined : String(round - 1));
    await engine?.kv.put('round', String(round));
    machine.send({ type: 'Again' });
  }
});

test('after a hundred starts and stops in a row the last one is open, and the others hold nothing', async (t) => {
  const location = await freshStore(t);
  for (let i = 0; i < 100; i++) {
    const actor = await startEngine(t, { location });
    // Where it is when it is stopped: waiting, opening, or nearly open.
    for (let turn = 0; turn < i % 7; turn++) await new Promise(setImmediate);
    if (i % 10 === 9) await opened(actor);
    actor.stop();
  }
  const last = await startEngine(t, { location });
  const engine = await opened(last);
  await engine.kv.put('key', 'value');
  last.stop();
  await engineClosed(location);
  await t.notThrowsAsync(openAndClose(location));
});

test('actors that are stopped while somebody else has the store do not wait for each other', async (t) => {
  const [location, { runtime }] = [await freshStore(t), ownRuntime()];
  const engine = await open(location, TINY);
  const [first, second] = [0, 1].map(() => createActor(engineLogic, { input: { location, options: { ...TINY, runtime } } }));
  first.start();
  await Promise.resolve();
  // It is being refused.
  first.stop();
  second.start();
  second.stop();
  await t.notThrowsAsync(engineClosed(location, { runtime }));
  await engine.close();
});

test('a process whose actors are all stopped ends by itself, threads and all', async (t) => {
  const location = await freshStore(t);
  const index = new URL('../../index.ts', import.meta.url);
  const { stdout, code } = await runInProcess(
    t,
    `import { engineClosed, engineLogic } from '${index}';
     import { createActor, waitFor } from 'xstate';
     const location = ${JSON.stringify(location)};
     for (let i = 0; i < 6; i++) {
       const actor = createActor(engineLogic, { input: { location, options: { workers: 2 } } }).start();
       if (i % 2 === 0) {
         const { context } = await waitFor(actor, (snapshot) => snapshot.matches('open'));
         await context.engine.kv.put('key', 'value');
         void context.engine.ask({ type: 'MajorCompaction' }).catch(() => {});
       }
       actor.stop();
     }
     await engineClosed(location);
     console.log(await attempt(location));`,
  );
  t.deepEqual([stdout.trim(), code], ['opened', 0]);
});

test('two spellings of a directory are one place', async (t) => {
  const location = await freshStore(t);
  await openAndClose(location);
  await symlink(location, `${location}-link`);
  const first = await startEngine(t, { location });
  await opened(first);
  first.stop();
  const second = await startEngine(t, { location: `${location}-link` });
  t.is((await opened(second)).location, location);
});

test('replies to what was asked before the actor was stopped still come', async (t) => {
  const replies: EngineReply[] = [];
  const asker = createActor(
    setup({ types: { events: {} as EngineReply } }).createMachine({
      on: { 'lithify.reply': { actions: ({ event }) => void replies.push(event) } },
    }),
  ).start();
  const actor = await startEngine(t);
  const engine = await opened(actor);
  actor.send({ type: 'GarbageCollect', id: '1', replyTo: asker });
  actor.send({ type: 'MajorCompaction', id: '2', replyTo: asker });
  actor.stop();
  await engine.closed;
  t.deepEqual(
    replies.map(({ id }) => id),
    ['1', '2'],
  );
});

test('engineClosed resolves at once where no actor has an engine', async (t) => {
  await engineClosed(await freshStore(t));
  t.pass();
});
