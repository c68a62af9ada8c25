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

test('of many topics each has its own groups, with the places that they committed last', async (t) => {
  const engine = await openEngine(t);
  const names = Array.from({ length: 20 }, (_, at) => `topic-${at}`);
  await Promise.all(names.map((name) => engine.topic(name).produceMany(records(9))));
  const commitAll = (group: string, offset: number) =>
    Promise.all(names.map((name, at) => engine.topic(name).commit(group, offset + (at % 3))));
  const expectAll = (places: Record<string, number>) => {
    for (const [at, name] of names.entries()) {
      const found = Object.fromEntries(
        engine
          .topic(name)
          .groups()
          .map(({ group, committed }) => [group, committed]),
      );
      t.deepEqual(found, Object.fromEntries(Object.entries(places).map(([group, offset]) => [group, offset + (at % 3)])));
    }
  };
  await commitAll('a', 1);
  expectAll({ a: 1 });
  await commitAll('a', 2);
  expectAll({ a: 2 });
  await engine.ask({ type: 'MinorCompact' });
  expectAll({ a: 2 });
  await commitAll('b', 3);
  await commitAll('a', 4);
  expectAll({ a: 4, b: 3 });
});

test('a name that was found before leads to the topic that has it now', async (t) => {
  const engine = await openEngine(t);
  const [one, other] = [engine.topic('one'), engine.topic('other')];
  await one.make();
  await other.produce({ key: 1n, value: 'other' });
  t.is(engine.topic('one').offsets()?.next, 0);
  await one.drop();
  t.is(engine.topic('one').offsets(), undefined);
  await engine.topic('one', { partitions: 3 }).make();
  t.is(engine.topic('one').partitions, 3);
  t.is(engine.topic('other').offsets()?.next, 1);
});
