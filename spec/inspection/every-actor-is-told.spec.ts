import test from 'ava';
import { type ActorInfo, type Engine, keyBasedRetention } from '../../index.ts';
import { logCompactorMachine, machines } from '../../machines/index.ts';
import { openEngine, tempDirectory } from '../support/engines.ts';
import { HeldEngine } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';

const CHARTS = new Set<string>(Object.keys(machines));

function named(engine: Engine, id: string): ActorInfo | undefined {
  return engine.actors().find((actor) => actor.id === id);
}

test('an engine at rest has its root and the actors below, each with the state that its chart begins in', async (t) => {
  const engine = await openEngine(t, { workers: 2, compactors: 2 });
  t.deepEqual(
    engine.actors().map(({ id, states, note }) => [id, states.join(), note]),
    [
      ['engine', 'running.open', undefined],
      ['mailbox', 'open', undefined],
      ['tablet', 'settled', undefined],
      ['writer', 'idle', undefined],
      ['worker-0', 'absent', undefined],
      ['worker-1', 'absent', undefined],
      ['compactor-0', 'idle', undefined],
      ['compactor-1', 'idle', undefined],
    ],
  );
});

test('ids are unique, parents come before their children, and every chart is one of those that are exported', async (t) => {
  const held = await HeldEngine.open();
  t.teardown(() => held.engine.close());
  t.teardown(() => held.release());
  const { flush } = await held.busy();
  const actors = held.engine.actors();
  const seen = new Set<string>();
  for (const { id, parent, machine, status } of actors) {
    t.true(parent === undefined ? seen.size === 0 : seen.has(parent), id);
    t.false(seen.has(id), id);
    t.true(machine === undefined || CHARTS.has(machine), `${id}: ${machine}`);
    t.is(status, 'active', id);
    seen.add(id);
  }
  t.true(seen.has('compactor-0/job') || seen.has('compactor-1/job'), [...seen].join());
  held.release();
  await flush;
});

test('a compactor says what it runs, and the mailbox how much there is to do', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  t.teardown(() => held.engine.close());
  t.teardown(() => held.release());
  const { flush } = await held.busy();
  t.is(named(held.engine, 'compactor-0')?.note, 'flush: everything in memory');
  t.deepEqual(named(held.engine, 'compactor-0')?.states, ['working.running']);
  t.regex(named(held.engine, 'mailbox')?.note ?? '', /^waiting: \d+, running: 1$/);
  held.release();
  await flush;
  await held.fill(8);
  await held.engine.ask({ type: 'MinorCompact' });
  held.hold();
  const slice = nextEvent(held.engine, 'jobStarted', ({ job }) => job === 'slice');
  const major = held.engine.ask({ type: 'MajorCompaction' });
  await slice;
  t.regex(named(held.engine, 'compactor-0')?.note ?? '', /^slice: .+/);
  held.release();
  await major;
});

test('a worker says whom it is lent to', async (t) => {
  const engine = await openEngine(t, { workers: 1, compactors: 1 });
  await engine.kv.put('k', 'v');
  let note: string | undefined;
  engine.observe(() => (note ??= named(engine, 'worker-0')?.note));
  await engine.ask({ type: 'MinorCompact' });
  t.is(note, 'lent to compactor-0');
});

test('a log compactor is there while it runs, and says which partition it is at', async (t) => {
  const engine = await openEngine(t, { workers: 0 }, await tempDirectory(t));
  const topic = engine.topic('readings', { compaction: { strategy: keyBasedRetention(10), compactionThreshold: 1e9 } });
  for (let i = 0; i < 20; i++) await topic.produce({ key: 1n, value: String(i) });
  let running: ActorInfo | undefined;
  engine.events$.subscribe(({ type }) => {
    if (type === 'logPass') running = engine.actors().find(({ machine }) => machine === logCompactorMachine.id);
  });
  await topic.compact();
  t.like(running, { parent: 'engine', note: 'readings/0: pass 1 from offset 0' });
  await nextTurnWithout(engine);
  t.is(
    engine.actors().find(({ machine }) => machine === logCompactorMachine.id),
    undefined,
  );
});

test('an engine that was closed has none', async (t) => {
  const engine = await openEngine(t, { workers: 0 });
  const closing = engine.close();
  t.notThrows(() => engine.actors());
  await closing;
  t.deepEqual(engine.actors(), []);
});

test('it is plain data', async (t) => {
  const engine = await openEngine(t, { workers: 0 });
  t.deepEqual(JSON.parse(JSON.stringify(engine.actors())), engine.actors());
});

/** The root lets go of an actor that has ended when it hears of it. */
async function nextTurnWithout(engine: Engine): Promise<void> {
  await engine.ask({ type: 'GarbageCollect' });
}
