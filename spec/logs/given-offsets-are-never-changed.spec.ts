import test from 'ava';
import { CommitQueue } from '../../actors/commit-queue.ts';
import { LogNumbers } from '../../actors/logs/log-numbers.ts';
import { LithifyError } from '../../protocol/errors.ts';
import { FrameBuilder } from '../../storage/log/frame-builder.ts';
import { FrameReader } from '../../storage/log/frame-reader.ts';
import { RecordView } from '../../storage/log/record.ts';
import { recordWith } from '../log/support/streambed.ts';

const ID = { topic: 1, partition: 0 };

test('records behind those with given offsets are numbered behind them', (t) => {
  const { queue } = fresh();
  void queue.copy(framesOf(5, 9), true);
  void produce(queue);
  t.deepEqual(commit(queue), [5, 9]);
  t.deepEqual(commit(queue), [10]);
});

test('a refusal before them leaves them as they are', async (t) => {
  const { queue } = fresh();
  const first = produce(queue);
  void queue.copy(framesOf(5, 9), true);
  void produce(queue);
  refuse(queue);
  await t.throwsAsync(first, { code: 'LITHIFY_WAL' });
  t.deepEqual(commit(queue), [5, 9]);
  t.deepEqual(commit(queue), [10]);
});

test('their own refusal gives their offsets back', async (t) => {
  const { queue } = fresh();
  const first = produce(queue);
  const copied = queue.copy(framesOf(5, 9), true);
  const last = produce(queue);
  refuse(queue);
  await t.throwsAsync(first, { code: 'LITHIFY_WAL' });
  refuse(queue);
  await t.throwsAsync(copied, { code: 'LITHIFY_WAL' });
  t.deepEqual(commit(queue), [0]);
  t.deepEqual(await last, [0]);
});

test('nothing joins a group with given offsets', (t) => {
  const { queue } = fresh();
  void queue.copy(framesOf(5, 9), false);
  void queue.put(new Uint8Array(1), new Uint8Array(1), false);
  void queue.copy(framesOf(20), false);
  t.is(queue.length, 3);
  void queue.copy(framesOf(30), false);
  t.is(queue.length, 4);
});

test('an offset that was given, or only promised, is refused, and nothing is queued', (t) => {
  const { queue } = fresh();
  void produce(queue);
  t.throws(() => queue.copy(framesOf(0), true), { code: 'LITHIFY_INVALID_ARGUMENT' });
  void queue.copy(framesOf(5, 9), true);
  t.throws(() => queue.copy(framesOf(9, 10), true), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.is(queue.length, 2);
  commit(queue);
  commit(queue);
  t.throws(() => queue.copy(framesOf(7), true), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.notThrows(() => queue.copy(framesOf(10), true));
});

function fresh(): { queue: CommitQueue; numbers: LogNumbers } {
  const numbers = new LogNumbers();
  const queue = new CommitQueue({ memtableBytes: 1024 * 1024 }, numbers);
  numbersOf.set(queue, numbers);
  return { queue, numbers };
}
const numbersOf = new WeakMap<CommitQueue, LogNumbers>();

function framesOf(...offsets: readonly number[]): FrameBuilder {
  const frames = new FrameBuilder();
  const view = new RecordView();
  for (const offset of offsets) {
    const bytes = recordWith(offset);
    view.read(bytes, 0, bytes.length);
    frames.copy(ID.topic, ID.partition, view);
  }
  return frames;
}

/** A record of which only the queue knows the offset, in a group of its own. */
function produce(queue: CommitQueue): Promise<number[]> {
  const record = { key: 1n, value: new Uint8Array(3), headers: [] };
  const check = async () => undefined;
  const { done, offsets } = queue.write({ operations: [], records: [{ ...ID, record }], groups: [], check }, false);
  return done.then(offsets);
}

/** As the writer does; the offsets as they would be in the log. */
function commit(queue: CommitQueue): number[] {
  const group = queue.shift();
  if (group === undefined) return [];
  const { frames } = group.builder;
  const reader = new FrameReader(frames.bytes.slice());
  const found: number[] = [];
  while (reader.next()) if (reader.record.hasRightChecksum()) found.push(reader.record.offset);
  numbersOf.get(queue)?.commit(frames.numbered);
  group.resolve();
  queue.recycle(group);
  return found;
}

function refuse(queue: CommitQueue): void {
  const group = queue.shift();
  group?.reject(new LithifyError('LITHIFY_WAL', 'no'));
  if (group !== undefined) queue.recycle(group);
  queue.renumber();
}
