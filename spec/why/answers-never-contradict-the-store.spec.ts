import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Engine, nodeRuntime, type Runtime, type Topic } from '../../index.ts';
import { createBlobStore } from '../../storage/blobs/database-blob-store.ts';
import type { Database } from '../../storage/database.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { wrapped } from '../blobs/stores.ts';
import { openEngine, quiet, TINY } from '../support/engines.ts';
import { allReasons, codesOf } from './support/reasons.ts';

type Step =
  | { readonly do: 'put' | 'delete' | 'clear' | 'produce' | 'stage'; readonly at: number; readonly count: number }
  | { readonly do: 'flush' | 'major' | 'collect' | 'snapshot' | 'iterator' | 'release' | 'compactLog' | 'look' };

const STEPS: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('put', 'delete', 'clear', 'produce', 'stage'),
      at: fc.nat(200),
      count: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('flush', 'major', 'collect', 'snapshot', 'iterator', 'release', 'compactLog', 'look') }),
  },
);
const FIRST = 2 ** 30;
const ABSENT = ['not-there', 'never-was'];
/** Of what is deleted and not yet said to be: it is in no listing, and no blob that nobody knows either. */
const DELETED = ['space-not-given-back'];

test('whatever happens, each blob that is stored has a reason, each that is not has none, and stats and shape agree', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEPS, { minLength: 8, maxLength: 30 }), async (steps) => {
      const house = await House.open(t);
      try {
        for (const step of steps) await house.step(step);
        await house.rest();
      } finally {
        await house.close();
      }
    }),
    { numRuns: 20, includeErrorInReport: true },
  );
  t.pass();
});

function idsUpTo(last: number): number[] {
  return Array.from({ length: last - FIRST + 1 }, (_, i) => FIRST + i);
}

/** An engine whose jobs can be held still, and whose blobs can be listed behind its back. */
class House {
  readonly engine: Engine;
  readonly #t: ExecutionContext;
  readonly #brake: Brake;
  readonly #topic: Topic;
  readonly #held: { close(): Promise<void> }[] = [];
  readonly #asked: Promise<unknown>[] = [];

  private constructor(t: ExecutionContext, engine: Engine, brake: Brake) {
    this.#t = t;
    this.engine = engine;
    this.#brake = brake;
    this.#topic = engine.topic('orders', { compaction: { maxBytes: 2_000, compactionThreshold: 500, backPressure: false } });
  }

  static async open(t: ExecutionContext): Promise<House> {
    const brake = new Brake();
    return new House(t, await openEngine(t, { ...TINY, runtime: brake.runtime }), brake);
  }

  async step(step: Step): Promise<void> {
    const { kv } = this.engine;
    const topic = this.#topic;
    switch (step.do) {
      case 'put':
      case 'delete': {
        const keys = Array.from({ length: step.count }, (_, i) => `key${String(step.at + i).padStart(4, '0')}`);
        await kv.batch(
          keys.map((key) => (step.do === 'put' ? { type: 'put', key, value: `${step.at} ${'v'.repeat(60)}` } : { type: 'del', key })),
        );
        break;
      }
      case 'clear':
        await kv.clear({ gte: `key${String(step.at).padStart(4, '0')}`, lt: `key${String(step.at + step.count).padStart(4, '0')}` });
        break;
      case 'produce':
        await topic.produceMany(Array.from({ length: step.count }, (_, i) => ({ key: BigInt(step.at + i), value: 'x'.repeat(20) })));
        break;
      case 'stage':
        await topic.produce({ key: BigInt(step.at), value: new Uint8Array(4_000) });
        break;
      case 'flush':
        this.#ask(this.engine.ask({ type: 'MinorCompact' }));
        break;
      case 'major':
        this.#ask(this.engine.ask({ type: 'MajorCompaction' }));
        break;
      case 'collect':
        this.#ask(this.engine.ask({ type: 'GarbageCollect' }));
        break;
      case 'compactLog':
        if (topic.known !== undefined) this.#ask(topic.compact());
        break;
      case 'snapshot':
        this.#held.push(kv.snapshot());
        break;
      case 'iterator': {
        const iterator = kv.iterator();
        this.#held.push(iterator);
        await iterator.next();
        break;
      }
      case 'release':
        await this.#held.shift()?.close();
        break;
      case 'look':
        await this.#lookAtStill();
    }
    this.#lookNow();
  }

