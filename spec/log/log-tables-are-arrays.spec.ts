import test from 'ava';
import fc from 'fast-check';
import { LogTable, type LogTail } from '../../storage/log/log-table.ts';
import { RecordView } from '../../storage/log/record.ts';
import { expected, found, frames, type Stored, stored } from './support/parts.ts';

const PARTITIONS = [
  { topic: 1, partition: 0 },
  { topic: 1, partition: 1 },
  { topic: 2, partition: 0 },
  { topic: 70_000, partition: 1023 },
];

/** Records of several partitions in any order that keeps each one's, in groups of any size. */
const groups = fc
  .tuple(fc.tuple(...PARTITIONS.map((one) => stored(one))), fc.infiniteStream(fc.nat(PARTITIONS.length - 1)), fc.infiniteStream(fc.nat(9)))
  .map(([lists, order, sizes]) => {
    const left = lists.map((list) => [...list]);
    const all: Stored[] = [];
    for (const which of order) {
      const record = left[which].shift() ?? left.find((list) => list.length > 0)?.shift();
      if (record === undefined) break;
      all.push(record);
    }
    const cut: Stored[][] = [];
    for (const size of sizes) {
      if (all.length === 0) break;
      cut.push(all.splice(0, size));
    }
    return cut;
  });

function contents(tail: LogTail) {
  const view = new RecordView();
  return Array.from({ length: tail.records }, (_, index) => {
    const staged = tail.view(index, view);
    return found(view, tail.partition, staged);
  });
}

function append(table: LogTable, records: readonly Stored[]): void {
  const bytes = frames(records);
  // Not from the start of a buffer, and not to its end.
  const padded = new Uint8Array(bytes.length + 7);
  padded.set(bytes, 3);
  table.append(padded, 3, 3 + bytes.length);
}

test('each partition has its records, in order, whatever came between them', (t) => {
  fc.assert(
    fc.property(groups, (all) => {
      const table = LogTable.create(1_000_000);
      for (const group of all) append(table, group);
      const records = all.flat();
      t.is(table.records, records.length);
      t.is(table.bytes, frames(records).length);
      for (const id of PARTITIONS) {
        const mine = records.filter(({ topic, partition }) => topic === id.topic && partition === id.partition);
        const tail = table.tail(id.topic, id.partition);
        t.deepEqual(tail === undefined ? [] : contents(tail), mine.map(expected));
        if (tail !== undefined) t.deepEqual([tail.first, tail.last, tail.records], [mine[0].offset, mine.at(-1)?.offset, mine.length]);
      }
      t.deepEqual([...table.tails()].length, new Set(records.map(({ topic, partition }) => `${topic}/${partition}`)).size);
    }),
    { numRuns: 60 },
  );
});

test('an offset is found as in a linear search: itself, the next above a gap, or none', (t) => {
  fc.assert(
    fc.property(stored(PARTITIONS[0]), (records) => {
      const table = LogTable.create(1_000_000);
      append(table, records);
      const tail = table.tail(1, 0) as LogTail;
      const offsets = records.map(({ offset }) => offset);
      for (const offset of offsets.flatMap((one) => [one - 1, one, one + 1, one + 7])) {
        const index = offsets.findIndex((one) => one >= offset);
        t.is(tail.indexOf(offset), index < 0 ? offsets.length : index);
      }
      t.is(tail.indexOf(Number.MAX_SAFE_INTEGER), offsets.length);
    }),
    { numRuns: 200 },
  );
});

test('the bytes from an offset on are those of its frames, without topic and partition', (t) => {
  fc.assert(
    fc.property(stored(PARTITIONS[0]), (records) => {
      const table = LogTable.create(1_000_000);
      append(table, records);
      const tail = table.tail(1, 0) as LogTail;
      const bytesOf = (some: readonly Stored[]) => frames(some).length - 2 * some.length;
      t.is(tail.bytes, bytesOf(records));
      for (const { offset } of [...records, ...records].reverse()) {
        t.is(tail.bytesFrom(offset), bytesOf(records.filter((one) => one.offset >= offset)));
      }
    }),
    { numRuns: 50 },
  );
});

test('a group that comes in by parts shows the records that are in, and in the end all', (t) => {
  const records = Array.from(
    { length: 10 },
    (_, offset): Stored => ({ topic: 1, partition: 0, offset, key: 1n, value: `value ${offset}` }),
  );
  const bytes = frames(records);
  const table = LogTable.create(1000);
  table.begin(bytes, 0, bytes.length);
  t.is(table.tail(1, 0), undefined);
  t.false(table.advance(4));
  t.deepEqual(contents(table.tail(1, 0) as LogTail), records.slice(0, 4).map(expected));
  t.throws(() => table.begin(bytes, 0, bytes.length), { code: 'LITHIFY_INTERNAL' });
  t.false(table.advance(5));
  t.true(table.advance(5));
  t.deepEqual(contents(table.tail(1, 0) as LogTail), records.map(expected));
});

