import { setImmediate } from 'node:timers/promises';
import type { AbstractIterator, AbstractSnapshot } from 'abstract-level';
import test from 'ava';
import fc from 'fast-check';
import { type Engine, type Level, open } from '../../index.ts';
import { assertWithin } from '../support/assert-within.ts';
import { contentOf, quiet, sorted, TINY } from '../support/engines.ts';

// Snapshots and iterators of many moments beside each other, each checked against a copy of the model that was made with it.

type Model = ReadonlyMap<string, string>;
interface Reader {
  readonly iterator: AbstractIterator<Level, string, string>;
  /** All that it gives, in order, and what is left of it. */
  readonly all: readonly [string, string][];
  left: readonly [string, string][];
  readonly reverse: boolean;
  readonly bounds: Bounds;
}

interface Run {
  readonly engine: Engine;
  readonly model: Map<string, string>;
  readonly snapshots: { readonly snapshot: AbstractSnapshot; readonly model: Model }[];
  readonly readers: Reader[];
  /** Asked for and not waited for. */
  readonly asked: Promise<unknown>[];
}

const OPTIONS = { ...TINY, storage: 'memory', memtableBytes: 8 * 1024, cacheBytes: 8 * 1024 } as const;

const key = fc.integer({ min: 0, max: 90 }).map((n) => `k${String((n * 37) % 91).padStart(2, '0')}${'x'.repeat(n % 4)}`);
const value = fc.integer({ min: 0, max: 99 }).map((n) => `v${n}${'y'.repeat(n)}`);
const bound = fc.oneof({ weight: 3, arbitrary: key }, { weight: 1, arbitrary: fc.constantFrom('', 'a', 'k05', 'k999', 'z') });
const bounds = fc.record({ gte: bound, gt: bound, lt: bound, lte: bound }, { requiredKeys: [] });
type Bounds = { gte?: string; gt?: string; lt?: string; lte?: string };

abstract class Command<T> implements fc.AsyncCommand<object, Run> {
  readonly given: T;
  constructor(given: T) {
    this.given = given;
  }
  check = () => true;
  abstract act(run: Run): Promise<unknown>;
  async run(_: object, run: Run): Promise<void> {
    await this.act(run);
    // Nobody reads at this moment: what is garbage is nobody's.
    equal(run.engine.stats().garbage.pinned, 0);
    equal(run.engine.stats().snapshots.count, run.snapshots.length + run.readers.length);
  }
  toString = () => `${this.constructor.name} ${JSON.stringify(this.given)}`;
}

class Write extends Command<readonly (readonly [string, string | null])[]> {
  async act({ engine, model }: Run): Promise<void> {
    for (const [k, v] of this.given) v === null ? model.delete(k) : model.set(k, v);
    await engine.kv.batch(this.given.map(([k, v]) => (v === null ? { type: 'del', key: k } : { type: 'put', key: k, value: v })));
  }
}

class Clear extends Command<Bounds> {
  async act({ engine, model }: Run): Promise<void> {
    for (const [k] of within(model, this.given)) model.delete(k);
    await engine.kv.clear(this.given);
  }
}

class Ask extends Command<'MinorCompact' | 'MajorCompaction' | 'GarbageCollect'> {
  async act({ engine }: Run): Promise<void> {
    await engine.ask({ type: this.given });
  }
}

/** What comes next comes while this is under way. */
class AskOnly extends Command<'MinorCompact' | 'MajorCompaction'> {
  async act({ engine, asked }: Run): Promise<void> {
    asked.push(engine.ask({ type: this.given }));
  }
}

class Turns extends Command<number> {
  async act({ engine }: Run): Promise<void> {
    if (this.given === 0) await quiet(engine);
    for (let i = 0; i < this.given; i++) await setImmediate();
  }
}

class Snapshot extends Command<null> {
  async act({ engine, snapshots, model }: Run): Promise<void> {
    snapshots.push({ snapshot: engine.kv.snapshot(), model: new Map(model) });
  }
}

class CloseSnapshot extends Command<number> {
  async act({ snapshots }: Run): Promise<void> {
    const [gone] = snapshots.splice(this.given % (snapshots.length || 1), 1);
    await gone?.snapshot.close();
  }
}

class Get extends Command<{ readonly nth: number; readonly keys: readonly string[] }> {
  async act({ engine, snapshots, model: now }: Run): Promise<void> {
    const { snapshot, model } = pick([...snapshots, { snapshot: undefined, model: now }], this.given.nth);
    const options = snapshot === undefined ? {} : { snapshot };
    const expected = this.given.keys.map((k) => model.get(k));
    equal(await engine.kv.getMany([...this.given.keys], options), expected);
    equal(await Promise.all(this.given.keys.map((k) => engine.kv.get(k, options))), expected);
    equal(
      this.given.keys.map((k) => engine.kv.getSync(k, options)),
      expected,
    );
    equal(
      await engine.kv.hasMany([...this.given.keys], options),
      expected.map((found) => found !== undefined),
    );
  }
}

