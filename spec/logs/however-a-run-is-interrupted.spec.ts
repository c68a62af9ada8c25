import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, type OpenOptions, type Topic } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { Faults, type JobFault } from '../support/faults.ts';
import { liveCopy } from '../support/live-copy.ts';
import { nextEvent } from '../support/next-event.ts';
import { FixedHistory, produceMore } from './support/interrupted-run.ts';
import { retentionCalled } from './support/retentions.ts';

// D1, D2, D3, D8, D11, D14, D24 of the predecessor: a compaction that was disturbed, or met again after a crash, took with
// it what it had not copied. Here one history is compacted in several passes, and each is disturbed at each of its phases.

type Kind = Parameters<Faults['hold']>[0];
/** The second run of the history takes five passes; the first of them ages what is in memory. */
const JOBS: readonly Kind[] = ['age', ...Array.from({ length: 5 }, () => ['analyze', 'rewrite'] as const).flat()];
/** Which of these jobs is disturbed. */
const POINTS = [0, 3, 10];

interface Running {
  readonly engine: Engine;
  readonly topic: Topic;
  readonly directory: string;
  readonly faults: Faults;
  /** Of the job that stands still. */
  readonly kind: Kind;
  /** The run that was asked for: 'done' or the code of its error. */
  readonly run: Promise<string>;
  /** Lets go of the job that stands still. */
  release(): void;
}

/** The history's store with a run that stands still at the beginning of this job. */
async function stoppedAt(history: FixedHistory, point: number, threads: OpenOptions = { workers: 1 }): Promise<Running> {
  const faults = Faults.create();
  const opened = await history.opened({ ...threads, runtime: nodeRuntime({ startThread: faults.start }) });
  faults.hold(JOBS[0]);
  const run = opened.topic.compact().then(
    () => 'done',
    ({ code }) => String(code),
  );
  for (const [at, kind] of JOBS.slice(0, point + 1).entries()) {
    const nth = JOBS.slice(0, at + 1).filter((one) => one === kind).length;
    await faults.reach(kind, nth);
    if (at === point) break;
    faults.hold(JOBS[at + 1]);
    faults.release(kind);
  }
  return { ...opened, faults, kind: JOBS[point], run, release: () => faults.release(JOBS[point]) };
}

/** Disturbs the run at each point, while further records come in; nothing is ever missing, and it ends as if undisturbed. */
async function disturbed(
  t: ExecutionContext,
  disturb: (running: Running, history: FixedHistory, what: string) => Promise<Running>,
  { points = POINTS, threads }: { points?: readonly number[]; threads?: OpenOptions } = {},
): Promise<void> {
  const history = await FixedHistory.make(t, retentionCalled('key'));
  for (const point of points) {
    const what = `at job ${point}`;
    const running = await stoppedAt(history, point, threads);
    const count = await produceMore(running.topic, history.count, 3);
    await history.nothingIsMissing(running.topic, count, what);
    const { engine, topic, directory } = await disturb(running, history, what);
    await history.nothingIsMissing(topic, count, `${what}, afterwards`);
    const more = await produceMore(topic, count, 3);
    await history.endsAsUndisturbed(engine, topic, directory, more, what);
  }
}

test('undisturbed, it takes several passes and leaves what the strategy keeps', async (t) => {
  for (const name of ['key', 'nth', 'own object']) {
    const history = await FixedHistory.make(t, retentionCalled(name));
    const { engine, topic, directory } = await history.opened();
    const passes: number[] = [];
    engine.events$.subscribe((event) => event.type === 'logPass' && passes.push(event.pass));
    await topic.compact();
    t.true(passes.length > 1, name);
    await history.nothingIsMissing(topic, history.count, name);
    await history.endsAsUndisturbed(engine, topic, directory, history.count, name);
  }
});

test('the process is killed', async (t) => {
  await disturbed(t, async (running, history, what) => {
    const copy = await liveCopy(running.directory, `${await tempDirectory(t)}/copy`);
    running.release();
    t.is(await running.run, 'done', what);
    await running.engine.close();
    return { ...running, ...(await history.openedAt(copy)), directory: copy };
  });
});

test('the process is killed between any two blocks, with the work done in this thread', async (t) => {
  const history = await FixedHistory.make(t, retentionCalled('own object'));
  const copies: string[] = [];
  let turns = 0;
  let isRunning = false;
  let directory = '';
  const real = nodeRuntime();
  let now = 0;
  const turn = async () => {
    // The job waits for its turn, and so for the copy.
    if (isRunning && turns++ % 7 === 3) copies.push(await liveCopy(directory, `${await tempDirectory(t)}/copy`));
    await real.turn();
  };
  // Every block is a turn.
  const opened = await history.opened({ runtime: { ...real, turn, clock: { ...real.clock, now: () => (now += 10) } } });
  directory = opened.directory;
  isRunning = true;
  await opened.topic.compact();
  isRunning = false;
  await history.endsAsUndisturbed(opened.engine, opened.topic, directory, history.count, 'it went on');
  t.true(copies.length > 5);
  for (const [at, copy] of copies.entries()) {
    const { engine, topic } = await history.openedAt(copy);
    await history.nothingIsMissing(topic, history.count, `copy ${at}`);
    await history.endsAsUndisturbed(engine, topic, copy, await produceMore(topic, history.count, 3), `copy ${at}`);
  }
});

