import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, keyBasedRetention, type Topic } from '../../index.ts';
import { changeBlocks, flipped } from '../support/damage.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';
import { records, shown } from './support/topics.ts';

// D41 of the seed: consumers kept their offsets in a file of their own, cut and written in place; a crash, a failed read or another key
// made it the default, and everything was consumed again, or nothing.

async function killed(t: ExecutionContext, { location }: Engine): Promise<Engine> {
  return openEngine(t, TINY, await liveCopy(location, join(await tempDirectory(t), 'copy')));
}

function placesOf(topic: Topic): (string | number)[][] {
  return topic.groups().map(({ group, partition, committed, lag }) => [group, partition, committed, lag]);
}

test('the last word of each group counts, forwards or back, in memory, flushed, killed and closed', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic', { partitions: 2 });
  await topic.produceMany(records(20));
  const expected = async (places: (string | number)[][]) => {
    t.deepEqual(placesOf(topic), places);
    const copy = await killed(t, engine);
    t.deepEqual(placesOf(copy.topic('topic')), places);
    await copy.close();
  };
  await topic.commit('a', 7, 0);
  await topic.commit('a', 3, 1);
  await topic.commit('b', 9, 0);
  await engine.ask({ type: 'MinorCompact' });
  await expected([
    ['a', 0, 7, 2],
    ['a', 1, 3, 6],
    ['b', 0, 9, 0],
  ]);
  await topic.commit('a', 8, 0);
  await topic.commit('a', 2, 0);
  await expected([
    ['a', 0, 2, 7],
    ['a', 1, 3, 6],
    ['b', 0, 9, 0],
  ]);
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  await engine.close();
  const again = (await openEngine(t, TINY, engine.location)).topic('topic');
  t.deepEqual(placesOf(again), [
    ['a', 0, 2, 7],
    ['a', 1, 3, 6],
    ['b', 0, 9, 0],
  ]);
  t.deepEqual(await shown(again, { group: 'a', partition: 1 }), [
    '4:value 9',
    '5:value 11',
    '6:value 13',
    '7:value 15',
    '8:value 17',
    '9:value 19',
  ]);
});

test('a consumer that is killed after any record goes on behind what it committed: with its state, in one write', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic');
  await topic.produceMany(records(6));
  let sum = 0;
  for await (const { offset } of topic.subscribe({ group: 'sums', idleTimeout: 0 })) {
    sum += offset;
    await engine.write((tx) => {
      tx.put('sum', String(sum));
      tx.commit('sums', 'topic', offset);
    });
    const copy = await killed(t, engine);
    t.is(await copy.kv.get('sum'), String(sum));
    const rest = await shown(copy.topic('topic'), { group: 'sums' });
    t.is(rest.length, 5 - offset);
    await copy.close();
  }
  t.is(sum, 15);
});

test('damage in what the group reads, and a compaction of what it has read, leave its place as it is', async (t) => {
  const first = await openEngine(t);
  const topic = first.topic('topic', { compaction: { strategy: keyBasedRetention(10) } });
  await topic.produceMany(records(20, { keys: 5 }));
  await topic.commit('group', 12);
  await topic.compact();
  t.deepEqual(placesOf(topic), [['group', 0, 12, 5]]);
  await first.ask({ type: 'MinorCompact' });
  await first.close();
  await changeBlocks(first.location, flipped);
  const engine = await openEngine(t, TINY, first.location);
  const again = engine.topic('topic');
  t.deepEqual(placesOf(again), [['group', 0, 12, 5]]);
  await t.throwsAsync(shown(again, { group: 'group' }), { code: 'LITHIFY_CORRUPTION' });
  await again.produce({ key: 1n, value: 'on' });
  await again.commit('group', 19);
  t.deepEqual(await shown(again, { group: 'group' }), ['20:on']);
});

test('what no record has cannot be committed, and nothing is made of it', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic');
  await topic.produceMany(records(3));
  for (const offset of [3, -1, 1.5, Number.NaN]) {
    await t.throwsAsync(topic.commit('group', offset), { code: 'LITHIFY_INVALID_ARGUMENT' });
    await t.throwsAsync(
      engine.write((tx) => tx.commit('group', 'topic', offset)),
      { code: 'LITHIFY_INVALID_ARGUMENT' },
    );
  }
  t.deepEqual(topic.groups(), []);
});
