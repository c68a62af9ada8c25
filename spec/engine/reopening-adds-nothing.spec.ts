import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { open } from '../../index.ts';
import { contentOf, openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { blobsIn, filesIn } from '../support/store-contents.ts';

// D19 of the seed: every opening added a log and an empty table for each log. D20: leftovers of a crash kept it shut.

const CONTENT = Array.from({ length: 40 }, (_, i): [string, string] => [`key-${String(i).padStart(2, '0')}`, `value ${i}`]);

test('however often a store is opened, its log, its blobs and its files do not become more', async (t) => {
  const directory = await tempDirectory(t);
  await makeStore(directory);
  // The first opening may tidy up.
  await (await open(directory, TINY)).close();
  const log = await logOf(directory);
  const blobs = await blobsIn(directory);
  const files = await filesIn(directory);
  for (let i = 0; i < 8; i++) {
    const engine = await open(directory, TINY);
    await quiet(engine);
    t.deepEqual(await contentOf(engine), CONTENT);
    await engine.close();
  }
  t.deepEqual(await logOf(directory), log);
  t.deepEqual(await blobsIn(directory), blobs);
  // LevelDB keeps the record of our openings in a file or two, which it merges by itself.
  const after = await filesIn(directory);
  t.true(after.length <= files.length + 4, `${after.length} files, ${files.length} before`);
});

test('a store in which nothing was ever written has an empty log and no blob, also after many openings', async (t) => {
  const directory = await tempDirectory(t);
  for (let i = 0; i < 6; i++) {
    const engine = await open(directory, TINY);
    t.deepEqual(await contentOf(engine), []);
    t.is(engine.stats().wal.segments, 1);
    await engine.close();
  }
  t.deepEqual(await blobsIn(directory), []);
  t.is((await readdir(join(directory, 'wal'))).length, 1);
});

for (const bytes of [0, 1, 39]) {
  test(`a last segment of ${bytes} bytes, as a crash right after its creation leaves it, is no obstacle`, async (t) => {
    const directory = await tempDirectory(t);
    await makeStore(directory);
    const last = (await readdir(join(directory, 'wal'))).sort().at(-1) ?? '';
    const number = Number.parseInt(last, 10);
    const next = join(directory, 'wal', `${String(number + 1).padStart(16, '0')}.wal`);
    await writeFile(next, await readFile(join(directory, 'wal', last)));
    await truncate(next, bytes);
    await assertAlive(t, directory);
  });
}

for (const name of ['wal.log', 'wal..log', '.wal', '9.wal', '000000000000000x.wal', '٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠١.wal', 'notes.txt']) {
  test(`a file named ${name} among the segments is left alone and harms nothing`, async (t) => {
    const directory = await tempDirectory(t);
    await makeStore(directory);
    await writeFile(join(directory, 'wal', name), 'not a segment');
    await assertAlive(t, directory);
    t.is(await readFile(join(directory, 'wal', name), 'utf8'), 'not a segment');
  });
}

test('a store whose making was cut off before it existed is made as if nothing had been there', async (t) => {
  const directory = await tempDirectory(t);
  await (await open(directory, TINY)).close();
  // The format file is written last, and the log only after it.
  await rm(join(directory, 'FORMAT'));
  await rm(join(directory, 'wal'), { recursive: true });
  const engine = await open(directory, TINY);
  for (const [key, value] of CONTENT) await engine.kv.put(key, value);
  await engine.close();
  await assertAlive(t, directory);
});

/** Some of the content in a table, the rest in the log. */
async function makeStore(directory: string): Promise<void> {
  const engine = await open(directory, TINY);
  for (const [i, [key, value]] of CONTENT.entries()) {
    await engine.kv.put(key, value);
    if (i === 20) await engine.ask({ type: 'MinorCompact' });
  }
  await engine.close();
}

async function logOf(directory: string): Promise<[string, Buffer][]> {
  const names = (await readdir(join(directory, 'wal'))).sort();
  return Promise.all(names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(directory, 'wal', name))]));
}

/** It opens with what was acknowledged, takes writes, rotates, and opens again. */
async function assertAlive(t: ExecutionContext, directory: string): Promise<void> {
  const engine = await open(directory, TINY);
  t.deepEqual(await contentOf(engine), CONTENT);
  await engine.kv.put('zz', 'new');
  await engine.ask({ type: 'MinorCompact' });
  await engine.close();
  t.deepEqual(await contentOf(await openEngine(t, TINY, directory)), [...CONTENT, ['zz', 'new']]);
}
