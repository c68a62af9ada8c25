import test from 'ava';
import type { LogRecord } from '../../protocol/log.ts';
import type { AnalyzeResult, JobCommand } from '../../storage/jobs/job.ts';
import { entriesOf } from '../../storage/log/compaction-map.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import type { Strategy } from '../../storage/log/strategy.ts';
import { given, log, PassBench } from './support/passes.ts';

/** A strategy that writes down what it is shown. */
function watcher(): Strategy<Map<bigint, number>, bigint> & { readonly seen: LogRecord[]; inits: number; laterPasses: number } {
  const inner = keyBasedRetention(3);
  const seen: LogRecord[] = [];
  return {
    seen,
    inits: 0,
    laterPasses: 0,
    init() {
      this.inits++;
      return new Map();
    },
    reduce(state, key, record) {
      seen.push(record);
      return inner.reduce({ offsets: state, maxKeys: 3 }, key, record);
    },
    collect: (state) => state,
    laterPass() {
      this.laterPasses++;
    },
  };
}

const offsets = (records: readonly LogRecord[]): number[] => records.map(({ offset }) => offset);
const keys = [0, 1, 2, 0, 3, 1, 4, 0, 0, 2, 5, 1, 0, 3, 3, 2];
const all = keys.map((_, offset) => offset);

for (const inThread of [true, false]) {
  const where = inThread ? 'in a thread' : 'in-process';

  test(`records come in order, each once a pass, ${where}`, async (t) => {
    const bench = new PassBench();
    const strategy = watcher();
    const parts = await bench.parts(log(keys));
    const first = await bench.analyze(parts, strategy, { inThread });
    t.deepEqual(offsets(strategy.seen), all);
    t.is(first.records, keys.length);
    strategy.seen.length = 0;
    await bench.analyze(parts, strategy, { inThread, from: 6 });
    t.deepEqual(offsets(strategy.seen), all.slice(6));
    t.is(strategy.inits, 2);
    t.is(strategy.laterPasses, 1);
  });

  test(`a strategy sees the whole record, large values included, ${where}`, async (t) => {
    const bench = new PassBench();
    const strategy = watcher();
    const value = new Uint8Array(300_000).map((_, at) => at * 7);
    const headers = [{ key: 'h', value: new Uint8Array([1, 2]) }];
    const part = await bench.part([given(1, 5, { timestamp: 1234, headers, value: 'small' }), given(2, 8, { value, isStaged: true })]);
    await bench.analyze([part], strategy, { inThread });
    t.deepEqual(strategy.seen, [
      { topic: 'my-topic', partition: 3, offset: 5, key: 1n, value: new TextEncoder().encode('small'), headers, timestamp: 1234 },
      { topic: 'my-topic', partition: 3, offset: 8, key: 2n, value: strategy.seen[1].value, headers: [] },
    ]);
    t.true(Buffer.from(strategy.seen[1].value).equals(value));
  });
}

/** Runs one analysis in as many calls as it takes when each is told to make way at once. */
async function inSteps(
  bench: PassBench,
  parts: readonly LogPart[],
  strategy: unknown,
  options: { from?: number; pass?: string; command?: () => JobCommand; between?: () => unknown } = {},
): Promise<{ result: AnalyzeResult; steps: number; records: number }> {
  const { between, ...job } = { from: 0, pass: 'the pass', command: () => 'yield' as const, ...options };
  let result = await bench.analyze(parts, strategy, job);
  let steps = 1;
  let { records } = result;
  for (; result.resume !== undefined; steps++) {
    await between?.();
    result = await bench.analyze(parts, strategy, { ...job, resume: result.resume });
    records += result.records;
  }
  return { result, steps, records };
}

