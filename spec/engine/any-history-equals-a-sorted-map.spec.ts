import test from 'ava';
import fc from 'fast-check';
import { type Engine, open } from '../../index.ts';
import { assertWithin } from '../support/assert-within.ts';
import { contentOf, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';

// D5–D7, D11, D21–D23 of the seed: wrong reads with several tables a level, after flushes, in ranges.

type Model = Map<string, string>;
interface Run {
  engine: Engine;
  model: Model;
  readonly directory: string;
}

const key = fc.integer({ min: 0, max: 120 }).map((n) => `k${String((n * 37) % 121).padStart(3, '0')}${'x'.repeat(n % 5)}`);
const value = fc.integer({ min: 0, max: 99 }).map((n) => `v${n}${'y'.repeat(n * 3)}`);
const bound = fc.oneof(key, fc.constantFrom('', 'a', 'k', 'k05', 'k06xxxxxx', 'k999', 'z', '\uffff'));

class Put implements fc.AsyncCommand<Model, Run> {
  readonly pairs: readonly (readonly [string, string | null])[];
  constructor(pairs: readonly (readonly [string, string | null])[]) {
    this.pairs = pairs;
  }
  check = () => true;
  async run(_: Model, run: Run): Promise<void> {
    for (const [k, v] of this.pairs) v === null ? run.model.delete(k) : run.model.set(k, v);
    await run.engine.kv.batch(this.pairs.map(([k, v]) => (v === null ? { type: 'del', key: k } : { type: 'put', key: k, value: v })));
  }
  toString = () => `write ${JSON.stringify(this.pairs)}`;
}

class Send implements fc.AsyncCommand<Model, Run> {
  readonly what: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect' | 'quiet' | 'reopen';
  constructor(what: Send['what']) {
    this.what = what;
  }
  check = () => true;
  async run(_: Model, run: Run): Promise<void> {
    if (this.what === 'quiet') return quiet(run.engine);
    if (this.what !== 'reopen') return void (await run.engine.ask({ type: this.what }));
    await run.engine.close();
    run.engine = await open(run.directory, TINY);
  }
  toString = () => this.what;
}

class Get implements fc.AsyncCommand<Model, Run> {
  readonly key: string;
  constructor(wanted: string) {
    this.key = wanted;
  }
  check = () => true;
  async run(_: Model, { engine, model }: Run): Promise<void> {
    const expected = model.get(this.key);
    equal(await engine.kv.get(this.key), expected);
    equal(engine.kv.getSync(this.key), expected);
    equal(await engine.kv.has(this.key), expected !== undefined);
  }
  toString = () => `get ${this.key}`;
}

type Bounds = { gt?: string; gte?: string; lt?: string; lte?: string; reverse: boolean; limit: number };

class Scan implements fc.AsyncCommand<Model, Run> {
  readonly bounds: Bounds;
  readonly target: string | undefined;
  constructor(bounds: Bounds, target: string | undefined) {
    this.bounds = bounds;
    this.target = target;
  }
  check = () => true;
  async run(_: Model, { engine, model }: Run): Promise<void> {
    const iterator = engine.kv.iterator(this.bounds);
    if (this.target !== undefined) iterator.seek(this.target);
    equal(await iterator.all(), expectedScan(model, this.bounds, this.target));
  }
  toString = () => `scan ${JSON.stringify(this.bounds)} from ${this.target}`;
}

function expectedScan(model: Model, { gt, gte, lt, lte, reverse, limit }: Bounds, target: string | undefined): [string, string][] {
  // As in classic-level: gte and lte win.
  const above = (k: string) => (gte !== undefined ? k >= gte : gt === undefined || k > gt);
  const below = (k: string) => (lte !== undefined ? k <= lte : lt === undefined || k < lt);
  // A seek beyond the range leads to the end.
  if (target !== undefined && !(above(target) && below(target))) return [];
  const all = sorted(model).filter(([k]) => above(k) && below(k));
  if (reverse) all.reverse();
  const sought = all.filter(([k]) => target === undefined || (reverse ? k <= target : k >= target));
  return limit < 0 ? sought : sought.slice(0, limit);
}

function equal(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

const commands = [
  fc.array(fc.tuple(key, fc.option(value, { freq: 4 })), { minLength: 1, maxLength: 60 }).map((pairs) => new Put(pairs)),
  fc
    .constantFrom<Send['what'][]>('MinorCompact', 'MajorCompaction', 'GarbageCollect', 'quiet', 'reopen')
    .map((what) => new Send(what as Send['what'])),
  fc.constant(new Send('MinorCompact')),
  key.map((wanted) => new Get(wanted)),
  fc
    .tuple(
      fc.record(
        { gt: bound, gte: bound, lt: bound, lte: bound, reverse: fc.boolean(), limit: fc.constantFrom(-1, -1, 0, 1, 7) },
        { requiredKeys: ['reverse', 'limit'] },
      ),
      fc.option(bound, { nil: undefined }),
    )
    .map(([bounds, target]) => new Scan(bounds, target)),
];

test('gets, scans and seeks equal those of a sorted map, through flushes, compactions and reopenings', async (t) => {
  await assertWithin(
    40_000,
    fc.commands(commands, { size: 'medium', maxCommands: 40 }),
    async (history) => {
      const directory = await tempDirectory(t);
      const run: Run = { engine: await open(directory, TINY), model: new Map(), directory };
      try {
        await fc.asyncModelRun(() => ({ model: new Map<string, string>(), real: run }), history);
        equal(await contentOf(run.engine), sorted(run.model));
        equal((await run.engine.verify()).damage, []);
      } finally {
        await run.engine.close();
      }
    },
    { numRuns: 40, endOnFailure: false },
  );
  t.pass();
});
