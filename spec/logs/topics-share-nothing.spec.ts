import { readdir } from 'node:fs/promises';
import test from 'ava';
import { keyBasedRetention, open } from '../../index.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { refused, shown } from './support/topics.ts';

// D6 of the seed: topics that differed only behind the last dot shared their history; a name was a path.

const NAMES = [
  ...['a.b', 'a.c', 'a', 'b', 'a.history', '.', '..', '/', '../a', '/etc/passwd', 'a/b', 'a:b'],
  ...['x'.repeat(1024), '\0', 'a\0', ' ', '\n', '🦆', 'é', 'e\u0301', 'A'],
  ...['constructor', '__proto__', 'toString', '0', '1', '1/0', '1/0/group'],
];

test('topics of whatever names share neither records nor offsets, groups or compactions, also after a flush and in another life', async (t) => {
  const directory = await tempDirectory(t);
  const first = await open(directory, TINY);
  for (const name of NAMES) await first.topic(name).produceMany([1, 2, 3].map((i) => ({ key: 1n, value: `${i} of ${name}` })));
  await first.ask({ type: 'MinorCompact' });
  for (const [i, name] of NAMES.entries()) await first.topic(name).commit(name, i % 3);
  await first.close();

  const again = await openEngine(t, TINY, directory);
  t.deepEqual(
    again.topics().map(({ name }) => name),
    NAMES.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  for (const [i, name] of NAMES.entries()) {
    const topic = again.topic(name);
    t.deepEqual(
      await shown(topic),
      [0, 1, 2].map((offset) => `${offset}:${offset + 1} of ${name}`),
    );
    t.deepEqual(
      topic.groups().map(({ group, committed }) => `${group} ${committed}`),
      [`${name} ${i % 3}`],
    );
  }
  const compacted = again.topic('a.b', { compaction: { strategy: keyBasedRetention(8) } });
  await compacted.compact();
  t.deepEqual(await shown(compacted), ['2:3 of a.b']);
  t.deepEqual(await shown(again.topic('a.c')), ['0:1 of a.c', '1:2 of a.c', '2:3 of a.c']);
});

test('a name is never that of a file', async (t) => {
  const parent = await tempDirectory(t);
  const engine = await openEngine(t, TINY, `${parent}/store`);
  await engine.topic('plain').produce({ key: 1n, value: 'v' });
  const before = await readdir(parent, { recursive: true });
  for (const name of ['..', '../outside', '/outside', 'a/b']) await engine.topic(name).produce({ key: 1n, value: 'v' });
  t.deepEqual(await readdir(parent, { recursive: true }), before);
});

for (const [what, name] of Object.entries({
  'an empty one': '',
  'one with half a character': 'half \ud83e',
  'one of more than 1024 bytes': 'é'.repeat(513),
  'something else than a text': 5,
  null: null,
})) {
  test(`${what} is no name, neither of a topic nor of a group, and nothing is made`, async (t) => {
    const engine = await openEngine(t);
    const topic = engine.topic('there');
    await topic.produce({ key: 1n, value: 'v' });
    await refused(t, () => engine.topic(name as string));
    await refused(t, () => engine.write((tx) => tx.produce(name as string, { key: 1n, value: 'v' })));
    await refused(t, () => topic.commit(name as string, 0));
    t.deepEqual(
      engine.topics().map((one) => one.name),
      ['there'],
    );
    t.deepEqual(topic.groups(), []);
  });
}

test('of two who make a topic at once with other numbers of partitions, one is refused', async (t) => {
  const engine = await openEngine(t);
  const [two, three] = await Promise.allSettled([2, 3].map((partitions) => engine.topic('new', { partitions }).make()));
  t.is(two?.status, 'fulfilled');
  t.like(three, { status: 'rejected', reason: { code: 'LITHIFY_INVALID_ARGUMENT' } });
  t.deepEqual(
    engine.topics().map(({ partitions }) => partitions),
    [2],
  );
  await quiet(engine);
});