for (const [name, strategy] of [
  ['key-based retention', keyBasedRetention(3)],
  ['nth retention', nthKeyBasedRetention(3, 2)],
  ['key-based retention of string keys', keyBasedRetention(3, { key: ({ key }) => `${key}` })],
  ['nth retention of string keys', nthKeyBasedRetention(3, 2, { key: ({ key }) => `${key}` })],
] as const) {
  test(`an analysis that makes way at every block ends with the same map: ${name}`, async (t) => {
    const bench = new PassBench();
    const parts = await bench.parts(log(keys), 9);
    for (const from of [0, 4]) {
      const whole = await bench.analyze(parts, strategy, { from });
      const { result, steps, records } = await inSteps(bench, parts, strategy, { from });
      t.true(steps > 3);
      t.is(result.overflowAt, whole.overflowAt);
      t.is(records, keys.length - from);
      t.deepEqual(new Map([...entriesOf(result.map ?? never())].sort()), new Map([...entriesOf(whole.map ?? never())].sort()));
    }
  });
}

test('an analysis that makes way goes on where it was: no record is shown twice', async (t) => {
  const bench = new PassBench();
  const strategy = watcher();
  const { result } = await inSteps(bench, await bench.parts(log(keys), 9), strategy);
  t.deepEqual(offsets(strategy.seen), all);
  t.is(strategy.inits, 1);
  t.is(result.overflowAt, 4);
});

test('where the state is gone the analysis begins again, and then goes through', async (t) => {
  const bench = new PassBench();
  const strategy = watcher();
  const parts = await bench.parts(log(keys), 9);
  const half = await bench.analyze(parts, strategy, { pass: 'p', command: () => 'yield' });
  strategy.seen.length = 0;
  // Another thread knows nothing of what happened in the first one.
  const elsewhere = await bench.analyze(parts, strategy, {
    ...{ pass: 'of another thread', command: () => 'yield' },
    ...(half.resume && { resume: half.resume }),
  });
  t.is(elsewhere.resume, undefined);
  t.deepEqual(offsets(strategy.seen), all);
  t.deepEqual(elsewhere.map, (await bench.analyze(parts, strategy)).map);
});

test('so many passes wait in a thread, and no more', async (t) => {
  const bench = new PassBench();
  const strategies = Array.from({ length: 6 }, watcher);
  const parts = await bench.parts(log(keys), 9);
  const half = await Promise.all(
    strategies.map((strategy, at) => bench.analyze(parts, strategy, { pass: `${at}`, command: () => 'yield' })),
  );
  for (const [at, strategy] of strategies.entries()) {
    const { resume } = half[at];
    await bench.analyze(parts, strategy, { pass: `${at}`, ...(resume && { resume }) });
  }
  t.deepEqual(
    strategies.map(({ inits }) => inits),
    [2, 2, 1, 1, 1, 1],
  );
});

test('stores that name their passes alike do not get each other’s state', async (t) => {
  const strategy = watcher();
  const benches = [new PassBench(), new PassBench()];
  const logs = await Promise.all(benches.map((bench) => bench.parts(log(keys), 9)));
  const half = await benches[0].analyze(logs[0], strategy, { pass: 'p', command: () => 'yield' });
  t.is(strategy.inits, 1);
  await benches[1].analyze(logs[1], strategy, { pass: 'p', ...(half.resume && { resume: half.resume }) });
  t.is(strategy.inits, 2);
});

test('built-in strategies never fetch a large value', async (t) => {
  for (const [strategy, left] of [
    [keyBasedRetention(9, { tombstone: 'empty-value' }), [1, 2]],
    [nthKeyBasedRetention(9, 2, { tombstone: 'empty-value' }), [0, 1, 2]],
  ] as const) {
    const bench = new PassBench();
    const parts = [await bench.part([given(1, 0, { isStaged: true }), given(1, 1, { isStaged: true }), given(2, 2)])];
    const result = await bench.pass(parts, strategy, { rules: { tombstonesOlderThan: 1e15 } });
    const [{ staged }] = parts;
    for (const { id } of staged) t.false(bench.blobs.reads.some((read) => read.startsWith(`${id}/`)));
    t.deepEqual(bench.offsets(result.parts), [...left], 'nor do they take one for an empty value');
  }
});

test('blocks below the offset where a pass begins are not read', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts(log(keys), 5);
  await bench.analyze(parts, keyBasedRetention(9), { from: 15 });
  t.deepEqual(new Set(bench.blobs.reads.map((read) => Number(read.split('/')[0]))), new Set([parts[3].blob.id]));
});

function never(): never {
  throw new Error('There is no map.');
}
