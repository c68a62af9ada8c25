import type { ExecutionContext } from 'ava';
import test from 'ava';
import { encodeIndex } from '../../storage/log/part-index.ts';
import { checksum } from '../support/tables.ts';
import { StoredPartition } from './support/stored-partition.ts';
import { all, offsetsOf, subscription, take } from './support/subscriptions.ts';

/** Ninety records, thirty in each of three parts. */
async function threeParts(): Promise<StoredPartition> {
  const store = new StoredPartition();
  for (let part = 0; part < 3; part++) {
    for (let i = 0; i < 30; i++) store.produce({ key: BigInt(i), value: `value ${i}`, timestamp: 30 * part + i });
    await store.age();
  }
  store.seal();
  store.dropAged();
  return store;
}

/** Calls back at the n-th block that is read from now on, before it is given. */
function atRead(store: StoredPartition, nth: number, change: () => void): void {
  let reads = 0;
  store.bench.blobs.before = (operation) => {
    if (operation === 'read' && ++reads === nth) change();
  };
}

for (const [what, nth] of [
  ['the index', 1],
  ['the block', 2],
] as const) {
  test(`a part whose blob goes while ${what} is being read is read where its records are now`, async (t) => {
    const store = await threeParts();
    const swap = await store.compaction((offset) => offset % 2 === 1);
    atRead(store, nth, () => swap({ evenWhenLeased: true }));
    const read = await all(subscription([store.reader()], { idleTimeout: 0 }));
    t.deepEqual(read, store.records);
    t.is(read.length, 45);
    t.is(store.leases, 0);
  });
}

test('a lease keeps the part until its block is read, and no longer', async (t) => {
  const store = await threeParts();
  const swap = await store.compaction((offset) => offset % 2 === 1);
  const [{ blob }] = store.state.parts;
  atRead(store, 1, () => swap());
  const batch = await store.reader().read(0);
  t.deepEqual(batch?.records[0].offset, 0);
  t.deepEqual([store.leases, store.bench.blobs.visible.has(blob.id)], [0, false]);
});

for (const code of ['LITHIFY_NOT_FOUND', 'LITHIFY_CLOSED'] as const) {
  test(`what ends while it is being read says ${code}, not what the store says`, async (t) => {
    const store = await threeParts();
    atRead(store, 2, () => store.end(code));
    const tail = subscription([store.reader()]);
    await t.throwsAsync(tail.next(), { code });
    await t.throwsAsync(tail.next(), { code });
    t.is(store.leases, 0);
  });
}

test("a store that cannot be read is an error of that read, with the store's own code", async (t) => {
  const store = await threeParts();
  atRead(store, 2, () => {
    throw Object.assign(new Error('no'), { code: 'LITHIFY_BLOB_STORE' });
  });
  await t.throwsAsync(subscription([store.reader()]).next(), { code: 'LITHIFY_BLOB_STORE' });
  t.is(store.leases, 0);
  t.is((await all(subscription([store.reader()], { idleTimeout: 0 }))).length, 90);
});

/** Reads until the damage, checks what the error says, and reads on behind it. */
async function readAround(t: ExecutionContext, store: StoredPartition): Promise<{ before: unknown[]; behind: unknown[] }> {
  const tail = subscription([store.reader()], { idleTimeout: 0 });
  const before: unknown[] = [];
  const error = await t.throwsAsync(
    async () => {
      for await (const { offset } of tail) before.push(offset);
    },
    { code: 'LITHIFY_CORRUPTION' },
  );
  const { details } = error as Error & { details: Record<string, number> };
  t.like(details, { topic: 'the topic', partition: 1, from: before.length });
  t.true(details.blobId > 0 && details.block >= 0);
  const behind = await all(subscription([store.reader()], { from: { after: details.after }, idleTimeout: 0 }));
  return { before, behind: offsetsOf(behind) };
}

