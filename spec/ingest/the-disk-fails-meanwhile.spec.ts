import test from 'ava';
import { EngineCore } from '../../actors/engine-core.ts';
import { ingest } from '../../actors/ingest.ts';
import { LithifyError, nodeRuntime, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { liveCopy } from '../support/live-copy.ts';
import { nextEvent } from '../support/next-event.ts';
import { assertNothingLeft, atRest, pairs } from './support.ts';

const encoder = new TextEncoder();

test('tables that were swept because LevelDB was opened again are not taken in', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await EngineCore.open(directory, resolveOptions(TINY), nodeRuntime());
  t.teardown(() => engine.ask({ type: 'Shutdown' }).catch(() => undefined));
  const { core } = engine;
  const recovered = nextEvent(engine, 'storageRecovered');
  async function* source() {
    for (const [i, [key, value]] of pairs(0, 300).entries()) {
      if (i === 150) {
        core.noteFailure(new LithifyError('LITHIFY_BLOB_STORE', 'Injected: some write failed.'));
        await recovered;
      }
      yield [encoder.encode(key), encoder.encode(value)] as const;
    }
  }
  await t.throwsAsync(ingest(core, source()), { code: 'LITHIFY_BLOB_STORE', message: /opened again.* ingest again/ });
  await engine.ask({ type: 'Shutdown' });
  const again = await open(directory, TINY);
  t.deepEqual(await contentOf(again), []);
  await atRest(again);
  await assertNothingLeft(t, again, directory);
});

test('a refused write that is in the log after all does not come back above an ingest', async (t) => {
  const files = new FaultyFiles(nodeFiles());
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files }) }, directory);
  // Every byte gets there, nobody is told so, and for now the log can neither be cut nor continued.
  files.fail({ call: 'append', code: 'EIO', effect: 'whole' });
  files.fail({ call: 'truncate', code: 'EIO', times: 100 });
  files.fail({ call: 'create', code: 'EIO', times: 100 });
  const refused = engine.kv.batch(pairs(0, 20, 'refused').map(([key, value]) => ({ type: 'put', key, value })));
  await t.throwsAsync(refused, { code: 'LITHIFY_WAL' });
  // As long as the log may hold it, nothing is taken in.
  await t.throwsAsync(engine.kv.ingest(pairs(5, 10)), { code: 'LITHIFY_WAL' });
  t.deepEqual(await contentOf(engine), []);
  files.heal();
  await engine.kv.ingest(pairs(5, 10));
  const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
  const again = await openEngine(t, TINY, copy);
  t.deepEqual(await contentOf(again), pairs(5, 10) as [string, string][]);
});
