import test from 'ava';
import fc from 'fast-check';
import { type Engine, open } from '../../index.ts';
import { assertWithin } from '../support/assert-within.ts';
import { contentOf, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';

type Model = Map<string, string>;
interface Run {
  engine: Engine;
  readonly model: Model;
  readonly directory: string;
  /** Snapshots, and what they have to see for ever. */
  readonly moments: { snapshot: ReturnType<Engine['kv']['snapshot']>; content: [string, string][] }[];
}
type Step = (run: Run) => Promise<void>;

const key = fc.integer({ min: 0, max: 150 }).map((n) => `k${String((n * 37) % 151).padStart(3, '0')}${'x'.repeat(n % 4)}`);
const value = fc.integer({ min: 0, max: 99 }).map((n) => `v${n}${'y'.repeat(n * 2)}`);
const pair = fc.tuple(key, value);

function ingest(given: readonly (readonly [string, string])[]): Step {
  return async ({ engine, model }) => {
    const all = sorted(new Map(given));
    const report = await engine.kv.ingest(all);
    if (report.entries !== all.length) throw new Error(`${report.entries} entries of ${all.length}`);
    for (const [k, v] of all) model.set(k, v);
  };
}

function write(given: readonly (readonly [string, string | null])[]): Step {
  return async ({ engine, model }) => {
    for (const [k, v] of given) v === null ? model.delete(k) : model.set(k, v);
    await engine.kv.batch(given.map(([k, v]) => (v === null ? { type: 'del', key: k } : { type: 'put', key: k, value: v })));
  };
}

function clear(from: string, to: string): Step {
  return async ({ engine, model }) => {
    await engine.kv.clear({ gte: from, lt: to });
    for (const k of [...model.keys()]) if (k >= from && k < to) model.delete(k);
  };
}

function send(type: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect'): Step {
  return async ({ engine }) => void (await engine.ask({ type }));
}

const look: Step = async ({ engine, moments, model }) => {
  moments.push({ snapshot: engine.kv.snapshot(), content: sorted(model) });
};

const reopen: Step = async (run) => {
  await check(run);
  for (const { snapshot } of run.moments.splice(0)) await snapshot.close();
  await run.engine.close();
  run.engine = await open(run.directory, TINY);
};

async function check({ engine, model, moments }: Run): Promise<void> {
  equal(await contentOf(engine), sorted(model));
  for (const { snapshot, content } of moments) {
    equal(await engine.kv.iterator({ snapshot }).all(), content);
    for (const [k, v] of content.slice(0, 20)) equal(await engine.kv.get(k, { snapshot }), v);
  }
  for (const k of [...model.keys()].slice(0, 20)) equal(engine.kv.getSync(k), model.get(k));
  equal(
    await engine.kv.keys({ reverse: true, limit: 5 }).all(),
    sorted(model)
      .map(([k]) => k)
      .reverse()
      .slice(0, 5),
  );
}

function equal(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

const step: fc.Arbitrary<[string, Step]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(pair, { minLength: 1, maxLength: 90 }).map((all): [string, Step] => [`ingest ${JSON.stringify(all)}`, ingest(all)]),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(key, fc.option(value, { freq: 4 })), { minLength: 1, maxLength: 50 })
      .map((all): [string, Step] => [`write ${JSON.stringify(all)}`, write(all)]),
  },
  { weight: 1, arbitrary: fc.tuple(key, key).map(([a, b]): [string, Step] => [`clear ${a}-${b}`, a < b ? clear(a, b) : clear(b, a)]) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<'MinorCompact' | 'MajorCompaction' | 'GarbageCollect'>('MinorCompact', 'MajorCompaction', 'GarbageCollect')
      .map((type): [string, Step] => [type, send(type)]),
  },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(['snapshot', look]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(['check', check]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(['reopen', reopen]) },
);

test('whatever is ingested, put, deleted and compacted in between, the store equals a sorted map, and snapshots their moment', async (t) => {
  await assertWithin(
    40_000,
    fc.array(step, { minLength: 3, maxLength: 18 }),
    async (steps) => {
      const directory = await tempDirectory(t);
      const run: Run = { engine: await open(directory, TINY), model: new Map(), directory, moments: [] };
      try {
        for (const [, act] of steps) await act(run);
        await check(run);
        await quiet(run.engine);
        await check(run);
        equal((await run.engine.verify()).damage, []);
        await reopen(run);
        await check(run);
        equal((await run.engine.verify()).damage, []);
      } finally {
        await run.engine.close();
      }
    },
    { numRuns: 15, endOnFailure: false },
  );
  t.pass();
});
