import test, { type ExecutionContext } from 'ava';
import type { Engine } from '../../index.ts';
import { openEngine, quiet, TINY } from '../support/engines.ts';

// What LevelDB's users call "the queue problem": who deletes from the front walks over every tombstone to the first key.

const OPTIONS = {
  ...TINY,
  memtableBytes: 64 * 1024,
  memoryBytes: 1024 * 1024,
  blockBytes: 1024,
  tableBytes: 16 * 1024,
  sliceBytes: 64 * 1024,
};
const BATCH = 500;
/** A memtable's entries and a few tables': what may wait to be compacted, whatever there was. */
const MOST_BLOCKS_AT_REST = 150;

for (const keys of [5_000, 20_000]) {
  test(`${keys} keys deleted one by one cost a bounded walk until they are compacted, and none after it`, async (t) => {
    const engine = await filled(t, keys);
    for (let from = 0; from < keys; from += BATCH) await engine.kv.batch(numbers(from).map((i) => ({ type: 'del', key: keyOf(i) })));
    await firstKey(t, engine, 'before any compaction was waited for');
    await quiet(engine);
    const atRest = await firstKey(t, engine, 'at rest, nobody having asked for a compaction');
    t.true(atRest <= MOST_BLOCKS_AT_REST, `${atRest} blocks`);
    await engine.ask({ type: 'MajorCompaction' });
    t.is(await firstKey(t, engine, 'after a major compaction'), 0);
  });
}

test('one clear costs no walk, neither before a compaction nor after', async (t) => {
  const engine = await filled(t, 5_000);
  await engine.kv.clear();
  t.is(await firstKey(t, engine, 'right after clear()'), 0);
  await engine.ask({ type: 'MajorCompaction' });
  t.is(await firstKey(t, engine, 'after a major compaction'), 0);
});

async function filled(t: ExecutionContext, keys: number): Promise<Engine> {
  const engine = await openEngine(t, OPTIONS);
  for (let from = 0; from < keys; from += BATCH) {
    await engine.kv.batch(numbers(from).map((i) => ({ type: 'put', key: keyOf(i), value: `value ${i} of some length` })));
  }
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  return engine;
}

/** Blocks that are looked at on the way to the first key, of which there is none. */
async function firstKey(t: ExecutionContext, engine: Engine, when: string): Promise<number> {
  const before = engine.stats().cache;
  const since = performance.now();
  t.deepEqual(await engine.kv.keys({ limit: 1 }).all(), []);
  const ms = performance.now() - since;
  const after = engine.stats().cache;
  const blocks = after.hits + after.misses - before.hits - before.misses;
  t.log(`${when}: ${blocks} blocks, ${ms.toFixed(2)} ms`);
  return blocks;
}

function numbers(from: number): number[] {
  return Array.from({ length: BATCH }, (_, i) => from + i);
}

function keyOf(i: number): string {
  return `key-${String(i).padStart(7, '0')}`;
}
