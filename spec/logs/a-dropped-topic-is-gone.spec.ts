import test from 'ava';
import { type Engine, keyBasedRetention, type LogRecord, type NewRecord, nodeRuntime, type Strategy } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { codeOf } from '../../protocol/errors.ts';
import { eventsOf, openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { blobsIn, manifestIn } from '../support/store-contents.ts';
import { HeldFiles } from './support/held-files.ts';
import { records, refused, shown } from './support/topics.ts';

test('a topic that is made under the same name is another: offsets from 0, no groups, no records, other partitions, also in another life', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const topic = engine.topic('t');
  await topic.produceMany(records(30));
  await engine.ask({ type: 'MinorCompact' });
  await topic.produceMany(records(30, { from: 30 }));
  await topic.commit('group', 7);
  t.true(await topic.drop());
  t.deepEqual([topic.offsets(), topic.groups(), topic.partitions, engine.topics()], [undefined, [], undefined, []]);
  t.false(await topic.drop());

  await engine.topic('t', { partitions: 2 }).produceMany(records(2));
  const assertNew = async (from: Engine) => {
    t.deepEqual(await shown(from.topic('t'), { group: 'group' }), ['0:value 0', '0:value 1']);
    t.deepEqual(from.topic('t').groups(), []);
    t.deepEqual(from.topic('t').offsets(1), { beginning: 0, end: 0, next: 1 });
  };
  await assertNew(engine);
  await engine.close();
  await assertNew(await openEngine(t, TINY, directory));
});

test('what the log still holds of it is passed over in the next life', async (t) => {
  const directory = await tempDirectory(t);
  const first = await openEngine(t, TINY, directory);
  await first.topic('gone').produceMany(records(20));
  await first.topic('gone').commit('group', 3);
  await first.topic('stays').produceMany(records(3));
  await first.topic('gone').drop();
  await first.close();

  const engine = await openEngine(t, TINY, directory);
  const opened = ofType(eventsOf(engine), 'opened');
  t.is(opened[0]?.replayedEntries, 3);
  t.deepEqual(
    engine.topics().map(({ name }) => name),
    ['stays'],
  );
  await engine.topic('gone').produce({ key: 1n, value: 'new' });
  t.deepEqual(await shown(engine.topic('gone')), ['0:new']);
  await engine.ask({ type: 'MinorCompact' });
  t.deepEqual(await shown(engine.topic('gone')), ['0:new']);
  t.deepEqual(engine.topic('gone').groups(), []);
});

test('its blobs are garbage and go, those of large values too, wherever their records are', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const topic = engine.topic('t', { compaction: { strategy: keyBasedRetention(100) } });
  const large = (i: number): NewRecord => ({ key: BigInt(i), value: String(i).repeat(4_000) });
  await topic.produceMany([large(1), large(2), ...records(50)]);
  await topic.compact();
  await topic.produceMany([large(3), ...records(50)]);
  await engine.ask({ type: 'MinorCompact' });
  await topic.produceMany([large(4), large(5)]);
  await topic.commit('group', 3);
  await engine.ask({ type: 'MinorCompact' });
  await topic.produce(large(6));
  await topic.commit('other group', 4);
  t.true(await topic.drop());
  await quiet(engine);
  t.like(engine.stats().garbage, { blobs: 0, bytes: 0 });
  await engine.close();
  t.deepEqual(await blobsIn(directory), []);
  const { staged, groups, partitions } = (await manifestIn(directory)).version.logs;
  t.deepEqual([staged.size, groups.size, partitions.size], [0, 0, 0]);
});

test('blobs that it shared with other topics stay as long as these need them', async (t) => {
  const engine = await openEngine(t);
  for (const name of ['a', 'b', 'c']) await engine.topic(name).produceMany(records(20));
  await engine.ask({ type: 'MinorCompact' });
  await engine.topic('a').drop();
  await engine.topic('c').drop();
  await quiet(engine);
  t.is((await shown(engine.topic('b'))).length, 20);
  t.deepEqual((await engine.verify()).damage, []);
  await engine.topic('b').drop();
  await quiet(engine);
  t.is(engine.stats().garbage.blobs, 0);
});

test('its subscribers are told, those that wait at the end, those in the middle, and those that begin later', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('t');
  await topic.produceMany(records(600));
  const other = engine.topic('other');
  await other.produce({ key: 1n, value: 'other' });
  const waiting = topic.subscribe({ from: 'end' });
  const both = engine.subscribe([topic, other], { from: 'end' });
  const pulls = [waiting.next(), both.next()];
  const reading = topic.subscribe();
  const first = await reading.next();
  t.is(first.value?.offset, 0);
  await topic.drop();
  for (const pull of pulls) await refused(t, () => pull, 'LITHIFY_NOT_FOUND');
  await refused(t, () => waiting.next(), 'LITHIFY_NOT_FOUND');
  await refused(t, () => rest(reading), 'LITHIFY_NOT_FOUND');
  await refused(t, () => topic.subscribe(), 'LITHIFY_NOT_FOUND');
  await topic.produce({ key: 1n, value: 'new' });
  await refused(t, () => waiting.next(), 'LITHIFY_NOT_FOUND');
  t.deepEqual(await shown(topic), ['0:new']);
});

