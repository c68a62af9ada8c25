import test from 'ava';
import fc from 'fast-check';
import { type Engine, keyBasedRetention, type Metric, nodeRuntime, open } from '../../index.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { valueOf } from './support/points.ts';

type Step = (engine: Engine, n: number) => Promise<unknown>;

const put: Step = (engine, n) =>
  engine.kv.batch(Array.from({ length: 40 }, (_, i) => ({ type: 'put', key: `k${n * i}`, value: 'v'.repeat(90) })));
const STEPS: Record<string, Step> = {
  put,
  putALot: (engine, n) => Promise.all(Array.from({ length: 12 }, (_, i) => put(engine, n + i))),
  clear: (engine, n) => engine.kv.clear({ gte: `k${n}` }),
  produce: (engine, n) => engine.topic('topic').produceMany(Array.from({ length: 20 }, (_, i) => ({ key: BigInt(i % 3), value: `${n}` }))),
  compactTopic: async (engine) => {
    const topic = engine.topic('topic', { compaction: { strategy: keyBasedRetention(10) } });
    await topic.make();
    await topic.compact();
  },
  unregister: (engine) => engine.topic('topic').unregister(),
  dropTopic: (engine) => engine.topic('topic').drop(),
  flush: (engine) => engine.ask({ type: 'MinorCompact' }),
  major: (engine) => engine.ask({ type: 'MajorCompaction' }),
  collect: (engine) => engine.ask({ type: 'GarbageCollect' }),
  refused: (engine) => engine.ask({ type: 'MinorCompact', memtable: 1e9 }).catch(() => undefined),
  ingest: (engine, n) => engine.kv.ingest([[`i${n}`, 'v']]),
  read: (engine, n) => engine.kv.get(`k${n}`),
};

/** What only grows, flattened: counters, and all that is in histograms. */
function growing(metrics: readonly Metric[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name, kind, points } of metrics) {
    for (const { attributes, value, histogram } of kind === 'gauge' ? [] : points) {
      const series = `${name} ${JSON.stringify(attributes)}`;
      if (value !== undefined) found.set(series, value);
      for (const [i, count] of (histogram?.counts ?? []).entries()) found.set(`${series} ${i}`, count);
      if (histogram !== undefined) found.set(`${series} sum`, histogram.sum).set(`${series} count`, histogram.count);
    }
  }
  return found;
}

/** Looks at every event from now on; what it gives is what has fallen, or gone, so far. */
function watch(engine: Engine): { look: () => void; fallen: string[] } {
  const fallen: string[] = [];
  let before = new Map<string, number>();
  const look = () => {
    const now = growing(engine.metrics());
    for (const [series, value] of before) if (!((now.get(series) ?? -1) >= value)) fallen.push(`${series}: ${value} → ${now.get(series)}`);
    before = now;
  };
  engine.events$.subscribe(({ type }) => {
    // Whoever closes counts on.
    if (type !== 'opened') look();
  });
  return { look, fallen };
}

test('over any history, at every event of it, no counter falls and no series of one ends', async (t) => {
  const history = fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(500)), { minLength: 5, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const engine = await open('memory', { ...TINY, storage: 'memory', memoryBytes: 64 * 1024 });
      const { look, fallen } = watch(engine);
      try {
        for (const [step, n] of steps) {
          await STEPS[step](engine, n);
          look();
        }
      } finally {
        await engine.close();
      }
      look();
      t.deepEqual(fallen, []);
    }),
    { numRuns: 12 },
  );
});

test('nor when threads die, jobs are refused, and LevelDB has to be opened again; each of that is counted by its code', async (t) => {
  const faults = Faults.create();
  const runtime = nodeRuntime({ startThread: faults.start });
  const engine = await openEngine(t, { ...TINY, compactors: 1, workers: 1, runtime }, await tempDirectory(t));
  const { look, fallen } = watch(engine);
  await put(engine, 1);
  faults.fail('flush', 'dies');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_WORKER_DIED' });
  await quiet(engine);
  await put(engine, 2);
  const recovered = nextEvent(engine, 'storageRecovered');
  faults.fail('flush', 'storage fails');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await recovered;
  await quiet(engine);
  look();
  t.deepEqual(fallen, []);
  t.is(valueOf(engine, 'worker.deaths'), 1);
  t.is(valueOf(engine, 'failure.count', { where: 'worker', code: 'LITHIFY_WORKER_DIED' }), 1);
  t.is(valueOf(engine, 'failure.count', { where: 'job', code: 'LITHIFY_WORKER_DIED' }), 1);
  t.is(valueOf(engine, 'failure.count', { where: 'storage', code: 'LITHIFY_BLOB_STORE' }), 1);
  t.true((valueOf(engine, 'compactor.back_offs') ?? 0) >= 1);
  const recoveries = engine.metrics().find(({ name }) => name === 'lithify.recovery.duration');
  t.is(recoveries?.points[0].histogram?.count, 1);
});
