import { join } from 'node:path';
import test from 'ava';
import { ClassicLevel } from 'classic-level';
import { Level } from '../../index.ts';
import { quiet, TINY, tempDirectory } from '../support/engines.ts';
import { openLevel } from './support/databases.ts';

const VALUE = 'x'.repeat(100);
/** About what one entry takes, key and all. */
const ENTRY = 110;

async function fill(db: Level, from: number, to: number): Promise<void> {
  const operations = Array.from({ length: to - from }, (_, i) => ({ type: 'put' as const, key: keyOf(from + i), value: VALUE }));
  for (let at = 0; at < operations.length; at += 50) await db.batch(operations.slice(at, at + 50));
}

function keyOf(i: number): string {
  return `key-${String(i).padStart(5, '0')}`;
}

function isAbout(found: number, entries: number): boolean {
  return found > entries * ENTRY * 0.7 && found < entries * ENTRY * 1.6;
}

test('the size of a range is about that of its entries, in memory, in flushed tables and in a level', async (t) => {
  const db = await openLevel(t, { memtableBytes: 1024 * 1024, memoryBytes: 4 * 1024 * 1024, blockBytes: 1024, minorTrigger: 60 });
  await fill(db, 0, 1000);
  const measure = async () => [
    await db.approximateSize('key-', 'kez'),
    await db.approximateSize(keyOf(200), keyOf(700)),
    await db.approximateSize(keyOf(900), keyOf(950)),
  ];
  const assertAll = async (where: string) => {
    const found = await measure();
    t.true(isAbout(found[0], 1000) && isAbout(found[1], 500), `${where}: ${found}`);
    t.true(found[2] > 20 * ENTRY && found[2] < 100 * ENTRY, `${where}: ${found}`);
  };
  await assertAll('in memory');
  await db.engine.ask({ type: 'MinorCompact' });
  await assertAll('flushed');
  await db.engine.ask({ type: 'MajorCompaction' });
  await assertAll('in a level');
  await fill(db, 1000, 2000);
  t.true(isAbout(await db.approximateSize(keyOf(500), keyOf(1500)), 1000), 'in both');
});

test('a range in which nothing is has no size, however it lies', async (t) => {
  const db = await openLevel(t);
  await fill(db, 100, 200);
  await db.engine.ask({ type: 'MajorCompaction' });
  await fill(db, 300, 310);
  for (const [start, end] of [
    ['a', 'b'],
    ['x', 'z'],
    [keyOf(250), keyOf(260)],
    [keyOf(150), keyOf(120)],
    [keyOf(150), keyOf(150)],
  ]) {
    t.is(await db.approximateSize(start, end), 0, `${start} to ${end}`);
  }
  t.is(await db.approximateSize(keyOf(0), keyOf(999)), await db.approximateSize('', '\uffff'));
});

test('compactRange leaves the deleted of its range without a place on disk, and the rest alone', async (t) => {
  const db = await openLevel(t);
  await fill(db, 0, 400);
  await db.engine.ask({ type: 'MajorCompaction' });
  for (let i = 0; i < 400; i++) await db.del(keyOf(i));
  await db.engine.ask({ type: 'MinorCompact' });
  await quiet(db.engine);
  await db.compactRange(keyOf(0), keyOf(400));
  await quiet(db.engine);
  t.is(await db.approximateSize(keyOf(0), keyOf(999)), 0);
  t.deepEqual(await db.keys().all(), []);
});

test('they take encodings, wait for opening, and refuse as in classic-level', async (t) => {
  const theirs = new ClassicLevel(join(await tempDirectory(t), 'db'));
  const ours = new Level(join(await tempDirectory(t), 'db'), TINY);
  for (const db of [theirs, ours]) {
    t.is(db.status, 'opening');
    t.is(await db.approximateSize(Buffer.from('a'), Buffer.from('b'), { keyEncoding: 'buffer' }), 0);
    t.is(await db.compactRange('"a"', 'b', { keyEncoding: 'json' }), undefined);
    // What TypeScript refuses, JavaScript can still do.
    const untyped = db as unknown as {
      approximateSize(start?: string): Promise<number>;
      compactRange(): Promise<void>;
      getProperty(): string;
    };
    await t.throwsAsync(untyped.approximateSize('a'), { instanceOf: TypeError, message: "The arguments 'start' and 'end' are required" });
    await t.throwsAsync(untyped.compactRange(), { instanceOf: TypeError, message: "The arguments 'start' and 'end' are required" });
    t.throws(() => untyped.getProperty(), { instanceOf: TypeError, message: "The first argument 'property' must be a string" });
    await db.close();
    await t.throwsAsync(db.approximateSize('a', 'b'), { code: 'LEVEL_DATABASE_NOT_OPEN' });
    await t.throwsAsync(db.compactRange('a', 'b'), { code: 'LEVEL_DATABASE_NOT_OPEN' });
    t.throws(() => db.getProperty('leveldb.stats'), { code: 'LEVEL_DATABASE_NOT_OPEN' });
  }
});

test('properties by LevelDB’s names tell of tables and memory', async (t) => {
  const db = await openLevel(t, { minorTrigger: 60 });
  const filesAt = (level: number) => Number(db.getProperty(`leveldb.num-files-at-level${level}`));
  await db.put('a\n', VALUE);
  const memory = Number(db.getProperty('leveldb.approximate-memory-usage'));
  t.true(memory > 100, `${memory}`);
  t.is(filesAt(0), 0);
  await db.engine.ask({ type: 'MinorCompact' });
  t.is(filesAt(0), 1);
  t.regex(db.getProperty('leveldb.sstables'), /^--- level 0 ---\n \d+:\d+\['a\\x0a' \.\. 'a\\x0a'\]\n--- level 1 ---\n/);
  await db.engine.ask({ type: 'MajorCompaction' });
  t.deepEqual([filesAt(0), [1, 2, 3, 4, 5, 6, 7].reduce((sum, level) => sum + filesAt(level), 0)], [0, 1]);
  t.regex(db.getProperty('leveldb.stats'), /Level +Files +Size\(MB\) +Entries +Deletes\n-+\n +\d +1 +0 +1 +0\n/);
});

test('a property that is not known is an empty string', async (t) => {
  const db = await openLevel(t);
  for (const name of [
    '',
    'leveldb.',
    'leveldb.none',
    'leveldb.num-files-at-level',
    'leveldb.num-files-at-level8',
    'leveldb.num-files-at-level-1',
    'stats',
  ]) {
    t.is(db.getProperty(name), '', name);
  }
});
