import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type Engine, LithifyError, nodeRuntime } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { changeBlocks, flipped } from '../support/damage.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { records, recordsOf } from './support/topics.ts';

// D22 and D31 of the seed: there was one error, which said nothing, for whatever a producer met; and formatting another called itself for ever.

const V = { key: 1n, value: 'v' };

interface Failing {
  readonly engine: Engine;
  readonly files: FaultyFiles;
}

const FAILURES: Readonly<Record<string, readonly [code: string, act: (failing: Failing) => Promise<unknown>, cause?: string]>> = {
  'a record that is none': ['LITHIFY_INVALID_ARGUMENT', ({ engine }) => engine.topic('topic').produce({ key: -1n, value: '' })],
  'a partition that is not there': ['LITHIFY_INVALID_ARGUMENT', ({ engine }) => engine.topic('topic').produce({ ...V, partition: 9 })],
  'a topic that is not there': ['LITHIFY_NOT_FOUND', async ({ engine }) => engine.topic('missing').subscribe()],
  'a disk that is full': ['LITHIFY_DISK_FULL', failingWith('ENOSPC'), 'ENOSPC'],
  'a disk that fails': ['LITHIFY_WAL', failingWith('EIO'), 'EIO'],
  'a topic that was dropped meanwhile': [
    'LITHIFY_NOT_FOUND',
    async ({ engine }) => {
      const tail = engine.topic('topic').subscribe({ from: 'end' });
      const next = tail.next();
      await engine.topic('topic').drop();
      return next;
    },
  ],
  'an engine that was closed': [
    'LITHIFY_CLOSED',
    async ({ engine }) => {
      const topic = engine.topic('topic');
      await engine.close();
      return topic.produce(V);
    },
  ],
  'a strategy that throws': [
    'LITHIFY_STRATEGY',
    ({ engine }) => {
      const init = () => {
        throw Object.assign(new Error('out of order'), { code: 'EOUT' });
      };
      engine.topic('topic').register({ strategy: { init, reduce: () => false, collect: () => new Map() } });
      return engine.topic('topic').compact();
    },
    'EOUT',
  ],
};

for (const [what, [code, act, cause]] of Object.entries(FAILURES)) {
  test(`${what} is ${code}, in words and with its cause`, async (t) => {
    const files = new FaultyFiles(nodeFiles());
    const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files }) });
    await engine.topic('topic').produceMany(records(3));
    const error = await t.throwsAsync(() => act({ engine, files }), { instanceOf: LithifyError, code });
    assertPrintable(t, error);
    if (cause !== undefined) t.true(causes(error).includes(cause), inspect(error));
  });
}

test('damage says topic, partition, offsets, blob and block, and what to do', async (t) => {
  const first = await openEngine(t, TINY, await tempDirectory(t));
  await first.topic('topic').produceMany(records(3));
  await first.ask({ type: 'MinorCompact' });
  await first.close();
  await changeBlocks(first.location, flipped);
  const { topic } = { topic: (await openEngine(t, TINY, first.location)).topic('topic') };
  const error = await t.throwsAsync(recordsOf(topic), { instanceOf: LithifyError, code: 'LITHIFY_CORRUPTION' });
  t.like(error?.details, { topic: 'topic', partition: 0, from: 0, after: 2 });
  t.deepEqual([typeof error?.details.blobId, typeof error?.details.block], ['number', 'number']);
  t.regex(error?.message ?? '', /from: \{ after: 2 \}/);
  assertPrintable(t, error);
});

function failingWith(code: string): (failing: Failing) => Promise<unknown> {
  return ({ engine, files }) => {
    files.fail({ call: 'append', code, effect: 'half' });
    return engine.topic('topic').produce(V);
  };
}

/** Whatever way somebody writes an error down, it ends. */
function assertPrintable(t: ExecutionContext, error: LithifyError | undefined): void {
  t.true(inspect(error, { depth: 10 }).length < 20_000);
  t.true(String(error).includes(error?.message ?? '?'));
  t.notThrows(() => JSON.stringify({ ...error, details: error?.details }));
  t.true((error?.message.length ?? 0) > 20);
}

function causes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return ['code' in error ? String(error.code) : '', ...causes(error.cause)];
}
