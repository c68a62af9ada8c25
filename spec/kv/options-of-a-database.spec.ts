import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type DatabaseOptions, Level, LithifyError } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { codesOf, openLevel } from './support/databases.ts';

const MiB = 1024 * 1024;

test('a location that is none is a TypeError, as in classic-level', (t) => {
  for (const location of ['', undefined, null, 7]) {
    // What TypeScript refuses, JavaScript can still do.
    t.throws(() => new Level(location as string), { instanceOf: TypeError, message: /'location' must be a non-empty string/ });
  }
});

test('options of the engine stand beside those of Level', async (t) => {
  const db = await openLevel<string, unknown>(t, { valueEncoding: 'json', cacheBytes: 12_345, compactors: 3, durability: 'os' });
  await db.put('k', [1]);
  t.deepEqual(await db.get('k'), [1]);
  t.is(db.engine.stats().cache.limit, 12_345);
  t.is(db.engine.stats().compactors.length, 3);
});

test('classic-level’s names for sizes are understood, within the bounds that ours have', async (t) => {
  const sizes = async (options: DatabaseOptions<string, string>) => {
    const db = new Level(join(await tempDirectory(t), 'db'), { ...options, workers: 0 });
    await db.open();
    const { cache, memtables } = db.engine.stats();
    await db.close();
    return { cache: cache.limit, memtables: memtables.limit };
  };
  const usual = await sizes({});
  t.is((await sizes({ cacheSize: 5000.7 })).cache, 5000);
  t.is((await sizes({ cacheSize: 5000, cacheBytes: 6000 })).cache, 6000);
  t.is((await sizes({ writeBufferSize: 32 * MiB })).memtables, Math.floor(usual.memtables / (32 * MiB)) * 32 * MiB);
  t.true((await sizes({ writeBufferSize: 1 })).memtables <= usual.memtables);
  const large = await sizes({ writeBufferSize: 4096 * MiB, memoryBytes: 64 * MiB });
  t.is(large.memtables, 2 * 32 * MiB);
});

test('blockSize says how large blocks become', async (t) => {
  const blocks = async (blockSize: number) => {
    const { blockBytes: _, ...options } = TINY;
    const db = new Level(join(await tempDirectory(t), 'db'), { ...options, blockSize });
    for (let i = 0; i < 50; i++) await db.put(`key ${i}`, 'x'.repeat(100));
    await db.engine.ask({ type: 'MinorCompact' });
    const { blocks: found } = await db.engine.verify();
    await db.close();
    return found;
  };
  t.true((await blocks(64)) > 2 * (await blocks(8192)));
});

test('what is without effect here is accepted', async (t) => {
  const ignored = {
    compression: false,
    maxOpenFiles: 10,
    maxFileSize: MiB,
    blockRestartInterval: 4,
    multithreading: true,
    prefix: 'p',
    version: 2,
  };
  const db = await openLevel(t, ignored);
  await db.put('k', 'v');
  t.is(await db.get('k', { fillCache: false }), 'v');
});

test('a malformed option is refused at once by the constructor, and by open', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const malformed = [
    { durability: 'fast' },
    { cacheSize: -1 },
    { cacheSize: '1' },
    { writeBufferSize: Number.NaN },
    { compactors: 0 },
    { storage: 'disk' },
  ];
  const db = new Level(location, TINY);
  await db.open();
  await db.close();
  for (const one of malformed) {
    // What TypeScript refuses, JavaScript can still do.
    const options = one as DatabaseOptions<string, string>;
    t.throws(() => new Level(location, options), { instanceOf: LithifyError, code: 'LITHIFY_INVALID_ARGUMENT' });
    t.deepEqual(await codesOf(db.open(options)), ['LEVEL_DATABASE_NOT_OPEN', 'LITHIFY_INVALID_ARGUMENT']);
  }
  await db.open();
  await db.close();
});

test('hooks are shown what nobody here knows, not what only the engine is asked for', async (t) => {
  const options = { ...TINY, plugin: { depth: 3 }, cacheSize: 1000 };
  const db = new Level(join(await tempDirectory(t), 'db'), options);
  const shown: unknown[] = [];
  db.hooks.postopen.add(async (given) => void shown.push(given));
  await db.open({ createIfMissing: true });
  t.deepEqual(shown, [{ plugin: { depth: 3 }, cacheSize: 1000, createIfMissing: true, errorIfExists: false }]);
  await db.close();
});

test('createIfMissing and errorIfExists count at construction and at opening', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const strict = new Level(location, { ...TINY, createIfMissing: false });
  t.deepEqual(await codesOf(strict.open()), ['LEVEL_DATABASE_NOT_OPEN', 'LITHIFY_NOT_FOUND']);
  await strict.open({ createIfMissing: true });
  await strict.close();
  await strict.open();
  await strict.close();
  const fresh = new Level(location, { ...TINY, errorIfExists: true });
  t.deepEqual(await codesOf(fresh.open()), ['LEVEL_DATABASE_NOT_OPEN', 'LITHIFY_EXISTS']);
  t.deepEqual(await codesOf(strict.open({ errorIfExists: true })), ['LEVEL_DATABASE_NOT_OPEN', 'LITHIFY_EXISTS']);
});

test('a damaged store is refused under the name that Level has for it', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const db = new Level(location, TINY);
  await db.open();
  await db.close();
  await writeFile(join(location, 'FORMAT'), 'lithify store, format 9\n');
  t.deepEqual(await codesOf(db.open()), ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_CORRUPTION', 'LITHIFY_CORRUPTION']);
});
