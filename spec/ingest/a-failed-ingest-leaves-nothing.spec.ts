import test, { type ExecutionContext } from 'ava';
import type { Engine } from '../../index.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { Faults, type JobFault } from '../support/faults.ts';
import { assertNothingLeft, atRest, type Pair, pairs, slowly, withFaults } from './support.ts';

const KEPT: Pair[] = pairs(10, 20, 'kept');

async function withKept(t: ExecutionContext, options = TINY): Promise<{ engine: Engine; directory: string }> {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, options, directory);
  await engine.kv.batch(KEPT.map(([key, value]) => ({ type: 'put', key, value })));
  return { engine, directory };
}

/** Enough for several tables of TINY. */
const MANY = pairs(0, 300);

const WRONG: readonly (readonly [what: string, given: readonly unknown[], message: RegExp])[] = [
  ['a key that comes before the one before it', [...MANY, ['p0150x', 'late']], /Pair 300 .*"p0150x".* comes before "p0299"/],
  ['a key twice', [...MANY, ['p0299', 'again']], /Pair 300 .*"p0299".* the same as "p0299"/],
  ['a key that is too long', [...MANY, ['q'.repeat(65_536), 'long']], /65536/],
  ['something that is no pair', [...MANY, 'p0300'], /pair/],
  ['a pair of three', [...MANY, ['p0300', 'v', 'w']], /pair/],
  ['a pair larger than memory allows', [...MANY, ['p0300', 'v'.repeat(TINY.memoryBytes / 4)]], /memoryBytes/],
];

for (const [what, given, message] of WRONG) {
  test(`${what} is refused with its place, and nothing of the others is taken in`, async (t) => {
    const { engine, directory } = await withKept(t);
    await t.throwsAsync(engine.kv.ingest(slowly(given) as AsyncIterable<Pair>), { code: 'LITHIFY_INVALID_ARGUMENT', message });
    t.deepEqual(await contentOf(engine), KEPT as [string, string][]);
    await atRest(engine);
    await assertNothingLeft(t, engine, directory);
  });
}

test('keys are compared by their bytes, and shown in hexadecimal where they are no text', async (t) => {
  const { engine } = await withKept(t);
  const given = [Buffer.from([1, 255]), Buffer.from([1, 3])].map((key) => [key, 'v'] as const);
  await t.throwsAsync(engine.kv.ingest(given, { keyEncoding: 'buffer' }), { message: /Pair 1 .*0x0103.* comes before 0x01ff/ });
});

test('what the pairs themselves throw is what the ingest rejects with', async (t) => {
  const { engine, directory } = await withKept(t);
  const reason = new Error('the source broke');
  async function* broken(): AsyncGenerator<Pair> {
    yield* MANY;
    throw reason;
  }
  t.is(await t.throwsAsync(engine.kv.ingest(broken())), reason);
  t.deepEqual(await contentOf(engine), KEPT as [string, string][]);
  await atRest(engine);
  await assertNothingLeft(t, engine, directory);
});

test('after a refused pair the source is told that no more are wanted', async (t) => {
  const { engine } = await withKept(t);
  let isOver = false;
  async function* source(): AsyncGenerator<Pair> {
    try {
      yield ['b', '1'];
      yield ['a', '2'];
    } finally {
      isOver = true;
    }
  }
  await t.throwsAsync(engine.kv.ingest(source()));
  t.true(isOver);
});

const HOW: Readonly<Record<JobFault, string>> = {
  refused: 'LITHIFY_SST',
  'storage fails': 'LITHIFY_BLOB_STORE',
  dies: 'LITHIFY_WORKER_DIED',
};

for (const [how, code] of Object.entries(HOW) as [JobFault, string][]) {
  test(`an ingest one of whose tables ${how} is given up, and the next one works`, async (t) => {
    const directory = await tempDirectory(t);
    const faults = Faults.create();
    const engine = await openEngine(t, withFaults(faults), directory);
    await engine.kv.batch(KEPT.map(([key, value]) => ({ type: 'put', key, value })));
    let isSet = false;
    async function* source(): AsyncGenerator<Pair> {
      for (const pair of MANY) {
        if (!isSet && faults.begun('ingest') >= 2) {
          isSet = true;
          faults.fail('ingest', how);
        }
        yield pair;
      }
    }
    await t.throwsAsync(engine.kv.ingest(source()), { code });
    t.is(faults.left('ingest'), 0);
    t.deepEqual(await contentOf(engine), KEPT as [string, string][]);
    await atRest(engine);
    t.is((await engine.kv.ingest(MANY)).entries, MANY.length);
    t.is((await contentOf(engine)).length, MANY.length);
    await atRest(engine);
    // Also what a dead thread had written.
    await assertNothingLeft(t, engine, directory);
  });
}
