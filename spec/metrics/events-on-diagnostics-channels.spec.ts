import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import test, { type ExecutionContext } from 'ava';
import { type EngineEvent, nodeRuntime, type Publisher } from '../../index.ts';
import { eventsOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';

interface Published {
  readonly location: string;
  readonly event: EngineEvent;
}

interface Trace {
  readonly location: string;
  readonly id: string;
  readonly message: { readonly type: string };
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What is published on a channel from now on, of this store. */
function listen(t: ExecutionContext, name: string): Published[] {
  const heard: Published[] = [];
  const listener = (message: unknown) => void heard.push(message as Published);
  subscribe(name, listener);
  t.teardown(() => unsubscribe(name, listener));
  return heard;
}

test.serial('every event is published on one channel for all, and on one for its type, with the place of the store', async (t) => {
  const all = listen(t, 'lithify:event');
  const replied = listen(t, 'lithify:replied');
  const opened = listen(t, 'lithify:opened');
  const engine = await openEngine(t, TINY);
  const events = eventsOf(engine);
  await engine.kv.put('k', 'v');
  await engine.ask({ type: 'MajorCompaction' });
  await engine.close();
  t.deepEqual(
    all.map(({ event }) => event),
    events,
  );
  t.true(all.every(({ location }) => location === engine.location));
  t.deepEqual(
    replied.map(({ event }) => event),
    events.filter(({ type }) => type === 'replied'),
  );
  t.is(opened.length, 1);
});

test.serial('who subscribes later hears what comes later, who unsubscribes nothing more', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  await engine.ask({ type: 'GarbageCollect' });
  const heard: unknown[] = [];
  const listener = (message: unknown) => void heard.push(message);
  subscribe('lithify:replied', listener);
  await engine.ask({ type: 'GarbageCollect' });
  unsubscribe('lithify:replied', listener);
  await engine.ask({ type: 'GarbageCollect' });
  t.is(heard.length, 1);
});

test.serial('asks are a tracing channel, step by step as Node traces a promise', async (t) => {
  const steps: [step: string, trace: Trace][] = [];
  const note = (step: string) => (trace: unknown) => void steps.push([step, trace as Trace]);
  const [start, end, asyncStart, asyncEnd, error] = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(note);
  const tracing = tracingChannel('lithify.ask');
  const subscribers = { start, end, asyncStart, asyncEnd, error };
  tracing.subscribe(subscribers);
  t.teardown(() => tracing.unsubscribe(subscribers));
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  const report = await engine.ask({ type: 'GarbageCollect' });
  t.deepEqual(
    steps.map(([step]) => step),
    ['start', 'end', 'asyncStart', 'asyncEnd'],
  );
  t.is(new Set(steps.map(([, trace]) => trace)).size, 1);
  t.like(steps[0][1], { location: engine.location, message: { type: 'GarbageCollect' }, result: report });
  steps.length = 0;
  const refused = await t.throwsAsync(engine.ask({ type: 'MinorCompact', memtable: 1e9 }));
  t.deepEqual(
    steps.map(([step]) => step),
    ['start', 'end', 'error', 'asyncStart', 'asyncEnd'],
  );
  t.is(steps[0][1].error, refused);
});

test.serial('what a tracer binds to the start of an ask is there while it is sent', async (t) => {
  const storage = new AsyncLocalStorage<object>();
  const tracing = tracingChannel('lithify.ask');
  tracing.start.bindStore(storage, (trace) => ({ spanOf: (trace as Trace).message.type }));
  t.teardown(() => tracing.start.unbindStore(storage));
  let within: object | undefined;
  const engine = await openEngine(t, { ...TINY, storage: 'memory', inspect: () => (within ??= storage.getStore()) }, 'memory');
  await engine.ask({ type: 'GarbageCollect' });
  t.deepEqual(within, { spanOf: 'GarbageCollect' });
  t.is(storage.getStore(), undefined);
});

test('nothing is made for channels that nobody listens on', async (t) => {
  const published: string[] = [];
  const deaf = (name: string): Publisher => ({
    hasSubscribers: false,
    publish: () => void published.push(name),
    run: (_, work) => {
      published.push(name);
      return work();
    },
  });
  const engine = await openEngine(t, { ...TINY, storage: 'memory', runtime: nodeRuntime({ channel: deaf }) }, 'memory');
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(published, []);
});

test('a runtime without channels does as well', async (t) => {
  const { channel: _, ...runtime } = nodeRuntime();
  const engine = await openEngine(t, { ...TINY, storage: 'memory', runtime }, 'memory');
  t.false((await engine.ask({ type: 'MajorCompaction' })).compacted);
  t.false(channel('lithify:event').hasSubscribers);
});

test('a subscriber that throws hurts no engine: Node hands what it threw to uncaughtException, and everything goes on', async (t) => {
  const ended = await runInProcess(
    t,
    `const { subscribe, tracingChannel } = await import('node:diagnostics_channel');
     let caught = 0;
     process.on('uncaughtException', () => caught++);
     const broken = () => { throw new Error('broken'); };
     subscribe('lithify:event', broken);
     tracingChannel('lithify.ask').subscribe({ start: broken, end: broken, asyncStart: broken, asyncEnd: broken, error: broken });
     const engine = await open(${JSON.stringify(await tempDirectory(t))}, { workers: 1 });
     await engine.kv.put('k', 'v');
     const { compacted } = await engine.ask({ type: 'MajorCompaction' });
     const value = await engine.kv.get('k');
     await engine.close();
     process.exit(compacted && value === 'v' && caught > 10 ? 42 : 1);`,
  );
  t.deepEqual(ended, { code: 42, stdout: '', stderr: '' });
});
