import test from 'ava';
import { nodeRuntime } from '../../index.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { shown } from './support/topics.ts';

test('records that wait for a flush are there when LevelDB has been opened again, though no key was written with them', async (t) => {
  const faults = Faults.create();
  const directory = await tempDirectory(t);
  const options = { ...TINY, workers: 1, compactors: 1, runtime: nodeRuntime({ startThread: faults.start }) };
  const engine = await openEngine(t, options, directory);
  const topic = engine.topic('t');
  // Every table of keys is older than these records.
  await engine.kv.put('key', 'value');
  await engine.ask({ type: 'MinorCompact' });
  await topic.produceMany(['a', 'b', 'c'].map((value, i) => ({ key: BigInt(i), value })));
  faults.fail('age', 'storage fails');
  const recovered = nextEvent(engine, 'storageRecovered');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_BLOB_STORE' });
  await recovered;
  t.deepEqual(await shown(topic), ['0:a', '1:b', '2:c']);
  await engine.ask({ type: 'MinorCompact' });
  await engine.close();
  const again = await openEngine(t, TINY, directory);
  t.deepEqual(await shown(again.topic('t')), ['0:a', '1:b', '2:c']);
});
