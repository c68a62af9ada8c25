import test, { type ExecutionContext } from 'ava';
import type { Engine } from '../../index.ts';
import { eventsOf, openEngine, quiet, TINY } from '../support/engines.ts';

// D26 of the seed: a flush of one key rewrote the whole last level, and an idle store went on rewriting itself.

test('flushing one key at a time into a settled store writes about what was flushed, never the last level', async (t) => {
  const engine = await settled(t);
  const live = bytesOf(engine);
  const before = engine.stats().bytesWritten;
  for (let i = 0; i < 10; i++) {
    await engine.kv.put(`key-${String(i * 191).padStart(5, '0')}`, `new ${i}`);
    await engine.ask({ type: 'MinorCompact' });
    await quiet(engine);
  }
  const written = engine.stats().bytesWritten - before;
  t.true(written < live / 5, `${written} bytes for ten keys, beside ${live} live ones`);
});

test('a store in which nothing is written has nothing to do, and asking for it changes nothing', async (t) => {
  const engine = await settled(t);
  const events = eventsOf(engine);
  const { bytesWritten } = engine.stats();
  for (let i = 0; i < 5; i++) {
    await engine.ask({ type: 'MinorCompact' });
    await engine.ask({ type: 'MajorCompaction' });
    await engine.ask({ type: 'GarbageCollect' });
    await quiet(engine);
  }
  t.is(engine.stats().bytesWritten, bytesWritten);
  t.deepEqual(
    events.filter(({ type }) => type === 'compacted' || type === 'jobStarted'),
    [],
  );
});

test('loading in a random order writes every byte a few times, not many', async (t) => {
  const engine = await openEngine(t, { ...TINY, minorTrigger: 4 });
  await load(engine, 4000);
  await quiet(engine);
  const { writeAmplification } = engine.stats();
  t.true(writeAmplification > 1 && writeAmplification < 8, `${writeAmplification}`);
});

async function settled(t: ExecutionContext): Promise<Engine> {
  const engine = await openEngine(t);
  await load(engine, 2000);
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  return engine;
}

async function load(engine: Engine, keys: number): Promise<void> {
  for (let from = 0; from < keys; from += 50) {
    const puts = Array.from({ length: 50 }, (_, i) => {
      const key = ((from + i) * 1009) % keys;
      return { type: 'put' as const, key: `key-${String(key).padStart(5, '0')}`, value: `value ${key} ${'·'.repeat(20)}` };
    });
    await engine.kv.batch(puts);
  }
}

function bytesOf(engine: Engine): number {
  const { minors, levels } = engine.stats();
  return levels.reduce((sum, { bytes }) => sum + bytes, minors.bytes);
}