test('a compaction that runs is ended first, and the next topic of that name is compacted as registered', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { strategy, seen } = newest(() => gate.promise);
  const engine = await openEngine(t);
  const topic = engine.topic('t', { compaction: { strategy } });
  await topic.produceMany(records(20, { keys: 2 }));
  const begun = nextEvent(engine, 'jobStarted', ({ job }) => job === 'analyze');
  const compaction = t.throwsAsync(topic.compact(), { code: 'LITHIFY_ABORTED' });
  await begun;
  const dropped = topic.drop();
  gate.resolve();
  t.true(await dropped);
  await compaction;
  seen.length = 0;
  await topic.produceMany(records(4, { from: 50, keys: 2 }));
  await topic.compact();
  t.deepEqual(await shown(topic), ['2:value 52', '3:value 53']);
  t.deepEqual(seen, [0, 1, 2, 3]);
});

test('a record that is on its way meanwhile is in the old topic, refused, or in a new one; its large value is nobody else’s', async (t) => {
  for (let round = 0; round < 8; round++) {
    const directory = await tempDirectory(t);
    const engine = await openEngine(t, TINY, directory);
    const topic = engine.topic('t');
    await topic.produce({ key: 1n, value: 'first' });
    const calls = [1, 2, 3].map((i) => topic.produce({ key: BigInt(i), value: 'x'.repeat(3_000 * i) }));
    for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
    const dropped = topic.drop();
    const small = topic.produce({ key: 9n, value: 'last' });
    const settled = await Promise.allSettled([...calls, small]);
    t.true(await dropped);
    const told = settled.map((one) => (one.status === 'fulfilled' ? one.value : codeOf(one.reason)));
    t.true(
      told.every((one) => typeof one === 'number' || one === 'LITHIFY_NOT_FOUND'),
      told.join(),
    );
    const inNew = topic.offsets()?.next ?? 0;
    t.is((await shown(topic)).length, inNew);
    await quiet(engine);
    await engine.close();
    const { staged } = (await manifestIn(directory)).version.logs;
    const large = (await openEngine(t, TINY, directory)).topic('t');
    const values = inNew === 0 ? [] : await shown(large);
    t.is(staged.size, values.filter(({ length }) => length > 2_500).length, told.join());
  }
});

test('a large value that is being stored when its topic is dropped is refused, and nothing of it is left', async (t) => {
  const directory = await tempDirectory(t);
  const runtime = nodeRuntime();
  const gate = Promise.withResolvers<void>();
  const isStaging = Promise.withResolvers<void>();
  const turn = () => {
    isStaging.resolve();
    return gate.promise;
  };
  const engine = await openEngine(t, { ...TINY, runtime: { ...runtime, turn } }, directory);
  const topic = await engine.topic('t').make();
  const produced = t.throwsAsync(topic.produce({ key: 1n, value: 'x'.repeat(5_000) }), { code: 'LITHIFY_NOT_FOUND' });
  await isStaging.promise;
  t.true(await topic.drop());
  gate.resolve();
  await produced;
  t.deepEqual(engine.topics(), []);
  await quiet(engine);
  await engine.close();
  t.deepEqual(await blobsIn(directory), []);
});

test('a large value whose record is being written when its topic is dropped leaves nothing either', async (t) => {
  const directory = await tempDirectory(t);
  const files = new HeldFiles(nodeFiles());
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files }) }, directory);
  const topic = await engine.topic('t').make();
  await topic.produce({ key: 1n, value: 'small' });
  const { reached, release } = files.holdAppend();
  const produced = topic.produce({ key: 1n, value: 'x'.repeat(5_000) });
  await reached;
  t.true(await topic.drop());
  release();
  t.is(await produced, 1, 'it was on its way before the drop');
  t.deepEqual(engine.topics(), []);
  await quiet(engine);
  await engine.close();
  t.deepEqual(await blobsIn(directory), []);
});

test('many may drop it at once, and one of them has done it', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('t', { compaction: { strategy: keyBasedRetention(8) } });
  await topic.produceMany(records(20));
  const dropped = await Promise.all([topic.drop(), engine.topic('t').drop(), topic.drop()]);
  t.is(dropped.filter(Boolean).length, 1);
  t.deepEqual(engine.topics(), []);
});

async function rest(from: AsyncIterator<LogRecord, undefined>): Promise<void> {
  for (let one = await from.next(); !one.done; one = await from.next());
}

/** Keeps the newest of each key; notes the offsets that it saw; its state waits for what is given. */
function newest(ready: () => Promise<void>): { strategy: Strategy<Map<bigint, number>, bigint>; seen: number[] } {
  const seen: number[] = [];
  const strategy: Strategy<Map<bigint, number>, bigint> = {
    init: () => ready().then(() => new Map()),
    reduce: (state, key, { offset }) => {
      seen.push(offset);
      state.set(key, offset);
      return false;
    },
    collect: (state) => state,
  };
  return { strategy, seen };
}
