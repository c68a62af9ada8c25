import test, { type ExecutionContext } from 'ava';
import { keyBasedRetention, LithifyError, type Topic } from '../../index.ts';
import { changeBlocks, flipped, holds, type StoredBlock } from '../support/damage.ts';
import { eventsOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { records, recordsOf, shown } from './support/topics.ts';

// D4, D7, D18, D20, D21 and D33 of the seed: damage anywhere in a topic's history hid all that came after it without a word, made the
// topic unwritable, and nothing could be found without reading everything before it.

const COUNT = 60;

/** Two topics whose records a flush has written to one blob, closed, changed, and opened again. */
async function damaged(t: ExecutionContext, change: (block: StoredBlock, all: readonly StoredBlock[]) => Uint8Array | undefined) {
  const location = await tempDirectory(t);
  const first = await openEngine(t, TINY, location);
  for (const name of ['hit', 'beside']) {
    await first.topic(name).produceMany(records(COUNT).map((one, i) => ({ ...one, value: `${name} ${one.value};`, timestamp: 1000 + i })));
  }
  await first.ask({ type: 'MinorCompact' });
  await first.close();
  t.true((await changeBlocks(location, change)) > 0);
  return openEngine(t, TINY, location);
}

const hitTheMiddle = (block: StoredBlock) => (holds(block, 'hit value 30;') ? flipped(block) : undefined);

/** Reads until the damage, and on behind it. */
async function around(t: ExecutionContext, topic: Topic): Promise<{ error: LithifyError; before: number[]; behind: number[] }> {
  const before: number[] = [];
  const error = await t.throwsAsync(
    async () => {
      for await (const { offset } of topic.subscribe({ idleTimeout: 0 })) before.push(offset);
    },
    { instanceOf: LithifyError, code: 'LITHIFY_CORRUPTION' },
  );
  if (error === undefined) throw new Error('nothing was thrown');
  const behind = await recordsOf(topic, { from: { after: Number(error.details.after) } });
  return { error, before, behind: behind.map(({ offset }) => offset) };
}

test('the reader is told what cannot be read and where to go on, and every other record is there', async (t) => {
  const engine = await damaged(t, hitTheMiddle);
  const { error, before, behind } = await around(t, engine.topic('hit'));
  t.like(error.details, { topic: 'hit', partition: 0, from: before.length });
  t.is(before.at(-1), before.length - 1);
  t.deepEqual([behind[0], behind.at(-1)], [Number(error.details.after) + 1, COUNT - 1]);
  t.true(before.length > 15 && behind.length > 15 && before.length + behind.length > COUNT - 10, `${before.length}, ${behind.length}`);
  t.false([...before, ...behind].includes(30));
  t.is((await shown(engine.topic('beside'))).length, COUNT);
});

test('the topic can be written all the same, in this life and the next, and says where it begins and ends', async (t) => {
  const engine = await damaged(t, hitTheMiddle);
  const topic = engine.topic('hit');
  t.deepEqual(topic.offsets(), { beginning: 0, end: COUNT - 1, next: COUNT });
  t.is(await topic.produce({ key: 1n, value: 'later' }), COUNT);
  await engine.close();
  const again = (await openEngine(t, TINY, engine.location)).topic('hit');
  t.is(await again.produce({ key: 1n, value: 'later still' }), COUNT + 1);
  t.deepEqual(await shown(again, { from: { after: COUNT - 1 } }), [`${COUNT}:later`, `${COUNT + 1}:later still`]);
  t.deepEqual(again.offsets(), { beginning: 0, end: COUNT + 1, next: COUNT + 2 });
});

test('a compaction of it fails and says why, drops nothing, and holds up neither its producers nor other topics', async (t) => {
  const engine = await damaged(t, hitTheMiddle);
  const events = eventsOf(engine);
  const topic = engine.topic('hit', { compaction: { strategy: keyBasedRetention(100), compactionThreshold: 1, minDirtyRatio: 0 } });
  const failed = await nextEvent(engine, 'logCompactionFailed');
  t.like(failed, { topic: 'hit', partition: 0, error: { code: 'LITHIFY_CORRUPTION' } });
  await topic.produceMany(records(20));
  await t.throwsAsync(topic.compact(), { code: 'LITHIFY_CORRUPTION' });
  const { before, behind } = await around(t, topic);
  t.true(before.length + behind.length > COUNT + 20 - 10);
  const beside = engine.topic('beside', { compaction: { strategy: keyBasedRetention(100) } });
  await beside.produceMany(records(COUNT));
  await beside.compact();
  t.is((await shown(beside)).length, COUNT);
  t.is(ofType(events, 'logCompacted').filter((event) => event.topic === 'hit').length, 0);
});

test('opening, asking for offsets and producing look at no block: with all of them damaged they are as ever', async (t) => {
  const engine = await damaged(t, flipped);
  const topic = engine.topic('hit');
  t.deepEqual(topic.offsets(), { beginning: 0, end: COUNT - 1, next: COUNT });
  t.deepEqual(
    engine.topics().map(({ name, records: count }) => [name, count]),
    [
      ['beside', COUNT],
      ['hit', COUNT],
    ],
  );
  t.is(await topic.produce({ key: 1n, value: 'later' }), COUNT);
  t.deepEqual(await shown(topic, { from: { offset: COUNT } }), [`${COUNT}:later`]);
  const tail = topic.subscribe({ from: 'end' });
  await topic.produce({ key: 1n, value: 'last' });
  t.like(await tail.next(), { value: { offset: COUNT + 1 } });
  await t.throwsAsync(recordsOf(topic), { code: 'LITHIFY_CORRUPTION' });
});

for (const [what, from] of Object.entries({ 'an offset': { offset: 30 }, 'a time': { time: 1030 } })) {
  test(`seeking ${what} looks at one block beside the index: all others may be damaged`, async (t) => {
    const isNeeded = (block: StoredBlock) => holds(block, 'hit value 30;') || holds(block, 'LITHLOG');
    const engine = await damaged(t, (block) => (isNeeded(block) ? undefined : flipped(block)));
    const tail = engine.topic('hit').subscribe({ from });
    t.like(await tail.next(), { value: { offset: 30 } });
    await tail.return();
    await t.throwsAsync(recordsOf(engine.topic('hit')), { code: 'LITHIFY_CORRUPTION' });
  });
}

test('a whole block of another topic, or of another place, is damage and not data', async (t) => {
  for (const text of ['beside value 30;', 'hit value 50;']) {
    const foreign = (all: readonly StoredBlock[]) => all.find((one) => holds(one, text))?.bytes;
    const engine = await damaged(t, (block, all) => (holds(block, 'hit value 30;') ? foreign(all) : undefined));
    const { before, behind } = await around(t, engine.topic('hit'));
    t.false([...before, ...behind].includes(30));
    t.true(before.length + behind.length > COUNT - 10);
  }
});

test('verify finds it, and reading again finds the same', async (t) => {
  const engine = await damaged(t, hitTheMiddle);
  const first = await around(t, engine.topic('hit'));
  const { damage } = await engine.verify();
  t.deepEqual(
    damage.map(({ blobId, block }) => [blobId, block]),
    [[first.error.details.blobId, first.error.details.block]],
  );
  t.deepEqual((await around(t, engine.topic('hit'))).before, first.before);
});
