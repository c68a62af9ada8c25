import test from 'ava';
import { openEngine, TINY } from '../support/engines.ts';
import { nextEvent } from '../support/next-event.ts';
import { heldEngine, tableOf } from './support/reasons.ts';

const CALM = { ...TINY, minorTrigger: 64, tableBytes: 64 * 1024 };

test('an empty store has seven empty levels and nothing else', async (t) => {
  const engine = await openEngine(t, CALM);
  t.like(engine.shape(), { minors: [], levels: [[], [], [], [], [], [], []], orders: [], garbage: [], leases: [] });
});

test('minors come newest first, levels by key, with what the tables hold; it is plain data', async (t) => {
  const engine = await openEngine(t, CALM);
  const [older] = await tableOf(engine, 10);
  await engine.kv.batch([
    { type: 'put', key: 'a', value: 'b' },
    { type: 'del', key: 'key00003' },
  ]);
  const { outputBlobs, bytesWritten } = await engine.ask({ type: 'MinorCompact' });
  const { minors, version } = engine.shape();
  t.deepEqual(
    minors.map(({ id }) => id),
    [outputBlobs[0], older],
  );
  t.deepEqual(minors[0], {
    id: outputBlobs[0],
    bytes: bytesWritten,
    entries: 2,
    tombstones: 1,
    minKey: 'a',
    maxKey: 'key00003',
    heldBytes: 0,
  });
  await engine.ask({ type: 'MajorCompaction' });
  const after = engine.shape();
  t.true(after.version > version);
  t.deepEqual(
    after.levels[6].map(({ entries, minKey, maxKey }) => [entries, minKey, maxKey]),
    [[10, 'a', 'key00009']],
  );
  t.deepEqual(JSON.parse(JSON.stringify(after)), after);
});

test('keys that are no text come as Base64, others whole, however long', async (t) => {
  const engine = await openEngine(t, CALM);
  const long = 'k'.repeat(3_000);
  await engine.kv.batch([
    { type: 'put', key: long, value: '' },
    { type: 'put', key: '\ufeffmark', value: '' },
  ]);
  await engine.kv.put<Uint8Array, Uint8Array>(new Uint8Array([0xff, 0xfe]), new Uint8Array(1), {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await engine.ask({ type: 'MinorCompact' });
  t.deepEqual(
    engine.shape().minors.map(({ minKey, maxKey }) => [minKey, maxKey]),
    [[long, { base64: '//4=' }]],
  );
  await engine.kv.put('\ufeffmark', 'x');
  await engine.ask({ type: 'MinorCompact' });
  t.is(engine.shape().minors[0].minKey, '\ufeffmark', 'a mark at its beginning is part of a key');
});

test('what is kept for a snapshot is told of the table that has it, and gone with it', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 20);
  const snapshot = engine.kv.snapshot();
  await tableOf(engine, 20);
  await engine.ask({ type: 'MajorCompaction' });
  const [table] = engine.shape().levels[6];
  t.is(table.heldBytes, engine.stats().snapshots.pinnedBytes);
  t.true(table.heldBytes > 20 * 60);
  await snapshot.close();
  t.true(engine.shape().levels[6].every(({ heldBytes }) => heldBytes === 0));
});

test('a compaction under way is there with its progress, and so are the tables that it reads', async (t) => {
  const held = await heldEngine(t);
  const { engine } = held;
  const blobs = [...(await tableOf(engine, 300)), ...(await tableOf(engine, 300))];
  let slices = 0;
  const second = nextEvent(engine, 'jobStarted', ({ job }) => job === 'slice' && ++slices === 2).then(() => held.hold());
  const major = engine.ask({ type: 'MajorCompaction' });
  await second;
  const { orders, minors } = engine.shape();
  t.like(orders[0], { kind: 'major', target: 6, done: 1, minKey: 'key00000', maxKey: 'key00299', inputs: blobs.toReversed() });
  t.is(
    orders[0].bytes,
    minors.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  t.true(minors.every(({ order }) => order === orders[0].id));
  held.release();
  await major;
  t.deepEqual(engine.shape().orders, []);
});