test('views of records stay good while others are added', (t) => {
  const table = LogTable.create(100_000);
  append(table, [{ topic: 1, partition: 0, offset: 0, key: 7n, value: 'first' }]);
  const view = new RecordView();
  table.tail(1, 0)?.view(0, view);
  for (let offset = 1; offset < 1000; offset++) append(table, [{ topic: 1, partition: 0, offset, key: 1n, value: 'another' }]);
  t.is(new TextDecoder().decode(view.bytes.slice(view.valueStart, view.valueEnd)), 'first');
});

test('a partition of many thousand records is found by index from the first to the last', (t) => {
  const records = Array.from(
    { length: 40_000 },
    (_, offset): Stored => ({ topic: 1, partition: 0, offset, key: BigInt(offset), value: '' }),
  );
  const table = LogTable.create(1_000_000);
  append(table, records);
  const tail = table.tail(1, 0) as LogTail;
  const view = new RecordView();
  const wrong = records.filter(({ offset }) => {
    tail.view(offset, view);
    return view.offset !== offset || view.key !== BigInt(offset);
  });
  t.deepEqual(wrong, []);
});

test('what does not fit is refused and leaves the table as it was', (t) => {
  const record: Stored = { topic: 1, partition: 0, offset: 0, key: 1n, value: 'x'.repeat(50) };
  const bytes = frames([record]);
  const table = LogTable.create(bytes.length);
  t.true(table.fits(bytes.length));
  t.false(table.fits(bytes.length + 1));
  append(table, [record]);
  t.false(table.fits(1));
  t.throws(() => append(table, [{ ...record, offset: 1 }]), { code: 'LITHIFY_INTERNAL' });
  t.deepEqual(contents(table.tail(1, 0) as LogTail), [expected(record)]);
  t.throws(() => LogTable.create(-1), { code: 'LITHIFY_INVALID_ARGUMENT' });
});

test('an offset that does not ascend is a defect, and is refused', (t) => {
  for (const second of [5, 4, 0]) {
    const table = LogTable.create(1000);
    append(table, [{ topic: 1, partition: 0, offset: 5, key: 1n, value: 'a' }]);
    t.throws(() => append(table, [{ topic: 1, partition: 0, offset: second, key: 1n, value: 'b' }]), { code: 'LITHIFY_INTERNAL' });
  }
});

test('a table takes no memory before its first record', (t) => {
  const table = LogTable.create(2 ** 30);
  t.is(table.shared.buffer.byteLength, 0);
  append(table, [{ topic: 1, partition: 0, offset: 0, key: 1n, value: 'a' }]);
  t.is(table.shared.buffer.byteLength, 2 ** 30);
});

test('another thread sees what was there when the table was handed over, of the partitions that it asks for', (t) => {
  fc.assert(
    fc.property(groups, fc.nat(20), (all, cut) => {
      const table = LogTable.create(1_000_000);
      for (const group of all.slice(0, cut)) append(table, group);
      const { shared } = table;
      for (const group of all.slice(cut)) append(table, group);
      const wanted = PARTITIONS.slice(1, 3);
      const attached = LogTable.attach(shared, wanted);
      while (!attached.advance(3));
      const seen = all.slice(0, cut).flat();
      for (const id of PARTITIONS) {
        const { topic, partition } = id;
        const mine = seen.filter((one) => wanted.includes(id) && one.topic === topic && one.partition === partition);
        const tail = attached.tail(topic, partition);
        t.deepEqual(tail === undefined ? [] : contents(tail), mine.map(expected));
      }
    }),
    { numRuns: 50 },
  );
});

test('a table that is handed over from an offset on is as one without what lies before', (t) => {
  fc.assert(
    fc.property(groups, fc.nat(PARTITIONS.length - 1), fc.nat(), (all, which, seed) => {
      const table = LogTable.create(1_000_000);
      for (const group of all) append(table, group);
      const { topic, partition } = PARTITIONS[which];
      const mine = all.flat().filter((one) => one.topic === topic && one.partition === partition);
      const from = seed % ((mine.at(-1)?.offset ?? 0) + 2);
      const attached = LogTable.attach(table.sharedFrom({ topic, partition }, from), [{ topic, partition }]);
      while (!attached.advance(3));
      const tail = attached.tail(topic, partition);
      const wanted = mine.filter(({ offset }) => offset >= from);
      t.deepEqual(tail === undefined ? [] : contents(tail), wanted.map(expected));
    }),
    { numRuns: 100 },
  );
});
