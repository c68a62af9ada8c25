import test from 'ava';
import { inProcessRunner } from '../../actors/in-process.ts';
import { type Engine, nodeRuntime } from '../../index.ts';
import { codeOf, LithifyError } from '../../protocol/errors.ts';
import { type FaultRule, simulate } from '../../testing/index.ts';
import { TINY } from '../support/engines.ts';
import { FakeBlobs } from '../support/fake-blobs.ts';
import { Bench, put, TINY as TINY_SHAPE } from '../support/tables.ts';

// Found by the metamorphic runs, in a configuration whose disk refuses a write now and then: LevelDB is closed and opened
// again, and jobs that the engine does in its own thread go on with a handle that is closed.

const SEEDS = 30;
const KEYS = 20;
const MINORS = 6;
/** About as long as it takes, in simulated time. */
const LONGEST_MS = 60;

/** The next write to blobs, which is the flush's. */
const FAILING_WRITE: FaultRule = { on: 'write', prefix: '/store/blobs', times: 1, fault: { kind: 'error', when: 'before', code: 'EIO' } };

async function fill(engine: Engine, value: number): Promise<void> {
  await engine.kv.batch(
    Array.from({ length: KEYS }, (_, i) => ({ type: 'put', key: `key-${i}`, value: `${value} ${i} ${'x'.repeat(60)}` })),
  );
}

test('verify finds no damage where there is none', async (t) => {
  let recoveries = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    await simulate(seed, async (simulation) => {
      await simulation.life(async (life) => {
        const engine = await life.open({ ...TINY, minorTrigger: 64, cacheBytes: 0 });
        engine.events$.subscribe(({ type }) => (recoveries += type === 'storageRecovered' ? 1 : 0));
        for (let minor = 0; minor < MINORS; minor++) {
          await fill(engine, minor);
          await engine.ask({ type: 'MinorCompact' });
        }
        await fill(engine, MINORS);
        simulation.rules.add(FAILING_WRITE);
        const flush = engine.ask({ type: 'MinorCompact' }).catch(() => undefined);
        await simulation.scheduler.sleep(simulation.random.below(LONGEST_MS));
        t.deepEqual((await engine.verify()).damage, []);
        await flush;
        await engine.close();
      });
    });
  }
  t.true(recoveries > SEEDS / 2, `LevelDB was opened again ${recoveries} times`);
});

test('a job whose handle was closed under it says so, and does not call the store damaged', async (t) => {
  const bench = new Bench();
  const runs = [await bench.write(Array.from({ length: 50 }, (_, n) => put(`key${n + 100}`, n + 1)))];
  bench.blobs.before = () => {
    throw new LithifyError('LITHIFY_BLOB_STORE', 'Database is not open');
  };
  const context = bench.context();
  /** How the store is open when the job finds out; undefined: it is not. */
  const merge = (later: FakeBlobs | undefined) => {
    let now: FakeBlobs | undefined = bench.blobs;
    const opened = () => {
      if (now === undefined) throw new LithifyError('LITHIFY_BLOB_STORE', 'LevelDB is being opened again');
      return { ...context, blobs: now };
    };
    const job = { kind: 'merge', runs, snapshots: [], dropTombstones: false, shape: TINY_SHAPE } as const;
    const merging = inProcessRunner(opened, nodeRuntime()).run(job, context.control);
    now = later;
    return merging;
  };
  for (const later of [undefined, new FakeBlobs()]) {
    const { message, cause } = (await t.throwsAsync(merge(later), { code: 'LITHIFY_WORKER_DIED' })) ?? {};
    t.regex(message ?? '', /LevelDB was opened again/);
    t.is(codeOf(cause), 'LITHIFY_READER_UNAVAILABLE');
  }
  await t.throwsAsync(merge(bench.blobs), { code: 'LITHIFY_READER_UNAVAILABLE' });
});