test('the engine is closed at once', async (t) => {
  await disturbed(t, async (running, history, what) => {
    const closed = running.engine.ask({ type: 'Shutdown', deadlineMs: 0 });
    await setImmediate();
    running.release();
    await closed;
    // What is rewritten when the deadline passes is still swapped in: in the last pass that is the end of the run.
    t.true(['LITHIFY_SHUTTING_DOWN', 'LITHIFY_ABORTED', 'done'].includes(await running.run), what);
    return { ...running, ...(await history.openedAt(running.directory)) };
  });
});

test('it is unregistered, and registered again', async (t) => {
  await disturbed(t, async (running, history, what) => {
    const left = running.topic.unregister();
    running.release();
    await left;
    t.is(await running.run, 'LITHIFY_ABORTED', what);
    history.register(running.topic);
    return running;
  });
});

test('it is registered anew while it runs', async (t) => {
  await disturbed(t, async (running, history, what) => {
    history.register(running.topic);
    running.release();
    t.is(await running.run, 'LITHIFY_ABORTED', what);
    return running;
  });
});

const FAULTS: Readonly<Record<JobFault, string>> = {
  refused: 'LITHIFY_SST',
  'storage fails': 'LITHIFY_BLOB_STORE',
  dies: 'LITHIFY_WORKER_DIED',
};
for (const [how, code] of Object.entries(FAULTS) as [JobFault, string][]) {
  test(`its job ${how}`, async (t) => {
    const history = await FixedHistory.make(t, retentionCalled('key'));
    for (const point of POINTS) {
      const what = `at job ${point}`;
      const { engine, topic, directory, faults, kind, run, release } = await stoppedAt(history, point);
      const count = await produceMore(topic, history.count, 3);
      faults.fail(kind, how);
      release();
      t.is(await run, code, what);
      await history.nothingIsMissing(topic, count, what);
      // Also what a thread wrote that died is gone.
      await history.endsAsUndisturbed(engine, topic, directory, count, what);
    }
  });
}

test('LevelDB is opened again under it, because another job failed', async (t) => {
  const disturb = async (running: Running, _: FixedHistory, what: string) => {
    const { engine, faults, run, release } = running;
    const recovered = nextEvent(engine, 'storageRecovered');
    await engine.kv.put('key', what);
    faults.fail('flush', 'storage fails');
    await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_BLOB_STORE' }, what);
    release();
    // An analysis may have ended before; what is rewritten under the new opening is swapped in.
    await Promise.all([recovered, run]);
    t.is(await engine.kv.get('key'), what);
    return running;
  };
  // No flush begins beside an ageing.
  await disturbed(t, disturb, { points: POINTS.filter((point) => JOBS[point] !== 'age'), threads: { workers: 2 } });
});

test('LevelDB is opened again between two halves of a rewrite: what the first has written is swept, and is not swapped in', async (t) => {
  const disturb = async (running: Running, _: FixedHistory, what: string) => {
    const { engine, faults, run, release } = running;
    await engine.kv.put('key', what);
    faults.fail('flush', 'storage fails');
    // There is one compactor: the rewrite makes way at its first block, and goes on when LevelDB is open again.
    const flushed = t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_BLOB_STORE' }, what);
    release();
    await flushed;
    t.is(await run, 'LITHIFY_BLOB_STORE', what);
    return running;
  };
  // In earlier passes nothing of the first block is kept, and so nothing written.
  await disturbed(t, disturb, { points: [8, 10], threads: { workers: 1, compactors: 1 } });
});

test('LevelDB is opened again under work that is done in this thread', async (t) => {
  const history = await FixedHistory.make(t, retentionCalled('own object'));
  for (const block of [1, 20, 60]) {
    const faults = Faults.create();
    const real = nodeRuntime();
    let [turns, now, isRunning] = [0, 0, false];
    let reopen = async () => {};
    const turn = async () => {
      if (isRunning && ++turns === block) await reopen();
      await real.turn();
    };
    // Every block is a turn.
    const runtime = { ...real, turn, startThread: faults.start, clock: { ...real.clock, now: () => (now += 10) } };
    const { engine, topic, directory } = await history.opened({ workers: 1, runtime });
    reopen = async () => {
      const recovered = nextEvent(engine, 'storageRecovered');
      await engine.kv.put('key', 'v');
      faults.fail('flush', 'storage fails');
      await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_BLOB_STORE' });
      await recovered;
    };
    isRunning = true;
    await topic.compact().catch(({ code }) => t.is(code, 'LITHIFY_WORKER_DIED'));
    t.true(turns >= block);
    isRunning = false;
    await history.nothingIsMissing(topic, history.count, `at block ${block}`);
    await history.endsAsUndisturbed(engine, topic, directory, history.count, `at block ${block}`);
  }
});