  async rest(): Promise<void> {
    await Promise.all(this.#asked);
    for (const one of this.#held.splice(0)) await one.close();
    await quiet(this.engine);
    await this.#lookAtStill();
  }

  async close(): Promise<void> {
    this.#brake.release();
    await Promise.allSettled(this.#asked);
    await Promise.allSettled(this.#held.map((one) => one.close()));
    await this.engine.close();
  }

  #ask(asked: Promise<unknown>): void {
    asked.catch(() => undefined);
    this.#asked.push(asked);
  }

  /** Jobs stand at their next block; what else was under way comes to its end. */
  async #lookAtStill(): Promise<void> {
    this.#brake.hold();
    await this.#brake.still();
    await this.#compareBlobs();
    this.#lookNow();
    this.#brake.release();
  }

  /** What comes to the disk, or goes, while it is being listed, may have either answer. */
  async #compareBlobs(): Promise<void> {
    const before = new Set(await this.#brake.storedBlobs());
    const answers = new Map(idsUpTo(Math.max(FIRST, ...before) + 3).map((id) => [id, this.engine.why.onDisk(id)]));
    const after = new Set(await this.#brake.storedBlobs());
    for (const [id, { reasons, sentence }] of answers) {
      if (before.has(id) !== after.has(id)) continue;
      this.#t.is([...ABSENT, ...DELETED].includes(reasons[0].code), !before.has(id), `${id}: ${sentence}`);
    }
  }

  /** In one turn: nothing happens between the answers. */
  #lookNow(): void {
    const { engine } = this;
    const [t, stats, shape] = [this.#t, engine.stats(), engine.shape()];
    t.deepEqual(shape.minors.length, stats.minors.tables);
    t.deepEqual(
      shape.levels.map((level) => level.length),
      stats.levels.map(({ tables }) => tables),
    );
    t.deepEqual([shape.garbage.length, shape.garbage.filter(({ pinned }) => pinned).length], [stats.garbage.blobs, stats.garbage.pinned]);
    t.deepEqual(shape.leases.length, stats.leases.length);
    for (const { id } of shape.minors) t.is(engine.why.onDisk(id).reasons[0].code, 'live-in-minors');
    for (const { id, order } of shape.levels.flat()) {
      const codes = codesOf(engine.why.onDisk(id));
      t.is(codes[0], 'live-in-level');
      t.is(codes.includes('order-running'), order !== undefined);
    }
    for (const { id, pinned } of shape.garbage) t.is(codesOf(engine.why.onDisk(id)).includes('pinned-by-lease'), pinned);
    const compacting = engine.why.notCompacted();
    t.true(compacting.reasons.length > 0, compacting.sentence);
    t.is(codesOf(compacting).filter((code) => code === 'order-running').length, shape.orders.length);
    this.#lookAtWaiting(stats);
    for (const { sentence } of allReasons(compacting)) t.notRegex(sentence, /undefined|NaN|\[object/);
  }

  #lookAtWaiting({ writes, mailbox, logs }: ReturnType<Engine['stats']>): void {
    const waiting = this.engine.why.waiting();
    const tickets = Object.values(mailbox.byType).reduce((sum, count) => sum + count, 0);
    const doWait =
      writes.waiting > 0 ||
      writes.waitingFor !== undefined ||
      tickets > 0 ||
      logs.compactors.some(({ waiting, asking }) => waiting + asking > 0);
    if (doWait) this.#t.true(waiting.reasons.length > 0, JSON.stringify({ writes, mailbox }));
    else if (mailbox.running === 0) this.#t.is(waiting.sentence, 'Nobody waits.');
  }
}

class Brake {
  readonly runtime: Runtime;
  /** Calls of the databases. */
  #underWay = 0;
  #held: PromiseWithResolvers<void> | undefined;
  #blobs: Database | undefined;

  constructor() {
    const real = nodeRuntime();
    this.runtime = { ...real, turn: () => this.#held?.promise ?? real.turn(), openDatabase: (...args) => this.#open(...args) };
  }

  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Jobs stand at their next block, and nothing is under way in the databases, for so many turns that nothing more will come. */
  async still(): Promise<void> {
    for (let calm = 0; calm < 30; calm = this.#underWay === 0 ? calm + 1 : 0) await setImmediate();
  }

  async storedBlobs(): Promise<number[]> {
    if (this.#blobs === undefined) return [];
    return createBlobStore(this.#blobs, { checksum: this.runtime.checksum }).list();
  }

  async #open(...args: Parameters<typeof openLevelDatabase>): Promise<Database> {
    const database = await openLevelDatabase(...args);
    if (args[0].endsWith('blobs')) this.#blobs = database;
    const counted = <T>(done: Promise<T>): Promise<T> => {
      this.#underWay++;
      return done.finally(() => this.#underWay--);
    };
    return wrapped(database, {
      write: (puts, deletes) => counted(database.write(puts, deletes)),
      get: (key) => counted(database.get(key)),
      keys: (range) => counted(database.keys(range)),
      entries: (range) => counted(database.entries(range)),
    });
  }
}
