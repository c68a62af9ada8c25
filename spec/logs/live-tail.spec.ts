import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, keyBasedRetention, type LogRecord, nodeRuntime, type OpenOptions, open, type Subscription } from '../../index.ts';
import { eventsOf, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { retentionCalled } from './support/retentions.ts';
import { PartitionModel } from './support/topic-model.ts';

// D15, D16, D17 of the predecessor: its subscribers looked for news once a second and read everything again each time.

/** What code must do that looks for news by itself instead of being told. */
interface Watched {
  readonly engine: Engine;
  /** Looks at the clock, timers set, turns taken. */
  readonly restless: { count: number };
}

async function watched(t: ExecutionContext, options: OpenOptions = {}): Promise<Watched> {
  const real = nodeRuntime();
  const restless = { count: 0 };
  const counted =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      restless.count++;
      return work(...args);
    };
  const clock = { ...real.clock, now: counted(real.clock.now), wall: counted(real.clock.wall), setTimer: counted(real.clock.setTimer) };
  const engine = await open(await tempDirectory(t), { ...TINY, runtime: { ...real, clock, turn: counted(real.turn) }, ...options });
  t.teardown(() => engine.close());
  return { engine, restless };
}

/** Everything that can go on by itself has gone on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await setImmediate();
}

function record(i: number) {
  return { key: BigInt(i % 4), value: `value ${i}` };
}

function numbersOf(results: readonly IteratorResult<LogRecord, undefined>[]): (number | undefined)[] {
  return results.map(({ value }) => value?.offset);
}

test('who waits at the tail is told of a record, and does nothing at all before that', async (t) => {
  const { engine, restless } = await watched(t);
  const topic = await engine.topic('live').make();
  const tails = Array.from({ length: 10 }, () => topic.subscribe());
  for (let i = 0; i < 3; i++) {
    const pulls = tails.map((tail) => tail.next());
    await settled();
    const before = restless.count;
    await settled();
    t.is(restless.count, before);
    // Acknowledged means that it is on its way to them already: no time has to pass.
    t.is(await topic.produce(record(i)), i);
    const told = await Promise.race([Promise.all(pulls), setImmediate()]);
    t.deepEqual(told && numbersOf(told), Array(10).fill(i));
  }
  for (const tail of tails) await tail.return();
});

test('a waiting time that can end takes one timer, however many records come', async (t) => {
  const { engine } = await watched(t);
  const real = nodeRuntime();
  let timers = 0;
  const clock = {
    ...real.clock,
    setTimer: (run: () => void, ms: number) => {
      if (ms === 3_600_000) timers++;
      return real.clock.setTimer(run, ms);
    },
  };
  const timed = await open(await tempDirectory(t), { ...TINY, runtime: { ...real, clock } });
  t.teardown(() => timed.close());
  for (const [owner, expected] of [
    [engine, 0],
    [timed, 1],
  ] as const) {
    const topic = await owner.topic('live').make();
    const tail = topic.subscribe({ idleTimeout: 3_600_000 });
    const pull = tail.next();
    await settled();
    t.is(timers, expected);
    await topic.produceMany(Array.from({ length: 100 }, (_, i) => record(i)));
    t.is((await pull).value?.offset, 0);
    for (let i = 1; i < 100; i++) t.is((await tail.next()).value?.offset, i);
    t.is(timers, expected, 'what is there is not waited for');
    await tail.return();
  }
});

test('one subscription waits at the tails of several topics, and hears of each', async (t) => {
  const { engine } = await watched(t);
  const topics = await Promise.all(['a', 'b', 'c'].map((name) => engine.topic(name, { partitions: 2 }).make()));
  const tail = engine.subscribe(topics);
  for (const [at, topic] of topics.entries()) {
    const pull = tail.next();
    await settled();
    await topic.produce({ key: BigInt(at), value: topic.name });
    t.like((await pull).value, { topic: topic.name, partition: at % 2, offset: 0 });
  }
  await tail.return();
});

test('who waits is told that the topic is dropped, and that the engine closes', async (t) => {
  const { engine } = await watched(t);
  const [dropped, closed] = await Promise.all(['dropped', 'closed'].map((name) => engine.topic(name).make()));
  const waits = [dropped.subscribe().next(), closed.subscribe().next()];
  await settled();
  await dropped.drop();
  await t.throwsAsync(waits[0], { code: 'LITHIFY_NOT_FOUND' });
  const closing = engine.close();
  await t.throwsAsync(waits[1], { code: 'LITHIFY_CLOSED' });
  await closing;
});

test('readers of every speed get what is kept once and in order, while compactions swap history under them', async (t) => {
  const { engine } = await watched(t);
  const retention = retentionCalled('nth');
  const topic = await engine.topic('live', { compaction: { ...retention.strategy, compactionThreshold: 500, minDirtyRatio: 0 } }).make();
  const model = new PartitionModel('live', 0);
  const stop = new AbortController();
  const [fast, ...others] = [0, 1, 3].map((slowness) => follow(topic.subscribe({ signal: stop.signal }), slowness));
  const slowest = topic.subscribe({ idleTimeout: 0 });
  const seenBySlowest: LogRecord[] = [];
  let runs = 0;
  engine.events$.subscribe(({ type }) => type === 'logCompacted' && runs++);
  for (let round = 0; round < 12; round++) {
    const records = Array.from({ length: 30 }, (_, i) => record(round * 30 + i));
    for (const one of records) model.add(one);
    await topic.produceMany(records);
    if (round % 3 === 1) await engine.ask({ type: 'MinorCompact' });
    await fast.reached(model.next - 1);
    const { value } = await slowest.next();
    if (value !== undefined) seenBySlowest.push(value);
    if (round % 4 === 3) await topic.compact();
  }
  model.mayCompact(retention);
  await Promise.all(others.map((reader) => reader.reached(model.next - 1)));
  for await (const one of slowest) seenBySlowest.push(one);
  stop.abort();
  t.true(runs >= 3);
  for (const seen of [fast.seen, ...others.map((one) => one.seen), seenBySlowest]) t.is(model.faultIn(seen, 0, model.next), undefined);
  // It has not seen what was gone before it got there.
  t.true(seenBySlowest.length < fast.seen.length, `${seenBySlowest.length} and ${fast.seen.length} records`);
});

test('a slow reader reads no further than it is asked, and pins nothing between two records', async (t) => {
  const real = nodeRuntime();
  let checked = 0;
  const checksum = (bytes: Uint8Array, seed?: number) => {
    checked++;
    return real.checksum(bytes, seed);
  };
  const engine = await open(await tempDirectory(t), { ...TINY, cacheBytes: 0, runtime: { ...real, checksum } });
  t.teardown(() => engine.close());
  const topic = engine.topic('live', { compaction: { strategy: keyBasedRetention(10), compactionThreshold: 1_000_000 } });
  await topic.produceMany(Array.from({ length: 300 }, (_, i) => record(i)));
  await engine.ask({ type: 'MinorCompact' });
  const events = eventsOf(engine);
  const slow = topic.subscribe({ idleTimeout: 0 });
  const before = checked;
  t.is((await slow.next()).value?.offset, 0);
  await settled();
  // The index of the part, and the block that the record is in.
  const afterOne = checked - before;
  t.true(afterOne > 0 && afterOne <= 4, `${afterOne} looks at blocks`);
  t.deepEqual(engine.stats().leases, []);
  // What it has not read may be compacted away under it, and its blobs deleted.
  await topic.compact();
  await quiet(engine);
  t.true(events.some(({ type }) => type === 'collected'));
  t.like(engine.stats().garbage, { blobs: 0, pinned: 0 });
  const rest: number[] = [];
  for await (const { offset } of slow) rest.push(offset);
  t.deepEqual(rest.slice(-4), [296, 297, 298, 299]);
  t.true(rest.length < 30, 'what was left of its block, and what was kept');
  t.deepEqual(
    rest,
    rest.toSorted((a, b) => a - b),
  );
});

test('of what is in memory it holds a piece, however much there is', async (t) => {
  const { engine } = await watched(t, { memtableBytes: 4 * 1024 * 1024, memoryBytes: 64 * 1024 * 1024 });
  const topic = engine.topic('live');
  await topic.produceMany(Array.from({ length: 3_000 }, (_, i) => record(i)));
  await topic.produceMany(Array.from({ length: 300 }, (_, i) => ({ key: 0n, value: 'x'.repeat(3_000 + i) })));
  const pieces = [];
  for await (const piece of topic.subscribe({ idleTimeout: 0 }).batches()) pieces.push(piece);
  t.is(pieces.flat().length, 3_300);
  for (const piece of pieces) {
    const bytes = piece.reduce((sum, { value }) => sum + value.length, 0);
    t.true(piece.length <= 256 && bytes < 64 * 1024 + 3_300, `${piece.length} records, ${bytes} bytes`);
  }
});

interface Follower {
  readonly seen: LogRecord[];
  reached(offset: number): Promise<void>;
}

/** Takes one record, and then so many turns before it takes the next. */
function follow(records: Subscription, slowness: number): Follower {
  const seen: LogRecord[] = [];
  let wanted: { readonly offset: number; readonly reached: PromiseWithResolvers<void> } | undefined;
  const run = async () => {
    for await (const one of records) {
      seen.push(one);
      if (wanted !== undefined && one.offset >= wanted.offset) wanted.reached.resolve();
      for (let i = 0; i < slowness; i++) await setImmediate();
    }
  };
  const ended = run().catch((error) => {
    if (error.code !== 'LITHIFY_ABORTED') throw error;
  });
  return {
    seen,
    reached: async (offset) => {
      if ((seen.at(-1)?.offset ?? -1) >= offset) return;
      wanted = { offset, reached: Promise.withResolvers() };
      await Promise.race([wanted.reached.promise, ended]);
    },
  };
}
