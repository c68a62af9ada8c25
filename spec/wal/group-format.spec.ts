import test from 'ava';
import fc from 'fast-check';
import { LithifyError } from '../../protocol/errors.ts';
import { MAX_KEY_BYTES } from '../../storage/entry.ts';
import { decodeGroup, forEachEntry } from '../../storage/wal/decode-group.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { builderOf, bytesOf, recordOf, textOf, writesOf } from '../support/logs.ts';

const SECTION = 28;
const FIRST_ENTRY = 40;

test('a sealed group has the bytes that the format says', (t) => {
  const record = recordOf(2 ** 32 + 5, [
    ['key', 'v'],
    ['k', undefined],
  ]);
  t.deepEqual([...record.subarray(4, 12)], [51, 0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual([...record.subarray(12, 28)], [0x67, 0x72, 0x70, 0x31, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual([...record.subarray(SECTION, FIRST_ENTRY)], [1, 0, 0, 0, 2, 0, 0, 0, 11, 0, 0, 0]);
  t.deepEqual([...record.subarray(FIRST_ENTRY)], [0, 3, 1, 0x6b, 0x65, 0x79, 0x76, 1, 1, 0, 0x6b]);
});

test('lengths of one, two and three bytes come back', (t) => {
  const writes = [0, 1, 31, 32, 127, 128, 16_383, 16_384, MAX_KEY_BYTES].map((length) => ['k'.repeat(length), 'v'.repeat(length)] as const);
  t.deepEqual(
    writesOf(decodeGroup(recordOf(1, writes))),
    writes.map((write) => [...write]),
  );
});

test('a key that is too long is refused, and the group is as it was', (t) => {
  const builder = builderOf([['a', '1']]);
  t.throws(() => builder.put(new Uint8Array(MAX_KEY_BYTES + 1), new Uint8Array(1)), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.throws(() => builder.delete(new Uint8Array(MAX_KEY_BYTES + 1)), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.deepEqual(writesOf(decodeGroup(builder.seal(1))), [['a', '1']]);
});

test('a section that a later version wrote is refused by name', (t) => {
  for (const [kind, name] of [
    [4, 'kind 4'],
    [200, 'kind 200'],
  ] as const) {
    const record = recordOf(1, [['a', '1']]).slice();
    record[SECTION] = kind;
    t.throws(() => decodeGroup(record), { code: 'LITHIFY_WAL', message: new RegExp(name) });
  }
});

test('an entry of a reserved kind is refused by name', (t) => {
  for (const [kind, name] of [
    [3, 'merge'],
    [4, 'expiringPut'],
    [77, 'kind 77'],
  ] as const) {
    const record = recordOf(1, [['a', '1']]).slice();
    record[FIRST_ENTRY] = kind;
    t.throws(() => decodeGroup(record), { code: 'LITHIFY_WAL', message: new RegExp(name) });
  }
});

test('a range delete has where it starts as its key and where it ends as its value', (t) => {
  const builder = new GroupBuilder();
  builder.deleteRange(bytesOf('a'), bytesOf('cc'));
  builder.deleteRange(bytesOf(''), undefined);
  builder.put(bytesOf('b'), bytesOf('1'));
  const record = builder.seal(5);
  t.deepEqual([...record.subarray(FIRST_ENTRY)], [2, 1, 2, 0x61, 0x63, 0x63, 2, 0, 0, 0, 1, 1, 0x62, 0x31]);
  const group = decodeGroup(record);
  t.like(group, { firstSequence: 5, count: 3, rangeDeletes: 2 });
  t.like(builder.group(5), { count: 3, rangeDeletes: 2 });
  const found: unknown[] = [];
  forEachEntry(group, (kind, keyStart, keyEnd, valueEnd, sequence) => {
    found.push([kind, textOf(group.bytes.subarray(keyStart, keyEnd)), textOf(group.bytes.subarray(keyEnd, valueEnd)), sequence]);
  });
  t.deepEqual(found, [
    [2, 'a', 'cc', 5],
    [2, '', '', 6],
    [0, 'b', '1', 7],
  ]);
  builder.reset();
  t.is(builder.rangeDeletes, 0);
});

test('a range delete without keys, or with a bound that is no key, is refused, and the group is as it was', (t) => {
  const builder = builderOf([['a', '1']]);
  const tooLong = new Uint8Array(MAX_KEY_BYTES + 1).fill(255);
  for (const [start, end] of [
    ['b', 'b'],
    ['b', 'a'],
    ['', ''],
    [tooLong, undefined],
    ['a', tooLong],
  ] as const) {
    const bytes = (bound: string | Uint8Array): Uint8Array => (typeof bound === 'string' ? bytesOf(bound) : bound);
    t.throws(() => builder.deleteRange(bytes(start), end === undefined ? undefined : bytes(end)), { code: 'LITHIFY_INVALID_ARGUMENT' });
  }
  t.is(builder.rangeDeletes, 0);
  t.deepEqual(writesOf(decodeGroup(builder.seal(1))), [['a', '1']]);
});

test('a range delete on disk that ends at or below its start, or beyond any key, is corruption', (t) => {
  const rangeDelete = (start: string, end: string): Uint8Array => {
    const record = recordOf(1, [[start, end]]).slice();
    record[FIRST_ENTRY] = 2;
    return record;
  };
  t.is(decodeGroup(rangeDelete('a', 'b')).rangeDeletes, 1);
  t.is(decodeGroup(rangeDelete('a', 'a'.repeat(MAX_KEY_BYTES))).rangeDeletes, 1);
  for (const [start, end] of [
    ['b', 'a'],
    ['b', 'b'],
    ['bb', 'b'],
    ['a', 'b'.repeat(MAX_KEY_BYTES + 1)],
  ] as const) {
    t.throws(() => decodeGroup(rangeDelete(start, end)), { code: 'LITHIFY_CORRUPTION', message: /a range delete/ });
  }
  const beyond = rangeDelete('a', 'b');
  beyond[FIRST_ENTRY + 2] = 2;
  t.throws(() => decodeGroup(beyond), { code: 'LITHIFY_CORRUPTION' });
});

test('a count, a length or an end that does not fit is corruption', (t) => {
  const changes: readonly (readonly [at: number, value: number])[] = [
    [SECTION + 4, 0],
    [SECTION + 4, 1],
    [SECTION + 4, 3],
    [SECTION + 8, 10],
    [SECTION + 8, 12],
    [FIRST_ENTRY + 1, 200],
    [FIRST_ENTRY + 2, 9],
    [FIRST_ENTRY + 9, 1],
  ];
  for (const [at, value] of changes) {
    const record = recordOf(1, [
      ['key', 'v'],
      ['k', undefined],
    ]).slice();
    record[at] = value;
    t.throws(() => decodeGroup(record), { code: 'LITHIFY_CORRUPTION' }, `${at}: ${value}`);
  }
});

test('two sections of entries, or one that reaches beyond the record, are corruption', (t) => {
  const record = recordOf(1, [['key', 'v']]);
  const twice = new Uint8Array(record.length + record.length - SECTION);
  twice.set(record);
  twice.set(record.subarray(SECTION), record.length);
  t.throws(() => decodeGroup(twice), { code: 'LITHIFY_CORRUPTION', message: /one section of entries/ });

  const beyond = record.slice();
  beyond[SECTION + 8] += 5;
  beyond[FIRST_ENTRY + 2] += 5;
  t.throws(() => decodeGroup(beyond), { code: 'LITHIFY_CORRUPTION' });
});

test('whatever the bytes are, decoding them ends, inside them, with entries or a coded error', (t) => {
  const sound = recordOf(7, [
    ['key', 'value'],
    ['gone', undefined],
    ['long', 'x'.repeat(200)],
    ['range', 'up to here'],
  ]).slice();
  // The last entry as a range delete: its kind stands before two lengths and its key.
  sound[sound.length - 'range'.length - 'up to here'.length - 3] = 2;
  t.is(decodeGroup(sound).rangeDeletes, 1);
  const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.nat(sound.length), (changes, length) => {
      const record = sound.slice(0, length);
      for (const [at, value] of changes) if (at < length) record[at] = value;
      try {
        const group = decodeGroup(record);
        t.is(writesOf(group).length, group.count);
      } catch (error) {
        if (!(error instanceof LithifyError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

test('the same operations give the same bytes', (t) => {
  const builder = new GroupBuilder();
  builder.put(new Uint8Array([1]), new Uint8Array(50));
  builder.seal(3);
  builder.reset();
  builder.put(new TextEncoder().encode('a'), new TextEncoder().encode('1'));
  t.deepEqual(builder.seal(9), recordOf(9, [['a', '1']]));
});
