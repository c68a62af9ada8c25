import { createHash } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ClassicLevel } from 'classic-level';
import { type Engine, importLevel } from '../../index.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { startScript } from '../support/processes.ts';
import { assertNothingLeft, atRest } from './support.ts';

/** Large values fit, and many small tables come out all the same. */
const OPTIONS = { ...TINY, memoryBytes: 8 * 1024 * 1024, tableBytes: 64 * 1024 };
type Pair = readonly [Uint8Array, Uint8Array];
const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const;

/** Written by classic-level itself; what it holds, in its order. */
async function makeLevel(directory: string, fill: (db: ClassicLevel<Uint8Array, Uint8Array>) => Promise<void>): Promise<Pair[]> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(directory, VIEW);
  await fill(db);
  const all = await db.iterator().all();
  await db.close();
  return all;
}

async function everything(db: ClassicLevel<Uint8Array, Uint8Array>): Promise<void> {
  const batch = Array.from({ length: 5000 }, (_, i) => ({
    type: 'put' as const,
    key: createHash('sha256')
      .update(`${i}`)
      .digest()
      .subarray(0, 1 + (i % 32)),
    value: Buffer.alloc(i % 200, i),
  }));
  await db.batch(batch);
  await db.batch(batch.filter((_, i) => i % 3 === 0).map(({ key }) => ({ type: 'del' as const, key })));
  await db.put(Buffer.from([0]), Buffer.alloc(0));
  await db.put(Buffer.alloc(0), Buffer.from('the empty key'));
  await db.put(Buffer.alloc(300, 255), Buffer.from('the last key'));
  for (let i = 0; i < 5; i++)
    await db.put(
      Buffer.from(`large ${i}`),
      createHash('sha512').update(`${i}`).digest().toString('hex').repeat(800).slice(0, 100_000) as unknown as Uint8Array,
      { valueEncoding: 'utf8' as 'view' },
    );
  const sublevel = db.sublevel<string, string>('users', { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await sublevel.put('ada', 'lovelace');
  await sublevel.sublevel<string, string>('deep', {}).put('key', 'value');
}

async function hexOf(pairs: Iterable<Pair>): Promise<string[]> {
  return [...pairs].map(([key, value]) => `${Buffer.from(key).toString('hex')}=${createHash('sha256').update(value).digest('hex')}`);
}

async function stored(engine: Engine): Promise<string[]> {
  return hexOf(await engine.kv.iterator<Uint8Array, Uint8Array>(VIEW).all());
}

/** Names and contents of the table files. */
async function tablesOf(directory: string): Promise<Map<string, string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.ldb')).sort();
  const sums = names.map(
    async (name) =>
      [
        name,
        createHash('sha256')
          .update(await readFile(join(directory, name)))
          .digest('hex'),
      ] as const,
  );
  return new Map(await Promise.all(sums));
}

test('a store of classic-level is copied byte for byte: binary keys, empty and large values, sublevels, deletions', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  const all = await makeLevel(directory, everything);
  const engine = await openEngine(t, OPTIONS);
  const progress: number[] = [];
  const imported = await importLevel(engine, directory, { onProgress: ({ entries }) => progress.push(entries) });
  const dataBytes = all.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  t.like(imported, { entries: all.length, dataBytes });
  t.true(imported.tables > 3);
  t.deepEqual(await stored(engine), await hexOf(all));
  t.is(await engine.kv.sublevel('users').get('ada'), 'lovelace');
  t.is(await engine.kv.sublevel('users').sublevel('deep').get('key'), 'value');
  t.true(progress.length > 2);
  t.is(progress.at(-1), all.length);
  t.deepEqual((await engine.verify()).damage, []);
  // The source is as it was, and may be copied once more.
  t.deepEqual(await hexOf(await makeLevel(directory, async () => {})), await hexOf(all));
});

test('no table file of the source is changed', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  await makeLevel(directory, async (db) => {
    await everything(db);
    await db.compactRange(Buffer.from([0]), Buffer.alloc(301, 255));
  });
  const before = await tablesOf(directory);
  t.true(before.size > 0);
  await importLevel(await openEngine(t, OPTIONS), directory);
  const after = await tablesOf(directory);
  for (const [name, sum] of before) t.is(after.get(name), sum, name);
});

