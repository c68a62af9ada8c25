import test from 'ava';
import { settled } from './support/manual-runtime.ts';
import { ModelPartition } from './support/model-partition.ts';
import { all, subscription } from './support/subscriptions.ts';

test('partitions take turns, batch by batch, until each has given everything', async (t) => {
  const models = ['a', 'b', 'c'].map((topic) => new ModelPartition(topic));
  models[0].produce(9);
  models[1].produce(3);
  models[2].produce(6);
  const records = await all(subscription(models, { idleTimeout: 0 }));
  const turns = records.filter((_, at) => at % 3 === 0).map(({ topic }) => topic);
  t.deepEqual(turns, ['a', 'b', 'c', 'a', 'c', 'a']);
});

test('a topic that never rests does not keep a quiet one from being heard', async (t) => {
  const [busy, quiet] = [new ModelPartition('busy'), new ModelPartition('quiet')];
  const tail = subscription([busy, quiet]);
  busy.produce(3);
  await tail.next();
  quiet.produce(1);
  let heard = 0;
  for (let pulled = 0; heard === 0 && pulled < 20; pulled++) {
    busy.produce(3);
    const { value } = await tail.next();
    if (value?.topic === 'quiet') heard = pulled;
  }
  t.true(heard > 0 && heard <= 6, `heard after ${heard} records`);
});

test('a slow partition is waited for, not passed over for ever', async (t) => {
  const [slow, quick] = [new ModelPartition('slow'), new ModelPartition('quick')];
  slow.produce(1);
  quick.produce(1);
  slow.hold();
  const tail = subscription([slow, quick]);
  const pull = tail.next();
  await settled();
  slow.letAllThrough();
  t.deepEqual([(await pull).value?.topic, (await tail.next()).value?.topic], ['slow', 'quick']);
});

test('one of a thousand that wait wakes the reader, and only that one is read', async (t) => {
  const models = Array.from({ length: 1000 }, (_, partition) => new ModelPartition('topic', partition));
  const tail = subscription(models);
  const pull = tail.next();
  await settled();
  const before = models.reduce((sum, { reads }) => sum + reads, 0);
  models[617].produce(1);
  t.is((await pull).value?.partition, 617);
  t.is(
    models.reduce((sum, { reads }) => sum + reads, 0),
    before + 1,
  );
  await tail.return();
});
