import test from 'ava';
import { EngineCore } from '../../actors/engine-core.ts';
import { ingest } from '../../actors/ingest.ts';
import { nodeRuntime, open } from '../../index.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { assertNothingLeft, type Pair, pairs, slowly, withFaults } from './support.ts';

test('closing ends an ingest whose source never answers, and nothing is left of it', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const waiting = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Pair> {
    yield* pairs(0, 300);
    waiting.resolve();
    await new Promise(() => {});
  }
  const ingest = engine.kv.ingest(source());
  ingest.catch(() => undefined);
  await waiting.promise;
  await assertNothingLeft(t, engine, directory);
  await t.throwsAsync(ingest, { code: 'LITHIFY_CLOSED' });
  const again = await open(directory, TINY);
  t.deepEqual(await contentOf(again), []);
  await again.close();
});

test('closing ends an ingest in the midst of a table, and the source is told', async (t) => {
  const directory = await tempDirectory(t);
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults), directory);
  faults.hold('ingest');
  let isOver = false;
  async function* source(): AsyncGenerator<Pair> {
    try {
      yield* slowly(pairs(0, 2000));
    } finally {
      isOver = true;
    }
  }
  const ingest = engine.kv.ingest(source());
  ingest.catch(() => undefined);
  await faults.reach('ingest', 1);
  const closed = assertNothingLeft(t, engine, directory);
  faults.release('ingest');
  await closed;
  await t.throwsAsync(ingest, { code: 'LITHIFY_CLOSED' });
  t.true(isOver);
});

test('a job that does not notice that it is to end loses its thread, and closing goes on', async (t) => {
  const directory = await tempDirectory(t);
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults), directory);
  faults.hold('ingest');
  const ingest = engine.kv.ingest(pairs(0, 2000));
  ingest.catch(() => undefined);
  await faults.reach('ingest', 1);
  await engine.close();
  await t.throwsAsync(ingest, { code: 'LITHIFY_CLOSED' });
});

test('a source that is waited for is told at once that no more is wanted', async (t) => {
  const engine = await EngineCore.open(await tempDirectory(t), resolveOptions(TINY), nodeRuntime());
  const asked = Promise.withResolvers<void>();
  let isReturned = false;
  const iterator = {
    next: () => {
      asked.resolve();
      return new Promise<never>(() => {});
    },
    return: async () => {
      isReturned = true;
      return { done: true as const, value: undefined };
    },
  };
  const done = ingest(engine.core, { [Symbol.asyncIterator]: () => iterator });
  done.catch(() => undefined);
  await asked.promise;
  await engine.ask({ type: 'Shutdown' });
  await t.throwsAsync(done, { code: 'LITHIFY_CLOSED' });
  t.true(isReturned);
});

test('a closed engine takes nothing in', async (t) => {
  const engine = await openEngine(t);
  const { kv } = engine;
  await engine.close();
  await t.throwsAsync(kv.ingest(pairs(0, 3)), { code: 'LEVEL_DATABASE_NOT_OPEN' });
});
