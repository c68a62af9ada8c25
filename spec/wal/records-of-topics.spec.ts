import test from 'ava';
import fc from 'fast-check';
import { LithifyError } from '../../protocol/errors.ts';
import type { StoredGroup } from '../../storage/log/catalog.ts';
import { FrameReader } from '../../storage/log/frame-reader.ts';
import type { StagedValue } from '../../storage/log/part.ts';
import { type EncodableRecord, toLogRecord } from '../../storage/log/record.ts';
import { decodeGroup } from '../../storage/wal/decode-group.ts';
import { type Group, GroupBuilder } from '../../storage/wal/group.ts';

interface Written {
  readonly topic: number;
  readonly partition: number;
  readonly record: EncodableRecord;
  readonly staged?: StagedValue;
}

const bytes = fc.uint8Array({ maxLength: 40 });
const record: fc.Arbitrary<EncodableRecord> = fc.record(
  {
    key: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    value: fc.oneof(bytes, fc.uint8Array({ minLength: 200, maxLength: 300 })),
    headers: fc.array(fc.record({ key: fc.string({ maxLength: 8 }).map((text) => new TextEncoder().encode(text)), value: bytes }), {
      maxLength: 2,
    }),
    timestamp: fc.integer({ min: -1e12, max: 1e13 }),
  },
  { requiredKeys: ['key', 'value', 'headers'] },
);
const staged = fc.record({ id: fc.nat(2 ** 31 - 1), blocks: fc.nat(1000), bytes: fc.nat(2 ** 26) });
const written: fc.Arbitrary<Written> = fc.oneof(
  fc.record({ topic: fc.constantFrom(1, 2, 2 ** 40), partition: fc.constantFrom(0, 1, 1023), record }),
  fc.record({
    topic: fc.constant(3),
    partition: fc.constant(0),
    record: record.map((one) => ({ ...one, value: new Uint8Array() })),
    staged,
  }),
);
const group: fc.Arbitrary<StoredGroup> = fc.record({
  topic: fc.integer({ min: 1, max: 2 ** 45 }),
  partition: fc.nat(1023),
  group: fc.string({ minLength: 1, unit: 'grapheme' }),
  offset: fc.maxSafeNat(),
  committedAt: fc.double({ noNaN: true }),
});

test('records and groups come back from the log beside entries of keys, and alone', (t) => {
  fc.assert(
    fc.property(fc.array(written), fc.array(group), fc.array(bytes, { maxLength: 3 }), (records, groups, keys) => {
      fc.pre(records.length + groups.length + keys.length > 0);
      const builder = filled(records, groups, keys);
      for (const decoded of [decodeGroup(builder.seal(9)), builder.group(9)]) {
        t.deepEqual(decoded.groups ?? [], groups);
        t.is(decoded.count, keys.length);
        t.deepEqual(
          contentOf(decoded),
          expected(records, () => 0),
        );
      }
      builder.reset();
      t.true(builder.isEmpty);
    }),
  );
});

test('records that are numbered anew keep everything but their offsets', (t) => {
  const base = fc.oneof(fc.nat(300), fc.integer({ min: 2 ** 40, max: 2 ** 41 }));
  fc.assert(
    fc.property(fc.array(written, { minLength: 1 }), base, base, (records, first, second) => {
      const builder = filled(records, [], [], first);
      builder.frames.renumber(() => second);
      t.deepEqual(
        contentOf(decodeGroup(builder.seal(1))),
        expected(records, () => second),
      );
      for (const { base: numbered, count } of builder.frames.numbered) t.deepEqual([numbered, count > 0], [second, true]);
    }),
  );
});

test('whatever the bytes are, decoding them ends, with records that can be walked or a coded error', (t) => {
  const value = new TextEncoder().encode('value');
  const records = [1, 2, 3].map(
    (key): Written => ({ topic: 5, partition: 0, record: { key: BigInt(key), value, headers: [{ key: value, value }] } }),
  );
  const sound = filled(records, [{ topic: 5, partition: 0, group: 'g', offset: 3, committedAt: 1 }], [value])
    .seal(7)
    .slice();
  const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), fc.nat(sound.length), (changes, length) => {
      const bytes = sound.slice(0, length);
      for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
      try {
        const { records: section } = decodeGroup(bytes);
        const frames = section && new FrameReader(section.bytes, section.start, section.end);
        while (frames?.next());
      } catch (error) {
        if (!(error instanceof LithifyError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

function filled(records: readonly Written[], groups: readonly StoredGroup[], keys: readonly Uint8Array[], base = 0): GroupBuilder {
  const builder = new GroupBuilder();
  const next = new Map<string, number>();
  for (const { topic, partition, record: one, staged: reference } of records) {
    const offset = next.get(`${topic}/${partition}`) ?? base;
    next.set(`${topic}/${partition}`, offset + 1);
    builder.frames.add(topic, partition, one, offset, reference);
  }
  for (const one of groups) builder.commit(one);
  for (const key of keys) builder.put(key, key);
  return builder;
}

function contentOf({ records }: Group): unknown[] {
  if (records === undefined) return [];
  const frames = new FrameReader(records.bytes, records.start, records.end);
  const found: unknown[] = [];
  while (frames.next()) {
    const { topic, partition, staged: reference } = frames;
    found.push({ ...toLogRecord(frames.record, String(topic), partition), reference });
  }
  return found;
}

function expected(records: readonly Written[], base: () => number): unknown[] {
  const next = new Map<string, number>();
  return records.map(({ topic, partition, record: one, staged: reference }) => {
    const offset = next.get(`${topic}/${partition}`) ?? base();
    next.set(`${topic}/${partition}`, offset + 1);
    const headers = one.headers.map(({ key, value }) => ({ key: new TextDecoder('utf-8', { ignoreBOM: true }).decode(key), value }));
    const { key, value, timestamp } = one;
    return { topic: String(topic), partition, offset, key, value, headers, ...(timestamp !== undefined && { timestamp }), reference };
  });
}
