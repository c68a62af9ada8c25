import test, { type ExecutionContext } from 'ava';
import {
  type Engine,
  type EngineEvent,
  LithifyError,
  nodeRuntime,
  type OpenOptions,
  open,
  type Runtime,
  type Thread,
} from '../../index.ts';
import { freshLocation } from '../support/cli.ts';
import { fill } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';

const DIED = { instanceOf: LithifyError, code: 'LITHIFY_WORKER_DIED' };

/** An engine whose threads a spec can get at, by the worker's name. */
async function openWithThreads(
  t: ExecutionContext,
  options: OpenOptions = {},
): Promise<{ engine: Engine; threads: Map<string, Thread>; events: EngineEvent[]; location: string }> {
  const threads = new Map<string, Thread>();
  const real = nodeRuntime();
  const startThread: Runtime['startThread'] = (name) => {
    const thread = real.startThread?.(name);
    if (thread === undefined) throw new Error('no threads here');
    threads.set(name, thread);
    return thread;
  };
  const location = await freshLocation(t);
  const engine = await open(location, { durability: 'os', runtime: { ...real, startThread }, ...options });
  t.teardown(() => engine.close());
  const events: EngineEvent[] = [];
  engine.events$.subscribe((event) => void events.push(event));
  return { engine, threads, events, location };
}

/** Ends the thread under the next job at its very start. */
async function killUnderNextJob(engine: Engine, threads: ReadonlyMap<string, Thread>): Promise<void> {
  await nextEvent(engine, 'jobStarted').then(() => Promise.all([...threads.values()].map((thread) => thread.terminate())));
}

test('its job fails with a code, the events tell, the next job has a new thread, and nothing is lost', async (t) => {
  const { engine, threads, events, location } = await openWithThreads(t, { compactors: 1 });
  await fill(engine, 500);
  const killed = killUnderNextJob(engine, threads);
  const error = await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), DIED);
  t.regex(error?.message ?? '', /worker-0/);
  await killed;
  t.like(
    events.find(({ type }) => type === 'workerDied'),
    { worker: 'worker-0', error: { code: 'LITHIFY_WORKER_DIED' }, restartMs: 50 },
  );
  await engine.ask({ type: 'MinorCompact' });
  t.is(events.filter(({ type }) => type === 'workerStarted').length, 2);
  t.like(engine.stats(), { minors: { tables: 1 }, workers: [{ restarts: 1 }] });
  t.is((await engine.kv.keys().all()).length, 500);
  await engine.close();
  const again = await open(location);
  t.is((await again.kv.keys().all()).length, 500);
  await again.close();
});

test('the engine flushes by itself what the dead thread left, though nobody asks again', async (t) => {
  const { engine, threads } = await openWithThreads(t, { compactors: 1 });
  await fill(engine, 100);
  const killed = killUnderNextJob(engine, threads);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), DIED);
  await killed;
  t.like(await nextEvent(engine, 'compacted'), { kind: 'flush' });
  await engine.ask({ type: 'GarbageCollect' });
  t.is(engine.stats().memtables.sealed.length, 0);
});

test('it takes only its own job along: a major fails, is abandoned, and goes when it is asked for again', async (t) => {
  const { engine, threads } = await openWithThreads(t, { blockBytes: 256, tableBytes: 4096, sliceBytes: 4096 });
  await fill(engine, 500);
  await engine.ask({ type: 'MinorCompact' });
  const killed = killUnderNextJob(engine, threads);
  await t.throwsAsync(engine.ask({ type: 'MajorCompaction' }), DIED);
  await killed;
  t.is((await engine.kv.keys().all()).length, 500);
  t.like(await engine.ask({ type: 'MajorCompaction' }), { compacted: true, entriesOut: 500 });
  t.is((await engine.kv.keys().all()).length, 500);
});

test('who stands in line for the only thread gets the next one', async (t) => {
  const { engine, threads } = await openWithThreads(t, { compactors: 2, workers: 1 });
  await fill(engine, 100);
  await engine.ask({ type: 'MinorCompact' });
  await fill(engine, 50_000, 'more');
  const verified = nextEvent(engine, 'jobStarted').then(() => engine.verify());
  const killed = killUnderNextJob(engine, threads);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), DIED);
  await killed;
  t.deepEqual((await verified).damage, []);
});

test("a thread that dies while nobody uses it is nobody's failure", async (t) => {
  const { engine, threads, events } = await openWithThreads(t, { compactors: 1 });
  await fill(engine, 10);
  await engine.ask({ type: 'MinorCompact' });
  const died = nextEvent(engine, 'workerDied');
  await threads.get('worker-0')?.terminate();
  await died;
  await fill(engine, 10, 'more');
  t.true((await engine.ask({ type: 'MinorCompact' })).compacted);
  t.false(events.some((event) => event.type === 'jobSettled' && event.outcome === 'failed'));
});

test('a thread that cannot be started fails who asked, and the engine still closes', async (t) => {
  const startThread: Runtime['startThread'] = () => {
    throw new Error('no threads today');
  };
  const engine = await open(await freshLocation(t), { durability: 'os', compactors: 1, runtime: nodeRuntime({ startThread }) });
  await engine.kv.put('k', 'v');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { ...DIED, message: /worker-0 did not start.*no threads today/ });
  t.is(await engine.kv.get('k'), 'v');
  await engine.close();
});

test('a graceful end is no death: closing tells of none', async (t) => {
  const { engine, events } = await openWithThreads(t);
  await fill(engine, 10);
  await engine.ask({ type: 'MinorCompact' });
  await engine.close();
  t.deepEqual(
    events.filter(({ type }) => type === 'workerDied'),
    [],
  );
});
