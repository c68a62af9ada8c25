import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';

// D8 of the seed: every memtable and the open handle of its log were kept for life.

const KiB = 1024;

// Only Linux tells which files this process holds.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('after many flushes no deleted file is held open, and the log is one segment', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, workers: 1 }, directory);
  for (let i = 0; i < 8; i++) {
    await engine.kv.put(`key-${i}`, 'value');
    await engine.ask({ type: 'MinorCompact' });
  }
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  const held = await openFiles();
  t.deepEqual(
    held.filter((path) => path.startsWith(directory) && path.endsWith('(deleted)')),
    [],
  );
  t.is(held.filter((path) => path.startsWith(join(directory, 'wal'))).length, 1);
  t.is((await readdir(join(directory, 'wal'))).length, 1);
  t.is(engine.stats().wal.segments, 1);

  await engine.close();
  t.deepEqual(
    (await openFiles()).filter((path) => path.startsWith(directory)),
    [],
  );
});

test('memory does not grow with the number of flushes', async (t) => {
  const memtableBytes = 512 * KiB;
  const engine = await openEngine(t, {
    ...TINY,
    memtableBytes,
    memoryBytes: 8 * memtableBytes,
    blockBytes: 16 * KiB,
    tableBytes: 256 * KiB,
  });
  const flush = async (round: number) => {
    await engine.kv.put('key', `round ${round}`);
    await engine.ask({ type: 'MinorCompact' });
  };
  for (let i = 0; i < 4; i++) await flush(i);
  await quiet(engine);
  const before = await arrayBuffers();
  for (let i = 0; i < 16; i++) await flush(i);
  await quiet(engine);
  t.deepEqual(engine.stats().memtables.sealed, []);
  const grown = (await arrayBuffers()) - before;
  t.true(grown < 2 * memtableBytes, `${grown} bytes more after 16 memtables of ${memtableBytes}`);
  t.is(await engine.kv.get('key'), 'round 15');
});

async function openFiles(): Promise<string[]> {
  const links = await readdir('/proc/self/fd');
  // One of them is the listing itself.
  return Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
}

/** Bytes of array buffers, shared ones included, that something still refers to. */
async function arrayBuffers(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  // Buffers are freed a turn after the objects that held them.
  for (let i = 0; i < 4; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}
