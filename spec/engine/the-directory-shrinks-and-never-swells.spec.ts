import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Engine, open } from '../../index.ts';
import { quiet, tempDirectory } from '../support/engines.ts';

// Promise 8, and D26: a seed that rewrote its base level with every flush. Sizes are the file system's, not our counters'.

const MiB = 1024 * 1024;
const OPTIONS = {
  durability: 'os',
  memtableBytes: MiB / 2,
  memoryBytes: 2 * MiB,
  tableBytes: MiB,
  sliceBytes: 2 * MiB,
  cacheBytes: MiB,
} as const;
const KEYS = 20_000;
const VALUE_BYTES = 1000;
const LIVE_BYTES = KEYS * (VALUE_BYTES + 10);

test('after 20 rounds of overwriting everything the directory is as small as a fresh one, and never over 2.5 × the live bytes', async (t) => {
  t.timeout(600_000, 'half a gigabyte is written, and several times that by compactions');
  const fresh = await sizeOfFresh(await tempDirectory(t));
  const directory = await tempDirectory(t);
  const engine = await open(directory, OPTIONS);
  let largest = 0;
  const watch = engine.events$.subscribe(() => void sizeOf(directory).then((size) => (largest = Math.max(largest, size))));
  for (let round = 0; round < 20; round++) {
    await overwriteAll(engine, round);
    largest = Math.max(largest, await sizeOf(directory));
  }
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  watch.unsubscribe();
  const size = await sizeOf(directory);
  t.log(`live ${mib(LIVE_BYTES)}, fresh ${mib(fresh)}, after 20 rounds ${mib(size)}, at most ${mib(largest)}`);
  t.true(size <= 1.3 * fresh, `${mib(size)} against ${mib(fresh)} fresh`);
  t.true(largest <= 2.5 * LIVE_BYTES, `${mib(largest)} at most, ${mib(LIVE_BYTES)} live`);
  await engine.close();
});

async function sizeOfFresh(directory: string): Promise<number> {
  const engine = await open(directory, OPTIONS);
  await overwriteAll(engine, 0);
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  const size = await sizeOf(directory);
  await engine.close();
  return size;
}

/** In an order of its own each round, so that every table meets every other. */
async function overwriteAll(engine: Engine, round: number): Promise<void> {
  for (let at = 0; at < KEYS; at += 200) {
    const batch = Array.from({ length: 200 }, (_, i) => ({
      type: 'put' as const,
      key: `key-${String(((at + i) * 7919 + round) % KEYS).padStart(6, '0')}`,
      // One byte a character, and nothing that compresses much.
      value: randomBytes(VALUE_BYTES / 2).toString('hex'),
    }));
    await engine.kv.batch(batch);
  }
}

/** Bytes that the files take on disk; those that vanish while we look are gone. */
async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true });
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function mib(bytes: number): string {
  return `${(bytes / MiB).toFixed(1)} MiB`;
}
