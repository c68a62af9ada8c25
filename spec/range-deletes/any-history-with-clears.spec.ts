import test from 'ava';
import fc from 'fast-check';
import { type Engine, open } from '../../index.ts';
import { contentOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';

type Step =
  | { readonly do: 'put'; readonly keys: readonly string[] }
  | { readonly do: 'clear'; readonly gte?: string; readonly lt?: string }
  | { readonly do: 'MinorCompact' | 'MajorCompaction' | 'quiet' | 'hold' | 'reopen' };

const OPTIONS = { ...TINY, memtableBytes: 4 * 1024 };
const key = fc.integer({ min: 0, max: 300 }).map((n) => `k${String((n * 37) % 301).padStart(3, '0')}${'x'.repeat(n % 3)}`);
const bound = fc.option(key, { freq: 4, nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.array(key, { minLength: 1, maxLength: 60, size: 'max' }).map((keys) => ({ do: 'put' as const, keys })) },
  { weight: 4, arbitrary: fc.tuple(bound, bound).map(([gte, lt]) => ({ do: 'clear' as const, ...(gte && { gte }), ...(lt && { lt }) })) },
  { weight: 4, arbitrary: fc.constantFrom('MinorCompact' as const, 'quiet' as const, 'hold' as const).map((what) => ({ do: what })) },
  { weight: 1, arbitrary: fc.constantFrom('MajorCompaction' as const, 'reopen' as const).map((what) => ({ do: what })) },
);

test('scans, snapshots and reopened stores see what clears left, through flushes and compactions', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
      const directory = await tempDirectory(t);
      const run: Run = { engine: await open(directory, OPTIONS), model: new Map(), held: [], directory };
      try {
        for (const [round, now] of steps.entries()) await take(run, now, round);
        await check(run);
        // What a killed process would leave: the log is read back.
        const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
        await run.engine.close();
        run.engine = await open(copy, OPTIONS);
        same(await contentOf(run.engine), sorted(run.model));
      } finally {
        await run.engine.close();
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
  t.pass();
});

interface Run {
  engine: Engine;
  model: Map<string, string>;
  held: Held[];
  readonly directory: string;
}

interface Held {
  check(): Promise<void>;
}

async function take(run: Run, now: Step, round: number): Promise<void> {
  const { engine, model } = run;
  if (now.do === 'put') {
    for (const key of now.keys) model.set(key, `${round}`);
    await engine.kv.batch(now.keys.map((key) => ({ type: 'put', key, value: `${round}` })));
  } else if (now.do === 'clear') {
    const { gte, lt } = now;
    run.model = new Map([...model].filter(([key]) => (gte !== undefined && key < gte) || (lt !== undefined && key >= lt)));
    await engine.kv.clear({ ...(gte && { gte }), ...(lt && { lt }) });
  } else if (now.do === 'hold') {
    run.held.push(hold(engine, model));
  } else if (now.do === 'reopen') {
    for (const one of run.held.splice(0)) await one.check();
    await engine.close();
    run.engine = await open(run.directory, OPTIONS);
  } else if (now.do === 'quiet') {
    await quiet(engine);
  } else {
    await engine.ask({ type: now.do });
  }
}

async function check({ engine, model, held }: Run): Promise<void> {
  same(await contentOf(engine), sorted(model));
  same(await engine.kv.iterator({ reverse: true }).all(), sorted(model).reverse());
  for (const one of held) await one.check();
  for (const key of ['k000', 'k150', 'k200x']) same(await engine.kv.get(key), model.get(key));
  same((await engine.verify()).damage, []);
}

/** A snapshot and two iterators that have begun to read, of this moment. */
function hold(engine: Engine, model: ReadonlyMap<string, string>): Held {
  const expected = sorted(model);
  const snapshot = engine.kv.snapshot();
  const forward = engine.kv.iterator();
  const backward = engine.kv.iterator({ reverse: true });
  return {
    check: async () => {
      same(await engine.kv.iterator({ snapshot }).all(), expected);
      for (const [key, value] of expected.slice(0, 3)) same(await engine.kv.get(key, { snapshot }), value);
      same(await forward.all(), expected);
      same(await backward.all(), expected.toReversed());
      await snapshot.close();
    },
  };
}

function same(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

test('after a clear the store shrinks, and the range delete goes when it is of no more use', async (t) => {
  const engine = await openEngine(t, { ...TINY, memtableBytes: 128 * 1024 });
  const keys = Array.from({ length: 400 }, (_, i) => `k${String(i).padStart(4, '0')}`);
  await engine.kv.batch(keys.map((key) => ({ type: 'put', key, value: 'x'.repeat(50) })));
  await engine.ask({ type: 'MajorCompaction' });
  await engine.kv.clear({ lt: 'k0390' });
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.is(engine.stats().rangeDeletes, 0);
  t.is((await engine.verify()).entries, 10);
  t.deepEqual(await engine.kv.keys().all(), keys.slice(390));
});
