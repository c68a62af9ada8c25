import test from 'ava';
import type { LogRecord, Topic } from '../../index.ts';
import { MAX_VALUE_BYTES } from '../../protocol/log.ts';
import { openEngine, quiet, tempDirectory } from '../support/engines.ts';
import { blobsIn } from '../support/store-contents.ts';
import { recordsOf, refused } from './support/topics.ts';

// D5 of the seed: a record over 16 KiB was acknowledged, and hid itself and everything behind it.

test('the largest value is kept through a flush, a compaction and another life, and its room comes back when it goes', async (t) => {
  const directory = await tempDirectory(t);
  const value = patterned(MAX_VALUE_BYTES);
  const engine = await openEngine(t, { durability: 'os' }, directory);
  const topic = engine.topic('large');
  const offsets = [
    topic.produce({ key: 1n, value: 'before' }),
    topic.produce({ key: 2n, value }),
    topic.produce({ key: 3n, value: 'after' }),
  ];
  t.deepEqual(await Promise.all(offsets), [0, 1, 2]);
  t.true(isIt(await large(topic), value));
  await engine.ask({ type: 'MinorCompact' });
  topic.register({ maxBytes: MAX_VALUE_BYTES * 2 });
  await topic.compact();
  await engine.close();

  const again = await openEngine(t, {}, directory);
  t.true(isIt(await large(again.topic('large')), value));
  await again.topic('large').drop();
  await quiet(again);
  await again.close();
  t.deepEqual(await blobsIn(directory), []);
});

test('one byte more, as bytes or as text, is refused before anything is written', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, { workers: 0 }, directory);
  const bytes = new Uint8Array(MAX_VALUE_BYTES + 1);
  const text = `${'é'.repeat(MAX_VALUE_BYTES / 2)}.`;
  for (const value of [bytes, text]) {
    const bad = { key: 1n, value };
    await refused(t, () => engine.topic('new').produce(bad));
    await refused(t, () => engine.topic('new').produceMany([{ key: 1n, value: 'small' }, bad]));
    await refused(t, () => engine.write((tx) => tx.produce('new', bad)));
  }
  t.deepEqual(engine.topics(), []);
  t.is(engine.stats().writes.acknowledged, 0);
  await engine.close();
  t.deepEqual(await blobsIn(directory), []);
});

async function large(topic: Topic): Promise<LogRecord | undefined> {
  const records = await recordsOf(topic);
  return records.length === 3 ? records[1] : undefined;
}

function isIt(record: LogRecord | undefined, value: Uint8Array): boolean {
  return record?.offset === 1 && record.key === 2n && Buffer.compare(record.value, value) === 0;
}

/** No two blocks are alike. */
function patterned(length: number): Uint8Array {
  const words = new Uint32Array(length / 4);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2_654_435_761);
  return new Uint8Array(words.buffer);
}
