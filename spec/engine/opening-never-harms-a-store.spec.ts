import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type OpenOptions, open } from '../../index.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { filesIn } from '../support/store-contents.ts';

// D3 of the seed: opening an existing directory as if it were new cut its log to nothing.

const WAYS: readonly OpenOptions[] = [
  TINY,
  { ...TINY, createIfMissing: true },
  { ...TINY, createIfMissing: false },
  { ...TINY, memtableBytes: 64 * 1024, blockBytes: 4096, tableBytes: 64 * 1024, memoryBytes: 1024 * 1024 },
  { ...TINY, memtableBytes: 4096, durability: 'fsync' },
];

test('whatever the options, opening keeps what was acknowledged, flushed or only in the log', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await open(directory, TINY);
  for (let i = 0; i < 200; i++) await engine.kv.put(`key-${i % 100}`, `value ${i}`);
  await engine.ask({ type: 'MinorCompact' });
  for (let i = 0; i < 100; i++) await engine.kv.put(`key-${i}`, `last ${i} ${'·'.repeat(60)}`);
  const content = await contentOf(engine);
  await engine.close();
  for (const options of WAYS) {
    const again = await open(directory, options);
    t.deepEqual(await contentOf(again), content);
    await again.close();
  }
});

test('what the log holds is not cut or rewritten by opening it', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await open(directory, TINY);
  await engine.kv.put('k', 'v');
  await engine.close();
  const log = async () => Promise.all((await filesIn(join(directory, 'wal'))).map((name) => readFile(join(directory, 'wal', name))));
  const before = await log();
  for (let i = 0; i < 3; i++) {
    await (await open(directory, TINY)).close();
    t.deepEqual(await log(), before);
  }
});

test('with errorIfExists a store that is there is refused, and without createIfMissing one that is not', async (t) => {
  const directory = await tempDirectory(t);
  const missing = join(directory, 'missing');
  await t.throwsAsync(open(missing, { ...TINY, createIfMissing: false }), { code: 'LITHIFY_NOT_FOUND' });
  t.deepEqual(await filesIn(directory), []);
  await t.throwsAsync(open(directory, { ...TINY, createIfMissing: false }), { code: 'LITHIFY_NOT_FOUND' });
  t.deepEqual(await filesIn(directory), []);

  const engine = await open(directory, { ...TINY, errorIfExists: true });
  await engine.kv.put('k', 'v');
  await engine.close();
  await t.throwsAsync(open(directory, { ...TINY, errorIfExists: true }), { code: 'LITHIFY_EXISTS' });
  t.is(await (await openEngine(t, TINY, directory)).kv.get('k'), 'v');
});

test('a store of another format is refused and not touched', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await open(directory, TINY);
  await engine.kv.put('k', 'v');
  await engine.close();
  const format = join(directory, 'FORMAT');
  const ours = await readFile(format);
  await writeFile(format, 'lithify store, format 2\n');
  const before = await filesIn(directory);
  await t.throwsAsync(open(directory, TINY), { code: 'LITHIFY_CORRUPTION', message: /format 2/ });
  t.deepEqual(await filesIn(directory), before);
  await writeFile(format, ours);
  t.is(await (await openEngine(t, TINY, directory)).kv.get('k'), 'v');
});

test('a store that has lost its format file, but has a log, is not made anew', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await open(directory, TINY);
  await engine.kv.put('k', 'v');
  await engine.close();
  const format = join(directory, 'FORMAT');
  const ours = await readFile(format);
  await rm(format);
  await t.throwsAsync(open(directory, TINY), { code: 'LITHIFY_CORRUPTION' });
  await writeFile(format, ours);
  t.is(await (await openEngine(t, TINY, directory)).kv.get('k'), 'v');
});

test("other people's files in the directory stay as they are", async (t) => {
  const directory = await tempDirectory(t);
  await mkdir(join(directory, 'photos'));
  await writeFile(join(directory, 'photos', 'summer.jpg'), 'sun');
  await writeFile(join(directory, 'notes.txt'), 'milk');
  const engine = await open(directory, TINY);
  await engine.kv.put('k', 'v');
  await engine.ask({ type: 'MajorCompaction' });
  await engine.close();
  t.is(await readFile(join(directory, 'photos', 'summer.jpg'), 'utf8'), 'sun');
  t.is(await readFile(join(directory, 'notes.txt'), 'utf8'), 'milk');
});