class OpenIterator extends Command<{
  readonly nth: number;
  readonly bounds: Bounds;
  readonly reverse: boolean;
  readonly fillCache: boolean;
}> {
  async act({ engine, snapshots, readers, model: now }: Run): Promise<void> {
    const { snapshot, model } = pick([...snapshots, { snapshot: undefined, model: now }], this.given.nth);
    const { reverse, fillCache } = this.given;
    const all = within(model, this.given.bounds);
    if (reverse) all.reverse();
    const iterator = engine.kv.iterator({ ...this.given.bounds, reverse, fillCache, ...(snapshot && { snapshot }) });
    readers.push({ iterator, all, left: all, reverse, bounds: this.given.bounds });
  }
}

class Read extends Command<{ readonly nth: number; readonly count: number; readonly target?: string }> {
  async act({ readers }: Run): Promise<void> {
    const reader = pick(readers, this.given.nth);
    if (reader === undefined) return;
    const { target, count } = this.given;
    if (target !== undefined) {
      reader.iterator.seek(target);
      // A seek beyond the range leads to the end.
      const isWithin = within(new Map([[target, '']]), reader.bounds).length > 0;
      reader.left = isWithin ? reader.all.filter(([k]) => (reader.reverse ? k <= target : k >= target)) : [];
    }
    const expected = reader.left.slice(0, count);
    reader.left = reader.left.slice(count);
    const found: [string, string][] = [];
    try {
      // Now one by one, now many: they wait for blocks in other places.
      while (found.length < count) {
        const part =
          count % 2 === 1
            ? [await reader.iterator.next()].filter((one) => one !== undefined)
            : await reader.iterator.nextv(count - found.length);
        if (part.length === 0) break;
        found.push(...part);
      }
    } catch (error) {
      // Its snapshot was closed: abstract-level gives nothing any more.
      if ((error as { code?: string }).code !== 'LEVEL_SNAPSHOT_NOT_OPEN') throw error;
      return;
    }
    equal(found, expected);
  }
}

class CloseIterator extends Command<number> {
  async act({ readers }: Run): Promise<void> {
    const [gone] = readers.splice(this.given % (readers.length || 1), 1);
    await gone?.iterator.close();
  }
}

function pick<T>(list: readonly T[], nth: number): T {
  return list[nth % (list.length || 1)];
}

/** As in classic-level: gte and lte win. */
function within(model: Model, { gte, gt, lt, lte }: Bounds): [string, string][] {
  const above = (k: string) => (gte !== undefined ? k >= gte : gt === undefined || k > gt);
  const below = (k: string) => (lte !== undefined ? k <= lte : lt === undefined || k < lt);
  return sorted(model).filter(([k]) => above(k) && below(k));
}

function equal(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

const nth = fc.nat(7);
const commands = [
  fc.array(fc.tuple(key, fc.option(value, { freq: 3 })), { minLength: 1, maxLength: 40 }).map((pairs) => new Write(pairs)),
  fc.array(fc.tuple(key, fc.option(value, { freq: 3 })), { minLength: 1, maxLength: 40 }).map((pairs) => new Write(pairs)),
  bounds.map((range) => new Clear(range)),
  fc.constantFrom('MinorCompact' as const, 'MajorCompaction' as const, 'GarbageCollect' as const).map((what) => new Ask(what)),
  fc.constantFrom('MinorCompact' as const, 'MajorCompaction' as const).map((what) => new AskOnly(what)),
  fc.nat(3).map((turns) => new Turns(turns)),
  fc.constant(null).map((none) => new Snapshot(none)),
  nth.map((which) => new CloseSnapshot(which)),
  fc.record({ nth, keys: fc.array(key, { minLength: 1, maxLength: 8 }) }).map((given) => new Get(given)),
  fc.record({ nth, bounds, reverse: fc.boolean(), fillCache: fc.boolean() }).map((given) => new OpenIterator(given)),
  fc
    .record({ nth, count: fc.integer({ min: 1, max: 12 }), target: bound }, { requiredKeys: ['nth', 'count'] })
    .map((given) => new Read(given)),
  fc.record({ nth, count: fc.integer({ min: 1, max: 12 }) }).map((given) => new Read(given)),
  nth.map((which) => new CloseIterator(which)),
];

test('every snapshot and every iterator sees its moment, in any order of writes, deletes, clears, flushes, compactions and collections', async (t) => {
  await assertWithin(
    30_000,
    fc.commands(commands, { size: 'max', maxCommands: 60 }),
    async (history) => {
      const engine = await open('memory', OPTIONS);
      const run: Run = { engine, model: new Map(), snapshots: [], readers: [], asked: [] };
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: run }), history);
        await Promise.all(run.asked);
        for (const { iterator, left } of run.readers) {
          const rest = await iterator.all().catch(() => left);
          equal(rest, left);
          await iterator.close();
        }
        for (const { snapshot, model } of run.snapshots) {
          equal(await engine.kv.iterator({ snapshot }).all(), sorted(model));
          await snapshot.close();
        }
        equal(await contentOf(engine), sorted(run.model));
        await quiet(engine);
        const { leases, snapshots, garbage } = engine.stats();
        equal([leases, snapshots.count, garbage.pinned], [[], 0, 0]);
        equal((await engine.verify()).damage, []);
      } finally {
        await engine.close();
      }
    },
    { numRuns: 60, endOnFailure: false },
  );
  t.pass();
});