test('a damaged block is an error that says where reading can go on; nothing else is lost', async (t) => {
  const store = await threeParts();
  store.bench.blocksOf(store.state.parts[1])[2][40] ^= 1;
  const { before, behind } = await readAround(t, store);
  const missing = store.next - before.length - behind.length;
  t.true(before.length > 30 && behind.length > 30 && missing > 0 && missing < 6, `${before.length}, ${behind.length}`);
  t.deepEqual(behind.at(-1), 89);
});

test('a damaged index costs its part, and no more', async (t) => {
  const store = await threeParts();
  const blocks = store.bench.blocksOf(store.state.parts[1]);
  blocks[blocks.length - 1][40] ^= 1;
  const { before, behind } = await readAround(t, store);
  t.deepEqual([before.length, behind.length, behind[0]], [30, 30, 60]);
});

test('an index that says something else than its blocks is damage, not a gap', async (t) => {
  const store = await threeParts();
  const [part] = store.state.parts;
  const index = await store.bench.reader().loadIndex(part);
  const summaries = Array.from(index.firstOffsets, (firstOffset, at) => ({
    ...{ firstOffset, lastOffset: index.lastOffsets[at] - (at === 0 ? 1 : 0), records: index.records[at] - (at === 0 ? 1 : 0) },
    ...{ bytes: index.bytes[at], untimed: index.untimed[at], maxTimestamp: index.maxTimestamps[at] },
  }));
  summaries[1] = { ...summaries[1], firstOffset: summaries[1].firstOffset - 1, records: summaries[1].records + 1 };
  store.bench.blocksOf(part)[part.blocks] = encodeIndex(index, summaries, part.blob.id, part.blocks, checksum);
  await t.throwsAsync(subscription([store.reader()]).next(), { code: 'LITHIFY_CORRUPTION' });
});

test('a damaged value that stands elsewhere costs its record, and no more', async (t) => {
  const store = new StoredPartition();
  store.produce({ key: 1n, value: 'a' });
  await store.produceStaged(new Uint8Array(500));
  store.produce({ key: 1n, value: 'b' });
  (store.bench.blobs.visible.get(1) ?? [])[3][40] ^= 1;
  const inMemory = await readAround(t, store);
  t.deepEqual([inMemory.before, inMemory.behind], [[0], [2]]);
  await store.age();
  const inPart = await readAround(t, store);
  t.deepEqual([inPart.before, inPart.behind], [[0], [2]]);
});

test('a time that damage hides is an error, not a wrong place', async (t) => {
  const store = await threeParts();
  const blocks = store.bench.blocksOf(store.state.parts[1]);
  for (const block of blocks.slice(0, -1)) block[40] ^= 1;
  await t.throwsAsync(take(subscription([store.reader()], { from: { time: 45 } }), 1), { code: 'LITHIFY_CORRUPTION' });
  t.deepEqual(await take(subscription([store.reader()], { from: { time: 65 } }), 1), [65]);
});

test('large values that stand elsewhere come whole, and one at a time', async (t) => {
  const store = new StoredPartition();
  for (let i = 0; i < 20; i++) await store.produceStaged(new Uint8Array(1000).fill(i), i);
  const sizes = async () => {
    const batches = [];
    for await (const batch of subscription([store.reader()], { idleTimeout: 0 }).batches()) batches.push(batch);
    t.deepEqual(batches.flat(), store.records);
    return batches.map(({ length }) => length);
  };
  t.deepEqual(await sizes(), Array(20).fill(1));
  store.blockBytes = 10_000;
  await store.age();
  t.is(store.state.parts[0].blocks, 1);
  t.deepEqual(await sizes(), Array(20).fill(1));
  t.is(store.leases, 0);
});

test('a value that was compacted away while its record was being read is passed over', async (t) => {
  const store = new StoredPartition();
  await store.produceStaged(new Uint8Array(1000));
  store.produce({ key: 1n, value: 'b' });
  await store.age();
  const swap = await store.compaction((offset) => offset > 0);
  atRead(store, 4, () => {
    swap({ evenWhenLeased: true });
    store.bench.blobs.visible.delete(1);
  });
  t.deepEqual(offsetsOf(await all(subscription([store.reader()], { idleTimeout: 0 }))), [1]);
});
