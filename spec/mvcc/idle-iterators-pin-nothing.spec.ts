import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { type Engine, keyBasedRetention } from '../../index.ts';
import { openEngine, quiet, TINY } from '../support/engines.ts';

const KiB = 1024;
const MANY = 1000;
const XYZ = ['x', 'y', 'z'];

test('an iterator that nobody calls lets go of tables when they are replaced, and of nothing before', async (t) => {
  const engine = await openEngine(t);
  await fill(engine, 'a', 200);
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  const iterator = engine.kv.iterator();
  for (let i = 0; i < 7; i++) t.truthy(await iterator.next());
  t.deepEqual(
    engine.stats().leases.map(({ owner }) => owner),
    ['iterator'],
  );
  // What came after it is flushed: it reads none of that.
  await fill(engine, 'b', 20);
  await engine.ask({ type: 'MinorCompact' });
  t.is(engine.stats().leases.length, 1);

  await fill(engine, 'a', 200);
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(engine.stats().leases, []);
  await quiet(engine);
  t.deepEqual(engine.stats().garbage, { blobs: 0, bytes: 0, pinned: 0 });
  t.is(engine.stats().snapshots.count, 1);
  t.is((await iterator.all()).length, 193);
  t.is(engine.stats().snapshots.count, 0);
});

test('memory does not grow with the memtables that idle iterators began to read', async (t) => {
  const memtableBytes = 512 * KiB;
  const engine = await openEngine(t, {
    ...{ ...TINY, memtableBytes, memoryBytes: 8 * memtableBytes },
    // No merge replaces a table: only memtables go.
    ...{ blockBytes: 16 * KiB, tableBytes: 256 * KiB, minorTrigger: 64 },
  });
  const iterators: { next(): Promise<[string, string] | undefined> }[] = [];
  const flush = async (round: number) => {
    await engine.kv.batch([0, 1, 2].map((i) => ({ type: 'put', key: `key-${i}`, value: `round ${round}` })));
    const [begun, unused] = [engine.kv.iterator(), engine.kv.iterator({ reverse: true })];
    t.deepEqual(await begun.next(), ['key-0', `round ${round}`]);
    iterators.push(begun, unused);
    await engine.ask({ type: 'MinorCompact' });
  };
  for (let i = 0; i < 4; i++) await flush(i);
  await quiet(engine);
  const before = await arrayBuffers();
  for (let i = 4; i < 20; i++) await flush(i);
  await quiet(engine);
  t.deepEqual(engine.stats().leases, []);
  const grown = (await arrayBuffers()) - before;
  t.true(grown < 2 * memtableBytes, `${grown} bytes more after 16 memtables of ${memtableBytes}`);
  for (const [at, iterator] of iterators.entries())
    t.deepEqual(await iterator.next(), [at % 2 === 0 ? 'key-1' : 'key-2', `round ${at >> 1}`]);
});

test('what a compaction of a topic has replaced is deleted under an iterator over keys, which goes on', async (t) => {
  const engine = await openEngine(t);
  await fill(engine, 'a', 200);
  await engine.ask({ type: 'MinorCompact' });
  const topic = engine.topic('readings', { compaction: { strategy: keyBasedRetention(10), minDirtyRatio: 0 } });
  const iterator = engine.kv.iterator();
  for (let i = 0; i < 7; i++) t.truthy(await iterator.next());
  for (let round = 0; round < 3; round++) {
    await topic.produceMany(Array.from({ length: 100 }, (_, i) => ({ key: BigInt(i % 5), value: `${round}` })));
    await topic.compact();
  }
  t.is(topic.offsets()?.next, 300);
  await quiet(engine);
  t.deepEqual(engine.stats().garbage, { blobs: 0, bytes: 0, pinned: 0 });
  t.is((await iterator.all()).length, 193);
});

test('1,000 iterators of as many moments are read at once, and each gives its own', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' });
  const iterators: { next(): Promise<[string, string] | undefined> }[] = [];
  for (let moment = 0; moment < MANY; moment++) {
    await engine.kv.batch(XYZ.map((key) => ({ type: 'put', key, value: `${moment}` })));
    iterators.push(engine.kv.iterator({ reverse: moment % 2 === 1 }));
    if (moment % 100 === 50) await engine.ask({ type: 'MinorCompact' });
    if (moment % 300 === 299) await engine.ask({ type: 'MajorCompaction' });
  }
  const { count, oldest } = engine.stats().snapshots;
  t.deepEqual([count, oldest?.sequence], [MANY, 3]);
  for (const keys of XYZ.map((key, at) => [key, XYZ[2 - at]])) {
    const read = await Promise.all(iterators.map((iterator) => iterator.next()));
    t.true(read.every((entry, moment) => entry?.[0] === keys[moment % 2] && entry[1] === `${moment}`));
    await engine.kv.put('x', 'newer');
    await engine.ask({ type: 'MajorCompaction' });
    t.deepEqual(engine.stats().leases, []);
  }
  await quiet(engine);
  t.is(engine.stats().garbage.pinned, 0);
  await engine.kv.close();
  t.is(engine.stats().snapshots.count, 0);
});

async function fill(engine: Engine, prefix: string, count: number): Promise<void> {
  const value = 'v'.repeat(40);
  const keys = Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(4, '0')}`);
  for (let at = 0; at < count; at += 100) await engine.kv.batch(keys.slice(at, at + 100).map((key) => ({ type: 'put', key, value })));
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
