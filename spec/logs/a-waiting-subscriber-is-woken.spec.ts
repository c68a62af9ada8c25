import test from 'ava';
import { nodeRuntime, open, type Runtime } from '../../index.ts';
import { quiet, TINY, tempDirectory } from '../support/engines.ts';
import { records } from './support/topics.ts';

// D15 of the seed: subscribers looked once a second whether there was more, and then read everything from the first byte again.

test('a hundred subscribers get each record though no timer ever fires, and read nothing of the history again', async (t) => {
  const real = nodeRuntime();
  const runtime: Runtime = { ...real, clock: { ...real.clock, setTimer: () => 0, clearTimer: () => {} } };
  const engine = await open(await tempDirectory(t), { ...TINY, cacheBytes: 1024 * 1024, runtime });
  t.teardown(() => engine.close());
  const topic = engine.topic('topic');
  await topic.produceMany(records(500));
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  const readers = Array.from({ length: 100 }, () => topic.subscribe({ from: { after: 498 } }));
  for (const reader of readers) t.like(await reader.next(), { value: { offset: 499 } });
  const looked = () => engine.stats().cache.hits + engine.stats().cache.misses;
  const before = looked();
  for (let offset = 500; offset < 520; offset++) {
    const seen = readers.map((reader) => reader.next());
    t.is(await topic.produce({ key: 1n, value: 'v' }), offset);
    t.true((await Promise.all(seen)).every(({ value }) => value?.offset === offset));
  }
  t.is(looked(), before);
});
