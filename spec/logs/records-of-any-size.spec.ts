import { join } from 'node:path';
import test from 'ava';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';
import { recordsOf } from './support/topics.ts';

// D5 of the seed: a record's size was looked at by its reader only, and there by what happened to be in a buffer.

const { memtableBytes, blockBytes } = TINY;
/** Of one byte of length, of a block, of what is staged, of a commit group, of a memtable, and the seed's own. */
const LIMITS = [127, blockBytes, memtableBytes / 8, memtableBytes / 4, memtableBytes / 2, memtableBytes, 8 * 1024, 40_000];

test('records of every size around each limit are acknowledged and read back, from memory, from parts and after a crash', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('topic');
  const sizes = LIMITS.flatMap((limit) => [limit - 30, limit - 1, limit, limit + 1, limit + 30]);
  for (const [i, size] of sizes.entries()) t.is(await topic.produce({ key: 1n, value: String(i % 10).repeat(size) }), i);
  const expected = sizes.map((size, i) => [i, String(i % 10).repeat(size)]);
  const found = async (of = topic) => (await recordsOf(of)).map(({ offset, value }) => [offset, Buffer.from(value).toString()]);
  t.deepEqual(await found(), expected);
  const copy = await openEngine(t, TINY, await liveCopy(engine.location, join(await tempDirectory(t), 'copy')));
  t.deepEqual(await found(copy.topic('topic')), expected);
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  t.deepEqual(await found(), expected);
});
