import test from 'ava';
import fc from 'fast-check';
import type { LogRecord } from '../../protocol/log.ts';
import { settled } from './support/manual-runtime.ts';
import { StoredPartition } from './support/stored-partition.ts';
import { all, subscription } from './support/subscriptions.ts';

const size = fc.integer({ min: 1, max: 12 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('produce' as const), count: size, length: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('produceStaged' as const), length: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('seal' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('age' as const), less: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dropAged' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('compact' as const), kept: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('blockBytes' as const), bytes: fc.integer({ min: 1, max: 600 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function perform(store: StoredPartition, one: Step): Promise<void> {
  if (one.do === 'produce') store.produce(...Array.from({ length: one.count }, (_, at) => recordOf(at, one.length)));
  if (one.do === 'produceStaged') await store.produceStaged(new Uint8Array(one.length).fill(one.length));
  if (one.do === 'seal') store.seal();
  if (one.do === 'age') await store.age(store.next - one.less);
  if (one.do === 'dropAged') store.dropAged();
  if (one.do === 'compact') await store.compact((offset) => (one.kept & (1 << (offset % 8))) !== 0);
  if (one.do === 'blockBytes') store.blockBytes = one.bytes;
}

function recordOf(key: number, length = 0, timestamp?: number) {
  return { key: BigInt(key), value: new Uint8Array(length).fill(key), ...(timestamp !== undefined && { timestamp }) };
}

function from(records: readonly LogRecord[], offset: number): LogRecord[] {
  return records.filter((record) => record.offset >= offset);
}

test('from any offset all that is kept is read, as it was produced, wherever it lies now', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(80), async (steps, offset) => {
      const store = new StoredPartition();
      for (const one of steps) await perform(store, one);
      const read = await all(subscription([store.reader()], { from: { offset }, idleTimeout: 0 }));
      t.deepEqual(read, from(store.records, offset));
      t.is(store.leases, 0);
    }),
    { numRuns: 150 },
  );
});

test('whatever happens between two reads, what is kept at the end was read once and in order', async (t) => {
  const pulled = fc.array(fc.tuple(step, fc.nat(6)), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(pulled, async (steps) => {
      const store = new StoredPartition();
      const produced: LogRecord[] = [];
      const tail = subscription([store.reader()]);
      const pulls: Promise<IteratorResult<LogRecord, undefined>>[] = [];
      for (const [one, count] of steps) {
        // Begun before the change, so that a read is under way while it happens.
        for (let i = 0; i < count; i++) pulls.push(tail.next());
        await perform(store, one);
        produced.push(...from(store.records, produced.length));
      }
      const rest = all(subscription([store.reader()], { from: { offset: produced.length }, idleTimeout: 0 }));
      await settled();
      for (let i = 0; i < produced.length; i++) pulls.push(tail.next());
      await settled();
      await tail.return();
      const given = (await Promise.all(pulls)).flatMap(({ value }) => value ?? []);
      const offsets = given.map(({ offset }) => offset);
      t.deepEqual(
        offsets,
        [...new Set(offsets)].sort((a, b) => a - b),
      );
      t.deepEqual(
        given,
        offsets.map((offset) => produced[offset]),
      );
      t.deepEqual(
        store.records.filter(({ offset }) => !offsets.includes(offset)),
        [],
      );
      t.deepEqual([await rest, store.leases, store.waiters], [[], 0, 0]);
    }),
    { numRuns: 150 },
  );
});

test('seeking to an offset reads an index and one block', async (t) => {
  const store = new StoredPartition();
  for (let i = 0; i < 500; i++) store.produce(recordOf(i));
  await store.age();
  const before = store.reads;
  const batch = await store.reader().read(321);
  t.is(batch?.records[0].offset, 321);
  t.is(store.reads - before, 2);
});

test('reading on reads each block once, and each index once', async (t) => {
  const store = new StoredPartition();
  for (let part = 0; part < 3; part++) {
    for (let i = 0; i < 100; i++) store.produce(recordOf(i));
    await store.age();
  }
  const before = store.reads;
  const read = await all(subscription([store.reader()], { idleTimeout: 0 }));
  t.is(read.length, 300);
  t.is(
    store.reads - before,
    store.state.parts.reduce((sum, { blocks }) => sum + blocks + 1, 0),
  );
});

test('a time is found as a scan would find it, by two reads', async (t) => {
  const times = fc.array(fc.option(fc.nat(50), { nil: undefined }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(times, fc.nat(60), fc.nat(60), fc.nat(255), async (stamps, agedTo, ms, kept) => {
      const store = new StoredPartition();
      for (const [at, stamp] of stamps.entries()) {
        store.produce(recordOf(at, 5, stamp));
        if (at % 17 === 0) store.seal();
        if (at % 23 === 0) await store.age(Math.min(agedTo, store.next));
      }
      await store.age(Math.min(agedTo, store.next));
      await store.compact((offset) => (kept & (1 << (offset % 8))) !== 0);
      const before = store.reads;
      const scanned = store.records.find(({ timestamp }) => timestamp !== undefined && timestamp >= ms)?.offset;
      t.is(await store.reader().seekTime(ms), scanned);
      t.true(store.reads - before <= 2);
    }),
    { numRuns: 150 },
  );
});

test('looking for a time in memory lets the event loop turn', async (t) => {
  const store = new StoredPartition();
  store.produce(...Array.from({ length: 45_000 }, (_, at) => recordOf(1, 0, at)));
  t.is(await store.reader().seekTime(44_000), 44_000);
  t.is(store.turns, 2);
});

test('records that are not committed yet are not given', async (t) => {
  const store = new StoredPartition();
  store.produce(recordOf(1), recordOf(2));
  store.apply(recordOf(3, 0, 77));
  t.is((await all(subscription([store.reader()], { idleTimeout: 0 }))).length, 2);
  t.is(await store.reader().seekTime(77), undefined);
  t.is(await store.reader().read(2), undefined);
});

test('where everything was compacted away, reading goes on at the end', async (t) => {
  const store = new StoredPartition();
  store.produce(recordOf(1), recordOf(2), recordOf(3));
  await store.age();
  await store.compact((offset) => offset === 0);
  t.deepEqual(await store.reader().read(1), { records: [], next: 3 });
  t.is(await store.reader().read(3), undefined);
});

test('memory is given by pieces, and without a promise', async (t) => {
  const store = new StoredPartition();
  store.produce(...Array.from({ length: 600 }, () => recordOf(1)));
  store.produce(recordOf(1, 60_000), recordOf(1, 60_000), recordOf(1, 60_000));
  const reader = store.reader();
  const sizes: number[] = [];
  for (let offset = 0; ; ) {
    const batch = reader.read(offset);
    if (batch instanceof Promise || batch === undefined) break;
    sizes.push(batch.records.length);
    offset = batch.next;
  }
  t.deepEqual(sizes, [256, 256, 90, 1]);
});

test('decoding a large block lets the event loop turn', async (t) => {
  const store = new StoredPartition();
  store.blockBytes = 1 << 20;
  store.produce(...Array.from({ length: 9000 }, () => recordOf(1)));
  await store.age();
  t.is(store.state.parts[0].blocks, 1);
  t.is((await store.reader().read(0))?.records.length, 9000);
  t.is(store.turns, 4);
});