test('an empty LevelDB is nothing to copy', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  await makeLevel(directory, async () => {});
  const engine = await openEngine(t, OPTIONS);
  t.deepEqual(await importLevel(engine, directory), { entries: 0, bytes: 0, tables: 0, dataBytes: 0 });
});

test('a store with keys is left alone, unless the two are to be merged', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  await makeLevel(directory, async (db) => {
    await db.put(Buffer.from('b'), Buffer.from('imported'));
    await db.put(Buffer.from('c'), Buffer.from('imported'));
  });
  const engine = await openEngine(t, OPTIONS);
  await engine.kv.batch([...'ab'].map((key) => ({ type: 'put' as const, key, value: 'kept' })));
  await t.throwsAsync(importLevel(engine, directory), { code: 'LITHIFY_EXISTS' });
  t.deepEqual(await contentOf(engine), [
    ['a', 'kept'],
    ['b', 'kept'],
  ]);
  await importLevel(engine, directory, { merge: true });
  t.deepEqual(await contentOf(engine), [
    ['a', 'kept'],
    ['b', 'imported'],
    ['c', 'imported'],
  ]);
});

async function refused(t: ExecutionContext, location: string, code: string, message?: RegExp): Promise<void> {
  const target = await tempDirectory(t);
  const engine = await openEngine(t, OPTIONS, target);
  await t.throwsAsync(importLevel(engine, location), { code, ...(message && { message }) });
  t.deepEqual(await contentOf(engine), []);
  await atRest(engine);
  await assertNothingLeft(t, engine, target);
}

test('what is not there, or no LevelDB, is refused and not made into one', async (t) => {
  const directory = await tempDirectory(t);
  await refused(t, join(directory, 'none'), 'LITHIFY_NOT_FOUND');
  await writeFile(join(directory, 'file'), 'text');
  await refused(t, directory, 'LITHIFY_NOT_FOUND');
  t.deepEqual(await readdir(directory), ['file']);
});

test('a store of lithify is no LevelDB, and what is inside of it is not touched while it is open', async (t) => {
  const directory = await tempDirectory(t);
  const open = await openEngine(t, OPTIONS, directory);
  await open.kv.put('a', '1');
  await refused(t, directory, 'LITHIFY_NOT_FOUND', /store of lithify/);
  await refused(t, join(directory, 'blobs'), 'LITHIFY_INVALID_ARGUMENT', /store of lithify/);
  t.is(await open.kv.get('a'), '1');
});

test('a LevelDB that another process has open is refused as locked', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  await makeLevel(directory, everything);
  const child = startScript(
    t,
    `import { ClassicLevel } from 'classic-level';
     const db = new ClassicLevel(${JSON.stringify(directory)});
     await db.open();
     console.log('ready');
     process.stdin.resume();`,
  );
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  await refused(t, directory, 'LITHIFY_LOCKED');
  child.kill('SIGKILL');
});

test('two imports of one LevelDB at a time are one too many', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  const all = await makeLevel(directory, everything);
  const [one, other] = [await openEngine(t, OPTIONS), await openEngine(t, OPTIONS)];
  const results = await Promise.allSettled([importLevel(one, directory), importLevel(other, directory)]);
  t.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value.entries : result.reason.code)),
    [all.length, 'LITHIFY_LOCKED'],
  );
  await importLevel(other, directory);
  t.deepEqual(await stored(other), await stored(one));
});

test('a damaged LevelDB is reported, and nothing of it is taken in', async (t) => {
  const directory = join(await tempDirectory(t), 'level');
  await makeLevel(directory, async (db) => {
    await everything(db);
    await db.compactRange(Buffer.from([0]), Buffer.alloc(301, 255));
  });
  const [table] = (await tablesOf(directory)).keys();
  const bytes = await readFile(join(directory, table));
  // The middle of the blocks, which are compressed: no block there can be read any more.
  bytes.fill(0xaa, bytes.length >> 2, bytes.length >> 1);
  await writeFile(join(directory, table), bytes);
  await refused(t, directory, 'LITHIFY_CORRUPTION');
  // LevelDB calls this an I/O error.
  await truncate(join(directory, table), 1000);
  await refused(t, directory, 'LITHIFY_CORRUPTION');
  await writeFile(join(directory, 'CURRENT'), 'nonsense');
  await refused(t, directory, 'LITHIFY_CORRUPTION');
});
