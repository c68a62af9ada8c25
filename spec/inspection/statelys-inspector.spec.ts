import { once } from 'node:events';
import { createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import test from 'ava';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';
import { load } from './support/load.ts';

/** Its events are put off to a later turn each. */
async function settled(sent: readonly unknown[]): Promise<void> {
  for (let before = -1; before !== sent.length; ) {
    before = sent.length;
    for (let i = 0; i < 50; i++) await setImmediate();
  }
}

test("Stately's inspector is told of every actor with its chart, of messages with their senders, and of snapshots, on a busy engine", async (t) => {
  const sent: StatelyInspectionEvent[] = [];
  const { inspect } = createInspector({ send: (event) => void sent.push(event) });
  const engine = await openEngine(t, { ...TINY, inspect });
  await load(engine, 1_000);
  await Promise.all([engine.ask({ type: 'MinorCompact' }), engine.ask({ type: 'MajorCompaction' })]);
  await quiet(engine);
  await settled(sent);
  const actors = sent.filter((event) => event.type === '@xstate.actor');
  const definitions = actors.flatMap(({ definition }) => (definition === undefined ? [] : [JSON.parse(definition).id]));
  for (const id of ['engine', 'mailbox', 'tablet', 'writer', 'compactor']) t.true(definitions.includes(id), id);
  const root = actors.find(({ parentId }) => parentId === undefined);
  t.true(sent.every(({ rootId }) => rootId === root?.sessionId));
  const messages = sent.filter((event) => event.type === '@xstate.event');
  t.true(messages.some(({ event, sourceId }) => event.type === 'Assign' && sourceId !== undefined));
  t.true(sent.some((event) => event.type === '@xstate.snapshot'));
  t.notThrows(() => JSON.stringify(sent));
  t.is((await engine.kv.keys().all()).length, 1_000);
});

test('it may be attached late', async (t) => {
  const engine = await openEngine(t);
  const sent: StatelyInspectionEvent[] = [];
  const release = engine.observe(createInspector({ send: (event) => void sent.push(event) }).inspect);
  await engine.ask({ type: 'MinorCompact' });
  await settled(sent);
  release();
  t.true(sent.some((event) => event.type === '@xstate.event'));
});

test('its WebSocket inspector with nobody listening hurts nothing', async (t) => {
  // In a process of its own, which has to be ended: this inspector tries again for ever, also once it was stopped.
  const ended = await runInProcess(
    t,
    `const { createWebSocketInspector } = await import(${JSON.stringify(import.meta.resolve('@statelyai/inspect'))});
     const { inspect } = createWebSocketInspector({ url: 'ws://127.0.0.1:${await freePort()}' });
     const engine = await open(${JSON.stringify(await tempDirectory(t))}, { workers: 1, inspect });
     for (let i = 0; i < 300; i++) await engine.kv.put('k' + i, 'v');
     const { compacted } = await engine.ask({ type: 'MajorCompaction' });
     const keys = await engine.kv.keys().all();
     await engine.close();
     process.exit(compacted && keys.length === 300 ? 42 : 1);`,
  );
  t.deepEqual(ended, { code: 42, stdout: '', stderr: '' });
});

/** Where nothing listens any more. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
