import test from 'ava';
import { EntryKind } from '../../storage/entry.ts';
import { Memtable } from '../../storage/memtable/memtable.ts';
import { nextSync } from '../../storage/merge/cursor.ts';
import { RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { decodeGroup } from '../../storage/wal/decode-group.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function groupWith(write: (builder: GroupBuilder) => void): GroupBuilder {
  const builder = new GroupBuilder();
  write(builder);
  return builder;
}

const builder = groupWith((group) => {
  group.put(bytes('a'), bytes('1'));
  group.put(bytes('b'), bytes('2'));
  group.deleteRange(bytes('a'), bytes('c'));
  group.put(bytes('b'), bytes('3'));
  group.deleteRange(bytes('x'), undefined);
});

test('a range delete is a version of its first key, and stands among the range deletes with its sequence', (t) => {
  const memtable = Memtable.create(1, 1 << 16);
  t.is(memtable.rangeDeletes, RangeDeletes.none);
  memtable.apply(builder.group(10));
  t.like(memtable.get(bytes('a'), 99), { kind: EntryKind.rangeDelete, seq: 12 });
  t.like(memtable.get(bytes('a'), 11), { kind: EntryKind.put, seq: 10 });
  t.like(memtable.get(bytes('x'), 99), { kind: EntryKind.rangeDelete, seq: 14 });
  t.is(memtable.entries, 5);
  t.is(memtable.lastPointSequence, 13);
  t.deepEqual(memtable.rangeDeletes.list, [
    { start: bytes('a'), end: bytes('c'), seq: 12 },
    { start: bytes('x'), seq: 14 },
  ]);
  const seen: string[] = [];
  const cursor = memtable.cursor();
  while (nextSync(cursor)) seen.push(`${cursor.kind}@${cursor.seq}`);
  t.deepEqual(seen, ['2@12', '0@10', '0@13', '0@11', '2@14']);
});

test('who reads at an earlier sequence, or holds the range deletes from before, sees nothing of it', (t) => {
  const memtable = Memtable.create(1, 1 << 16);
  memtable.apply(builder.group(10));
  const held = memtable.rangeDeletes;
  memtable.apply(groupWith((group) => group.deleteRange(bytes(''), undefined)).group(15));
  t.is(held.coverOf(bytes('k')), -1);
  t.is(memtable.rangeDeletes.coverOf(bytes('k')), 15);
  t.is(memtable.rangeDeletes.coverOf(bytes('k'), 14), -1);
  t.is(memtable.rangeDeletes.coverOf(bytes('b'), 14), 12);
});

test('a group that is brought in by parts brings its range deletes in as far as it is in', (t) => {
  const memtable = Memtable.create(1, 1 << 16);
  memtable.begin(builder.group(10));
  const sizes: number[] = [];
  while (!memtable.advance(1)) sizes.push(memtable.rangeDeletes.size);
  t.deepEqual([...sizes, memtable.rangeDeletes.size], [0, 0, 1, 1, 2]);
});

test('the same comes from the log, and none goes to another thread', (t) => {
  const memtable = Memtable.create(1, 1 << 16);
  memtable.apply(decodeGroup(builder.seal(10)));
  t.is(memtable.rangeDeletes.size, 2);
  t.is(memtable.rangeDeletes.coverOf(bytes('bb')), 12);
  t.is(Memtable.attach(memtable.shared).rangeDeletes, RangeDeletes.none);
});

test('its bounds are copies: who keeps them keeps no memtable', (t) => {
  const memtable = Memtable.create(1, 1 << 16);
  memtable.apply(builder.group(10));
  for (const { start, end } of memtable.rangeDeletes.list) {
    t.true(start.buffer.byteLength < 100);
    t.true((end?.buffer.byteLength ?? 0) < 100);
  }
});
