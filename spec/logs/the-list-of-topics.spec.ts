import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, keyBasedRetention } from '../../index.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';
import { records } from './support/topics.ts';

// D34 of the seed: there was no list of topics but that of the files.

const namesOf = (engine: Engine) => engine.topics().map(({ name, partitions, records: count }) => [name, partitions, count]);

async function killed(t: ExecutionContext, { location }: Engine): Promise<Engine> {
  return openEngine(t, TINY, await liveCopy(location, join(await tempDirectory(t), 'copy')));
}

test('the list says of each topic how much there is: of records and bytes, and of what no compaction has seen', async (t) => {
  const engine = await openEngine(t);
  t.deepEqual(engine.topics(), []);
  await engine.topic('b').produceMany(records(10, { keys: 2 }));
  await engine.topic('a', { partitions: 3 }).produceMany(records(6));
  await engine.topic('c').make();
  t.deepEqual(namesOf(engine), [
    ['a', 3, 6],
    ['b', 1, 10],
    ['c', 1, 0],
  ]);
  const before = engine.topics()[1];
  t.true(before.bytes > 100 && before.dirtyBytes === before.bytes);
  const b = engine.topic('b', { compaction: { strategy: keyBasedRetention(10) } });
  await b.compact();
  const after = engine.topics()[1];
  t.true(after.records === 2 && after.bytes < before.bytes / 3 && after.dirtyBytes === 0, JSON.stringify(after));
  t.deepEqual(namesOf(await killed(t, engine)), namesOf(engine));
});
