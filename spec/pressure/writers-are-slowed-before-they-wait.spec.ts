import test from 'ava';
import { allowedDebt, MiB } from './support/loads.ts';
import { PressedWriter, settled } from './support/pressed-writer.ts';

const FLUSHES = 'memory fills up';
const NEAR = 0.9 * allowedDebt({ minorTrigger: 4, memtableBytes: MiB } as Parameters<typeof allowedDebt>[0]);
const OWES = 'compaction falls behind: 7.5 MB wait to be merged or deleted, 8.4 MB may';

test('while memory fills up it is first slow, then full, and every step says why and how long', async (t) => {
  const rig = await PressedWriter.open({ limit: 10 });
  await rig.seal(6);
  t.deepEqual(rig.pauses, [], 'more than half is still at full speed');
  await rig.seal(8);
  const slow = rig.pauses.length;
  await rig.seal(9);
  t.true(rig.pauses.length > slow, 'the nearer, the slower');
  while (rig.state !== 'waiting') await Promise.race([rig.write('last', MiB / 4), rig.rest()]);
  t.deepEqual(rig.news(), [
    `writersSlowed: ${FLUSHES}: 7 of 10 memtables wait for their flush`,
    'writersWaiting: memory is at its limit: 9 memtables wait for their flush',
  ]);
  t.like(rig.writer, { waitingFor: 'memory is at its limit: 9 memtables wait for their flush', isSlowed: false });
  await rig.flush();
  t.deepEqual(rig.news(), [
    'writersResumed: memory is at its limit: 9 memtables wait for their flush',
    `writersSlowed: ${FLUSHES}: 9 of 10 memtables wait for their flush`,
  ]);
});

test('within one memtable too: the fuller it is, the slower', async (t) => {
  const rig = await PressedWriter.open({ limit: 2 });
  await rig.seal(1);
  rig.pauses.length = 0;
  const halves: number[] = [];
  for (let half = 0; half < 2; half++) {
    const before = rig.pauses.reduce((sum, ms) => sum + ms, 0);
    for (let i = 0; i < 20; i++) await rig.write(`k${i}`, MiB / 80);
    halves.push(rig.pauses.reduce((sum, ms) => sum + ms, 0) - before);
  }
  t.true((halves[1] ?? 0) > 5 * (halves[0] ?? 0), `${halves}`);
});

test('small commits are not slowed one by one: what they owe is slept when it is worth a timer, and no more than that', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: NEAR });
  const bytes = 500;
  for (let i = 0; i < 200; i++) await rig.write(`k${i}`, bytes);
  t.true(rig.pauses.length > 1 && rig.pauses.length < 100, `${rig.pauses.length} pauses for 200 commits`);
  t.true(rig.pauses.every((ms) => ms >= 1 && ms <= 25));
  // 2,000 ms a MiB at the limit, and a part of that where three quarters of the way from 60 % to it are gone.
  const owed = ((rig.writer.counters.bytes / MiB) * 2_000 * 0.75 ** 6) | 0;
  const slept = rig.pauses.reduce((sum, ms) => sum + ms, 0);
  t.true(Math.abs(slept - owed) <= 3, `${slept} of ${owed} ms`);
});

test('a large commit is slept for in pieces, and when there is room after one of them the rest is forgotten', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: NEAR });
  await rig.put('large', MiB / 3);
  await settled();
  t.is(rig.state, 'slowing');
  const next = rig.put('next');
  await rig.passes(25);
  t.deepEqual([rig.state, rig.pauses], ['slowing', [25, 25]]);
  await rig.owes({ debt: 0 });
  await rig.passes(25);
  await next;
  t.deepEqual([rig.state, rig.pauses.length], ['idle', 2]);
});

test('being slowed begins once and ends once, with the time that it took', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: NEAR });
  for (let i = 0; i < 40; i++) await rig.write(`k${i}`, 4_000);
  t.deepEqual(rig.news(), [`writersSlowed: ${OWES}`]);
  t.like(rig.writer, { waitingFor: OWES, isSlowed: true });
  const before = rig.pauses.reduce((sum, ms) => sum + Math.ceil(ms), 0);
  await rig.owes({ debt: 0 });
  t.like(rig.said[0], { type: 'writersResumed', reason: OWES, waitedMs: before });
  t.like(rig.writer, { waitingFor: undefined, isSlowed: false });
});

test('a store at rest, and one whose debt nobody works off, are not slowed', async (t) => {
  const rig = await PressedWriter.open({ limit: 3 });
  for (let i = 0; i < 20; i++) await rig.write(`k${i}`, 20_000);
  await rig.owes({ debt: 10 * NEAR, isBeingPaid: false });
  for (let i = 0; i < 20; i++) await rig.write(`k${i}`, 20_000);
  t.deepEqual([rig.pauses, rig.said, rig.runtime.timers], [[], [], 0]);
});

test('deletions, records of topics and range deletes are slowed as values are', async (t) => {
  const key = new Uint8Array(2_000);
  const record = { key: 1n, value: new Uint8Array(2_000), headers: [], timestamp: 0 };
  const ways: readonly ((rig: PressedWriter) => Promise<void>)[] = [
    ({ writer }) => writer.delete(key),
    ({ writer }) => writer.batch([{ type: 'del', key }]),
    ({ writer }) => writer.deleteRange({ gte: key, lt: new Uint8Array([1]) }),
    ({ writer }) => writer.write({ operations: [], records: [{ topic: 1, partition: 0, record }], groups: [] }).done,
  ];
  for (const way of ways) {
    const rig = await PressedWriter.open();
    await rig.owes({ debt: NEAR });
    for (let i = 0; i < 10; i++) {
      const done = way(rig);
      await rig.rest();
      await done;
    }
    t.true(rig.pauses.length > 0);
  }
});

test('who wants to close, or a memtable to be sealed, is not slowed', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: NEAR });
  await rig.put('large', MiB / 3);
  await settled();
  const sealed = rig.writer.seal(1);
  await rig.passes(25);
  await sealed;
  t.is(rig.state, 'slowing');
  const last = [rig.put('a', MiB / 3), rig.put('b', MiB / 3)];
  await rig.close();
  await Promise.all(last);
  t.deepEqual([rig.state, rig.runtime.timers, rig.runtime.held], ['closed', 0, 0]);
});

test('what waits in the queue is counted, and nothing of it is dropped', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: NEAR });
  await rig.put('large', MiB / 3);
  await settled();
  const puts = Array.from({ length: 10 }, (_, i) => rig.put(`k${i}`, 100_000));
  t.true(rig.writer.waitingBytes > 1_000_000 && rig.writer.waitingBytes < 1_001_000);
  const all = Promise.all(puts);
  await rig.rest();
  t.is((await all).length, 10);
  t.is(rig.writer.waitingBytes, 0);
});
