import test from 'ava';
import { type Message, nodeRuntime } from '../../index.ts';
import { openEngine } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { fill, HeldEngine, TINY } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';

const NOTHING = { compacted: false, inputBlobs: [], outputBlobs: [], entriesIn: 0, entriesOut: 0, bytesRead: 0, bytesWritten: 0 };

test('MinorCompact reports which memtables are tables now, and what was written', async (t) => {
  const { engine } = await HeldEngine.open();
  await fill(engine, 20);
  const report = await engine.ask({ type: 'MinorCompact' });
  t.like(report, { type: 'MinorCompact', compacted: true, memtables: [1], inputBlobs: [], entriesIn: 20, entriesOut: 20, bytesRead: 0 });
  t.is(report.outputBlobs.length, 1);
  t.true(report.bytesWritten > 20 * 60);
  await engine.close();
});

test('MajorCompaction flushes, merges everything into the last level, and reports both ends of it', async (t) => {
  const { engine } = await HeldEngine.open();
  await fill(engine, 20);
  const flushed = await engine.ask({ type: 'MinorCompact' });
  await fill(engine, 20);
  const report = await engine.ask({ type: 'MajorCompaction' });
  t.like(report, { type: 'MajorCompaction', compacted: true, entriesIn: 40, entriesOut: 20 });
  t.is(report.inputBlobs.length, 2);
  t.true(report.inputBlobs.includes(flushed.outputBlobs[0]) && report.outputBlobs.length > 1 && report.slices >= 1);
  t.like(engine.stats(), { minors: { tables: 0 } });
  await engine.close();
});

test('a major over a range merges what touches it and leaves the rest', async (t) => {
  const { engine } = await HeldEngine.open();
  await fill(engine, 10, 'a');
  await engine.ask({ type: 'MinorCompact' });
  await fill(engine, 10, 'b');
  const report = await engine.ask({ type: 'MajorCompaction', range: { gte: 'b', lt: { base64: 'Yw==' } } });
  t.like(report, { compacted: true, entriesIn: 10 });
  t.is(engine.stats().minors.tables, 1);
  await engine.close();
});

test('with nothing to do a compaction is Done all the same: on an empty store, and twice in a row', async (t) => {
  const { engine } = await HeldEngine.open();
  t.deepEqual(await engine.ask({ type: 'MinorCompact' }), { type: 'MinorCompact', memtables: [], ...NOTHING });
  for (let i = 0; i < 2; i++)
    t.deepEqual(await engine.ask({ type: 'MajorCompaction' }), { type: 'MajorCompaction', slices: 0, ...NOTHING });
  await fill(engine, 20);
  t.true((await engine.ask({ type: 'MajorCompaction' })).compacted);
  t.false((await engine.ask({ type: 'MajorCompaction' })).compacted);
  t.false((await engine.ask({ type: 'MinorCompact' })).compacted);
  await engine.close();
});

test('a memtable that is flushed already is nothing to do; one that does not exist yet is an error', async (t) => {
  const { engine } = await HeldEngine.open();
  await fill(engine, 5);
  t.deepEqual((await engine.ask({ type: 'MinorCompact', memtable: 1 })).memtables, [1]);
  t.deepEqual(await engine.ask({ type: 'MinorCompact', memtable: 1 }), { type: 'MinorCompact', memtables: [], ...NOTHING });
  await t.throwsAsync(engine.ask({ type: 'MinorCompact', memtable: 99 }), { code: 'LITHIFY_INVALID_ARGUMENT', message: /memtable 99/ });
  await engine.close();
});

test('deleting what is not there succeeds, as often as it is asked for', async (t) => {
  const { engine } = await HeldEngine.open();
  for (let i = 0; i < 3; i++) {
    t.deepEqual(await engine.ask({ type: 'DeleteBlob', blobId: 424242 }), { type: 'DeleteBlob', deleted: [], pinned: [] });
    t.deepEqual(await engine.ask({ type: 'GarbageCollect', blobIds: [1, 2, 3] }), { type: 'GarbageCollect', deleted: [], pinned: [] });
    t.deepEqual(await engine.ask({ type: 'GarbageCollect' }), { type: 'GarbageCollect', deleted: [], pinned: [] });
  }
  await engine.close();
});

