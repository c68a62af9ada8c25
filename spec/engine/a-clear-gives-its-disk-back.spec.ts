import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Engine, type EngineEvent, type OpenOptions, open } from '../../index.ts';
import { contentOf, eventsOf, openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';

// A range delete is one entry in memory. Without anything more being written, what it covers has to leave the disk.

const KiB = 1024;
const SMALL = {
  ...{ durability: 'os', workers: 0, memtableBytes: 256 * KiB, memoryBytes: 2 * KiB * KiB, cacheBytes: 256 * KiB },
  ...{ tableBytes: 64 * KiB, blockBytes: 4 * KiB, sliceBytes: 512 * KiB },
} as const satisfies OpenOptions;

/** 1,000 keys with values of 2 KB that do not compress much, all in the last level. */
async function fill(engine: Engine): Promise<void> {
  for (let at = 0; at < 1000; at += 50) {
    await engine.kv.batch(
      Array.from({ length: 50 }, (_, i) => ({ type: 'put' as const, key: keyOf(at + i), value: randomBytes(1000).toString('hex') })),
    );
  }
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
}

function keyOf(i: number): string {
  return `key-${String(i).padStart(4, '0')}`;
}

/** Until there is no table and no garbage, or nothing more happens. */
async function settled(engine: Engine, isDone: () => boolean): Promise<void> {
  if (isDone()) return;
  await new Promise<void>((resolve) => {
    const watch = engine.events$.subscribe(() => {
      if (!isDone()) return;
      watch.unsubscribe();
      resolve();
    });
  });
}

function tablesOf(engine: Engine): number {
  const { minors, levels } = engine.stats();
  return levels.reduce((sum, level) => sum + level.tables, minors.tables);
}

/** Of files with data: a directory entry or LevelDB's own notes are not meant. */
async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(join(directory, 'blobs'), { recursive: true });
  const sizes = await Promise.all(names.map((name) => stat(join(directory, 'blobs', name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('after a clear of everything the directory shrinks without another write, and nothing is read for it', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, SMALL, directory);
  await fill(engine);
  const before = await sizeOf(directory);
  const { bytesRead } = engine.stats();
  const events = eventsOf(engine);
  await engine.kv.clear();
  await settled(engine, () => tablesOf(engine) === 0 && engine.stats().garbage.blobs === 0);
  const after = await sizeOf(directory);
  t.true(before > 2_000_000 && after < before / 10, `${before} bytes before, ${after} after`);
  const dropped = events.flatMap((event) => (event.type === 'compacted' && /deleted by range/.test(event.reason) ? [event] : []));
  t.is(dropped.length, 1);
  t.like(dropped[0], { kind: 'regular', bytesRead: 0, bytesWritten: 0, outputBlobs: [], moved: false });
  t.is(engine.stats().bytesRead, bytesRead);
  t.is(engine.stats().rangeDeletes, 0);
  await engine.kv.put('a', '1');
  t.deepEqual(await contentOf(engine), [['a', '1']]);
});

test('a clear of most of it leaves the rest, and rewrites tables at its ends only', async (t) => {
  const engine = await openEngine(t, SMALL);
  await fill(engine);
  const { bytes } = engine.stats().levels[6];
  const { bytesRead } = engine.stats();
  await engine.kv.clear({ gte: keyOf(100), lt: keyOf(900) });
  await settled(engine, () => engine.stats().levels[6].bytes < bytes * 0.25 && engine.stats().garbage.blobs === 0);
  t.true(engine.stats().bytesRead - bytesRead < 3 * SMALL.tableBytes);
  const keys = await engine.kv.keys().all();
  t.deepEqual(keys, [...Array.from({ length: 100 }, (_, i) => keyOf(i)), ...Array.from({ length: 100 }, (_, i) => keyOf(900 + i))]);
});

test('a clear that covers little waits in memory like any other write', async (t) => {
  const engine = await openEngine(t, SMALL);
  await fill(engine);
  const events = eventsOf(engine);
  await engine.kv.clear({ gte: keyOf(10), lt: keyOf(12) });
  await quiet(engine);
  t.false(events.some(({ type }) => type === 'memtableSealed'));
  t.is(engine.stats().memtables.active.entries, 1);
});

test('a snapshot keeps what was cleared after it, and lets it go when it is closed', async (t) => {
  const engine = await openEngine(t, SMALL);
  await fill(engine);
  const tables = tablesOf(engine);
  const snapshot = engine.kv.snapshot();
  await engine.kv.clear();
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  t.is(tablesOf(engine), tables);
  const { count, pinnedBytes, oldest } = engine.stats().snapshots;
  const live = engine.stats().levels[6].bytes;
  t.is(count, 1);
  t.true(pinnedBytes > 0.9 * live && oldest !== undefined && oldest.pinnedBytes > 0.9 * live, `${pinnedBytes} of ${live}`);
  t.is((await engine.kv.keys({ snapshot }).all()).length, 1000);
  t.deepEqual(await contentOf(engine), []);
  await snapshot.close();
  await settled(engine, () => tablesOf(engine) === 0 && engine.stats().garbage.blobs === 0);
  t.is(engine.stats().rangeDeletes, 0);
});

test('a clear that the process did not live to flush is flushed after the next open', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, SMALL, directory);
  await fill(engine);
  // It keeps the clear from being worth a flush, so closing leaves it to the log.
  const snapshot = engine.kv.snapshot();
  await engine.kv.clear();
  await engine.close();
  await snapshot.close().catch(() => undefined);
  const again = await open(directory, SMALL);
  t.teardown(() => again.close());
  await settled(again, () => tablesOf(again) === 0 && again.stats().garbage.blobs === 0);
  t.deepEqual(await contentOf(again), []);
});

test('thousands of clears leave one range delete, in one memtable or over many, and none after a major', async (t) => {
  const engine = await openEngine(t, { ...TINY, minorTrigger: 64 });
  const events: EngineEvent[] = eventsOf(engine);
  await engine.kv.put('b', '1');
  await engine.ask({ type: 'MinorCompact' });
  // It keeps the table, and with it the range deletes.
  const snapshot = engine.kv.snapshot();
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 100 }, () => engine.kv.clear()));
    await engine.ask({ type: 'MinorCompact' });
  }
  await quiet(engine);
  t.is(engine.stats().rangeDeletes, 1);
  t.is(tablesOf(engine), 1);
  t.true(events.filter((event) => event.type === 'compacted' && event.kind === 'flush').length >= 20);
  await snapshot.close();
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.is(engine.stats().rangeDeletes, 0);
  t.is(tablesOf(engine), 0);
});
