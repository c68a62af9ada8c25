import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from '../../index.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';

// D24, D25, D27 and D28 of the seed: a filter that let everything pass, blocks of any size but the wanted one, a cache of no
// blocks or of all, and a copy of everything for every get.

const KEYS = 3000;
const OPTIONS = { ...TINY, blockBytes: 1024, tableBytes: 16 * 1024, sliceBytes: 1024 * 1024, cacheBytes: 4 * 1024 * 1024 };

const keyOf = (i: number) => `key-${String(i).padStart(5, '0')}`;
const present = (i: number) => keyOf(2 * i);
/** Between two keys that are there, so that only the filter can tell. */
const absent = (i: number) => keyOf(2 * i + 1);

test('a get in a settled store looks at one footer, one filter, one index and one data block, whatever the key', async (t) => {
  const engine = await settled(t, OPTIONS);
  const { looked } = await cacheUse(engine, () => getAll(engine, present));
  t.is(looked, 4 * KEYS);
});

test('a key that is not there costs no data block, but for one in a hundred at most', async (t) => {
  const engine = await settled(t, OPTIONS);
  const { looked } = await cacheUse(engine, () => getAll(engine, absent));
  // A footer and a filter each; what gets past the filter looks at an index as well, and mostly at a data block.
  const past = (looked - 2 * KEYS) / 2;
  t.true(past <= KEYS / 100, `${past} of ${KEYS} passed the filter`);
});

test('what has been read once is read from memory', async (t) => {
  const engine = await settled(t, OPTIONS);
  t.true((await cacheUse(engine, () => getAll(engine, present))).misses > 0);
  t.is((await cacheUse(engine, () => getAll(engine, present))).misses, 0);
  t.is((await cacheUse(engine, async () => void engine.kv.getSync(present(7)))).misses, 0);
});

test('the cache is filled to its limit in bytes, never over it, and keeps what is read again and again', async (t) => {
  const limit = 48 * 1024;
  const engine = await settled(t, { ...OPTIONS, cacheBytes: limit });
  for (let i = 0; i < KEYS; i++) {
    await engine.kv.get(present((i * 7) % KEYS));
    const { bytes } = engine.stats().cache;
    if (bytes > limit) t.fail(`${bytes} bytes in a cache of ${limit}`);
  }
  t.true(engine.stats().cache.bytes > limit / 2);
  const few = async () => {
    for (let i = 0; i < 100; i++) await engine.kv.get(present(i % 10));
  };
  await few();
  t.is((await cacheUse(engine, few)).misses, 0);
});

test('without any option there is a cache, and it has a limit', async (t) => {
  const engine = await open(await tempDirectory(t));
  t.is(engine.stats().cache.limit, 64 * 1024 * 1024);
  await engine.kv.put('k', 'v');
  await engine.ask({ type: 'MinorCompact' });
  await engine.kv.get('k');
  t.true(engine.stats().cache.bytes > 0);
  await engine.close();
});

test('blocks and tables have the size that was asked for, also when keys differ in their first byte', async (t) => {
  const { blockBytes, tableBytes } = OPTIONS;
  const engine = await openEngine(t, OPTIONS);
  for (let i = 0; i < 2000; i++) await engine.kv.put(`${String.fromCodePoint(33 + ((i * 7) % 90))} ${i}`, `a value of some length ${i}`);
  await engine.ask({ type: 'MajorCompaction' });
  const { bytes, blocks, tables } = await engine.verify();
  t.true(tables > 2);
  t.true(bytes / tables < 1.5 * tableBytes && bytes / tables > tableBytes / 2, `${bytes} bytes in ${tables} tables`);
  // Filters, indexes and footers are blocks too, and smaller ones.
  t.true(bytes / blocks < 1.5 * blockBytes && bytes / blocks > blockBytes / 2, `${bytes} bytes in ${blocks} blocks`);
});

async function settled(t: ExecutionContext, options: typeof OPTIONS): Promise<Engine> {
  const engine = await openEngine(t, options);
  for (let from = 0; from < KEYS; from += 100) {
    const puts = Array.from({ length: 100 }, (_, i) => ({
      type: 'put' as const,
      key: present(from + i),
      value: `value ${from + i} ${'·'.repeat(i % 30)}`,
    }));
    await engine.kv.batch(puts);
  }
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  return engine;
}

async function getAll(engine: Engine, keyAt: (i: number) => string): Promise<void> {
  for (let i = 0; i < KEYS; i++) await engine.kv.get(keyAt(i));
}

async function cacheUse(engine: Engine, read: () => Promise<void>): Promise<{ looked: number; misses: number }> {
  const before = engine.stats().cache;
  await read();
  const after = engine.stats().cache;
  const misses = after.misses - before.misses;
  return { looked: after.hits - before.hits + misses, misses };
}