test('a live blob is never deleted: its requester is told so, others in the same ticket succeed', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  await held.fill(10);
  const [live] = (await engine.ask({ type: 'MinorCompact' })).outputBlobs;
  const { flush } = await held.busy();
  const one = t.throwsAsync(engine.ask({ type: 'DeleteBlob', blobId: live }), {
    code: 'LITHIFY_BLOB_IN_USE',
    message: new RegExp(String(live)),
  });
  const many = t.throwsAsync(engine.ask({ type: 'GarbageCollect', blobIds: [424242, live] }), { code: 'LITHIFY_BLOB_IN_USE' });
  const missing = engine.ask({ type: 'DeleteBlob', blobId: 424242 });
  const all = engine.ask({ type: 'GarbageCollect' });
  t.is(engine.stats().mailbox.byType.GarbageCollect, 1, 'they are one ticket');
  held.release();
  await Promise.all([flush, one, many]);
  t.deepEqual(await missing, { type: 'DeleteBlob', deleted: [], pinned: [] });
  t.is((await all).type, 'GarbageCollect');
  t.is(await engine.kv.get('key00003'), 'v'.repeat(60));
  await engine.close();
});

test('garbage that a reader holds is reported as pinned, and deleted when the reader lets go', async (t) => {
  const faults = Faults.create();
  t.teardown(() => faults.release('verify'));
  const engine = await openEngine(t, { ...TINY, workers: 2, runtime: nodeRuntime({ startThread: faults.start }) });
  await fill(engine, 20);
  await engine.ask({ type: 'MinorCompact' });
  faults.hold('verify');
  const verified = engine.verify();
  await faults.reach('verify', 1);
  const { inputBlobs } = await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(await engine.ask({ type: 'GarbageCollect' }), { type: 'GarbageCollect', deleted: [], pinned: inputBlobs });
  t.deepEqual(await engine.ask({ type: 'DeleteBlob', blobId: inputBlobs[0] }), {
    type: 'DeleteBlob',
    deleted: [],
    pinned: [inputBlobs[0]],
  });
  const collected = nextEvent(engine, 'collected');
  faults.release('verify');
  t.deepEqual((await verified).damage, []);
  t.deepEqual((await collected).blobIds, inputBlobs);
});

test('a deletion that makes way for a flush still reports all that it deleted', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  for (let i = 0; i < 3; i++) {
    await held.fill(20);
    await engine.ask({ type: 'MinorCompact' });
  }
  const { inputBlobs } = await engine.ask({ type: 'MajorCompaction' });
  const { flush } = await held.busy();
  const report = engine.ask({ type: 'GarbageCollect' });
  const began = nextEvent(engine, 'jobStarted').then(() => held.hold());
  held.release();
  await Promise.all([flush, began]);
  await held.fill(5, 'more');
  const second = engine.ask({ type: 'MinorCompact' });
  held.release();
  await second;
  t.deepEqual((await report).deleted.toSorted(), inputBlobs.toSorted());
  t.true(held.events.some((event) => event.type === 'jobSettled' && event.job === 'delete' && event.outcome === 'yielded'));
  await engine.close();
});

test('a message that nobody waits for is done, and hurts nobody', async (t) => {
  const held = await HeldEngine.open();
  const { engine } = held;
  await held.fill(10);
  const messages: Message[] = [
    { type: 'MinorCompact' },
    { type: 'MajorCompaction' },
    { type: 'GarbageCollect' },
    { type: 'DeleteBlob', blobId: 5 },
  ];
  for (const message of messages) t.true(engine.tell(message));
  t.is((await engine.ask({ type: 'MajorCompaction' })).type, 'MajorCompaction');
  t.is(engine.stats().minors.tables, 0);
  t.is(await engine.kv.get('key00001'), 'v'.repeat(60));
  await engine.close();
});
