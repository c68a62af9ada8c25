import test from 'ava';
import { nodeRuntime, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { liveCopy } from '../support/live-copy.ts';

test('a refused write that is in the log after all, and whose large value has been given back, does not come back without it', async (t) => {
  const files = new FaultyFiles(nodeFiles());
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files }) }, directory);
  const topic = engine.topic('t');
  await topic.produce({ key: 0n, value: 'before' });
  // Every byte gets there, nobody is told so, and the log can neither be cut nor continued before the process dies.
  files.fail({ call: 'append', code: 'EIO', effect: 'whole' });
  files.fail({ call: 'truncate', code: 'EIO', times: 100 });
  files.fail({ call: 'create', code: 'EIO', times: 100 });
  const refused = engine.write((tx) => {
    tx.put('state', 'refused');
    tx.produce('t', { key: 1n, value: 'x'.repeat(10_000) });
  });
  await t.throwsAsync(refused, { code: 'LITHIFY_WAL' });
  await engine.ask({ type: 'GarbageCollect' });
  const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
  files.heal();

  const again = await open(copy, TINY);
  t.teardown(() => again.close());
  t.deepEqual(await contentOf(again), []);
  t.deepEqual(again.topic('t').offsets(), { beginning: 0, end: 0, next: 1 });
  t.is(await again.topic('t').produce({ key: 2n, value: 'after' }), 1);
  t.deepEqual((await again.verify()).damage, []);
  await again.kv.put('state', 'after');
  await again.close();
  // What it used of the log is not used again.
  const third = await openEngine(t, TINY, copy);
  t.deepEqual(await contentOf(third), [['state', 'after']]);
  t.deepEqual(third.topic('t').offsets(), { beginning: 0, end: 1, next: 2 });
});
