import test from 'ava';
import fc from 'fast-check';
import { Memtable } from '../../storage/memtable/memtable.ts';
import { nextSync } from '../../storage/merge/cursor.ts';
import { current, filled, groupOf, type Put, rest, show, type Version } from './model.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 3, max: 20 });
const puts: fc.Arbitrary<Put[]> = fc.array(fc.tuple(key, fc.constant(new Uint8Array([1]))), { minLength: 1, maxLength: 80 });

test('a cursor that is filtered by its snapshot sees the same entries whatever is written meanwhile', (t) => {
  fc.assert(
    fc.property(
      fc.array(puts, { maxLength: 4 }),
      fc.array(puts, { maxLength: 12 }),
      fc.nat(40),
      fc.boolean(),
      (before, during, pace, reverse) => {
        const { memtable, model } = filled(before);
        const snapshot = model.sequence;
        const expected = model.range({ reverse });
        const cursor = memtable.cursor({ reverse });
        const seen: Version[] = [];
        let steps = 0;
        while (nextSync(cursor)) {
          if (cursor.seq <= snapshot) seen.push(current(cursor));
          const more = steps++ % (pace + 1) === 0 ? during.pop() : undefined;
          if (more === undefined) continue;
          groupOf(model.sequence + 1, more).apply(memtable);
          model.add(more);
        }
        t.is(show(seen), show(expected));
        t.is(show(rest(memtable.cursor({ reverse }))), show(model.range({ reverse })));
      },
    ),
    { numRuns: 200 },
  );
});

test('what is written in front of a cursor is seen, in order; what is written behind it is not', (t) => {
  const keyOf = (i: number): Uint8Array => new Uint8Array([i]);
  for (const reverse of [false, true]) {
    const { memtable, model } = filled([[50, 100, 150].map((i) => [keyOf(i), keyOf(i)] as const)]);
    const cursor = memtable.cursor({ reverse });
    nextSync(cursor);
    nextSync(cursor);
    t.is(current(cursor).key[0], 100);
    groupOf(model.sequence + 1, [
      [keyOf(75), keyOf(0)],
      [keyOf(125), keyOf(0)],
    ]).apply(memtable);
    t.deepEqual(
      rest(cursor).map((version) => version.key[0]),
      reverse ? [75, 50] : [125, 150],
    );
    groupOf(model.sequence + 3, [
      [keyOf(0), keyOf(0)],
      [keyOf(200), keyOf(0)],
    ]).apply(memtable);
    t.false(nextSync(cursor), 'an end is an end');
  }
});

test('the bytes that a get gave stay as they are', (t) => {
  const { memtable, model } = filled([[[new Uint8Array([1]), new Uint8Array([42, 43])]]]);
  const found = memtable.get(new Uint8Array([1]), 99);
  for (let i = 0; i < 200; i++) {
    groupOf(model.sequence + 1, [[new Uint8Array([1]), new Uint8Array([i])]]).apply(memtable);
    model.sequence++;
  }
  t.deepEqual(found?.value.slice(), new Uint8Array([42, 43]));
});

test('a group brought in by parts is readable as far as it is in, and whole in the end', (t) => {
  const many: Put[] = Array.from({ length: 500 }, (_, i) => [new Uint8Array([(i * 37) >> 8, i * 37]), new Uint8Array([7])]);
  const { memtable, model } = filled([many.slice(0, 100)]);
  const { builder } = groupOf(101, many.slice(100));
  memtable.begin(builder.group(101));
  let turns = 0;
  while (!memtable.advance(90)) {
    turns++;
    t.is(memtable.lastSequence, 100);
    t.is(rest(memtable.cursor()).length, 100 + 90 * turns);
  }
  model.add(many.slice(100));
  t.is(turns, 4);
  t.is(memtable.lastSequence, 500);
  t.deepEqual(rest(memtable.cursor()), model.versions);
});

test('groups that do not ascend, or that are begun within another, are refused as defects', (t) => {
  const memtable = Memtable.create(1, 1 << 16);
  const put: Put = [new Uint8Array([1]), new Uint8Array([1])];
  groupOf(10, [put, put]).apply(memtable);
  t.throws(() => groupOf(11, [put]).apply(memtable), { code: 'LITHIFY_INTERNAL' });
  memtable.begin(groupOf(12, [put, put]).builder.group(12));
  t.throws(() => memtable.begin(groupOf(14, [put]).builder.group(14)), { code: 'LITHIFY_INTERNAL' });
  t.true(memtable.advance(9));
  t.is(
    rest(memtable.cursor())
      .map(({ seq }) => seq)
      .join(),
    '13,12,11,10',
  );
});
