import test from 'ava';
import { shown } from '../logs/support/topics.ts';
import { openEngine } from '../support/engines.ts';

// Found by simulation, seed 1: a transaction took its place a turn after it was called, and what was called later came before it.
test('a transaction comes before what is called after it, though nobody waits for it', async (t) => {
  const engine = await openEngine(t);
  const transaction = engine.write((tx) => tx.put('key', 'transaction'));
  await Promise.all([transaction, engine.kv.put('key', 'later')]);
  t.is(await engine.kv.get('key'), 'later');
});

test('so do the records of a transaction, if their topic is there', async (t) => {
  const engine = await openEngine(t);
  const topic = await engine.topic('topic').make();
  const first = engine.write((tx) => tx.produce('topic', { key: 1n, value: 'transaction' }));
  await Promise.all([first, topic.produce({ key: 1n, value: 'later' })]);
  t.deepEqual(await shown(topic), ['0:transaction', '1:later']);
});

test('puts, batches, clears and transactions that are called at once land as called', async (t) => {
  const engine = await openEngine(t);
  const { kv } = engine;
  await Promise.all([
    kv.put('a', '1'),
    kv.batch([{ type: 'put', key: 'b', value: '1' }]),
    kv.clear({ gte: 'a', lt: 'b' }),
    engine.write((tx) => tx.put('a', '2')),
    kv.del('b'),
    engine.write((tx) => tx.put('b', '2')),
    kv.put('c', '1'),
    kv.clear({ gte: 'c' }),
  ]);
  t.deepEqual(await kv.iterator().all(), [
    ['a', '2'],
    ['b', '2'],
  ]);
});
