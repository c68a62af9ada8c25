import test from 'ava';
import type { NewRecord, ProduceOptions } from '../../index.ts';
import { MAX_HEADER_BYTES } from '../../protocol/log.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { recordsOf, refused, shown, textOf } from './support/topics.ts';

const V = { key: 1n, value: 'v' };

test('keys are all of u64, text is UTF-8, and all of a record comes back, also from a part and in another life', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const headers = [
    { key: 'twice', value: new Uint8Array([1]) },
    { key: 'twice', value: new Uint8Array([2]) },
    { key: '', value: new Uint8Array(0) },
    { key: 'é\0', value: new Uint8Array(0) },
  ];
  const given: NewRecord[] = [
    { key: 0n, value: '' },
    { key: 2n ** 64n - 1n, value: new Uint8Array(0) },
    { key: 2n ** 53n + 1n, value: 'é 🦆 \0', headers },
    { key: 3n, value: new Uint8Array([0xff, 0xfe]), headers: [] },
    ...[-1, -86_400_000.5, 0, 0.25, 1_700_000_000_123, 8.64e15].map((timestamp) => ({ key: 4n, value: `at ${timestamp}`, timestamp })),
  ];
  await engine.topic('records').produceMany(given);
  const wanted = given.map(({ key, value, headers: lines = [], timestamp }, offset) => ({
    ...{ topic: 'records', partition: 0, offset, key },
    value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
    headers: lines,
    ...(timestamp !== undefined && { timestamp: Math.round(timestamp) }),
  }));
  const read = async (from: typeof engine) =>
    (await recordsOf(from.topic('records'))).map((one) => ({
      ...one,
      value: Uint8Array.from(one.value),
      headers: one.headers.map(({ key, value }) => ({ key, value: Uint8Array.from(value) })),
    }));
  t.deepEqual(await read(engine), wanted);
  await engine.ask({ type: 'MinorCompact' });
  t.deepEqual(await read(engine), wanted);
  await engine.close();
  t.deepEqual(await read(await openEngine(t, TINY, directory)), wanted);
});

const header = (key: unknown, value: unknown) => ({ ...V, headers: [{ key, value }] });
const REFUSED: Readonly<Record<string, unknown>> = {
  'a negative key': { ...V, key: -1n },
  'a key of 2^64': { ...V, key: 2n ** 64n },
  'a key that is a number': { ...V, key: 1 },
  'a key that is a text': { ...V, key: '1' },
  'no key': { value: 'v' },
  'no value': { key: 1n },
  'a value of null': { ...V, value: null },
  'a value that is a number': { ...V, value: 5 },
  'a value that is an object': { ...V, value: { a: 1 } },
  'a value that is a plain array': { ...V, value: [1, 2] },
  'a value that is an array of wider numbers': { ...V, value: new Uint16Array(2) },
  'a value that is a bare buffer': { ...V, value: new ArrayBuffer(2) },
  'a value with half a character': { ...V, value: 'half \ud83e' },
  'headers that are an object': { ...V, headers: { a: 'b' } },
  'a header of null': { ...V, headers: [null] },
  'a header whose value is text': header('a', 'b'),
  'a header whose key is bytes': header(new Uint8Array(1), new Uint8Array(1)),
  'a header with half a character': header('\ud83e', new Uint8Array(1)),
  'a header over the limit': header('a', new Uint8Array(MAX_HEADER_BYTES)),
  'headers that are over it together': { ...V, headers: Array.from({ length: 65 }, () => ({ key: 'a', value: new Uint8Array(1024) })) },
  'a timestamp of NaN': { ...V, timestamp: Number.NaN },
  'an infinite timestamp': { ...V, timestamp: Number.POSITIVE_INFINITY },
  'a timestamp beyond the calendar': { ...V, timestamp: 8.64e15 + 1 },
  'a timestamp that is a Date': { ...V, timestamp: new Date(0) },
  'a timestamp of null': { ...V, timestamp: null },
  'no record': undefined,
  null: null,
  'a text': 'record',
};

for (const [what, given] of Object.entries(REFUSED)) {
  test(`${what} is refused, alone and among others, and makes nothing`, async (t) => {
    const engine = await openEngine(t);
    const bad = given as NewRecord;
    await refused(t, () => engine.topic('new').produce(bad));
    await refused(t, () => engine.topic('new').produceMany([V, bad]));
    await refused(t, () =>
      engine.write((tx) => {
        tx.put('key', 'v');
        tx.produce('new', bad);
      }),
    );
    t.deepEqual(engine.topics(), []);
    t.deepEqual(await engine.kv.keys().all(), []);
    t.is(engine.stats().writes.acknowledged, 0);
    t.is(await engine.topic('new').produce(V), 0);
  });
}

test('headers may take all of what they are given', async (t) => {
  const engine = await openEngine(t, {});
  const topic = engine.topic('headers');
  // The length of each of the two in bytes beside the value.
  const value = new Uint8Array(MAX_HEADER_BYTES - 16).fill(7);
  await topic.produce({ ...V, headers: [{ key: 'large', value }] });
  t.deepEqual((await recordsOf(topic))[0]?.headers[0]?.value, value);
});

for (const [what, options] of Object.entries({
  'unknown options': { sink: true },
  'a sync that is no flag': { sync: 'yes' },
  'no object': null,
  'a text': 'sync',
})) {
  test(`${what} of a produce are refused, and nothing is made`, async (t) => {
    const engine = await openEngine(t);
    await refused(t, () => engine.topic('new').produce(V, options as ProduceOptions));
    await refused(t, () => engine.topic('new').produceMany([V], options as ProduceOptions));
    t.deepEqual(engine.topics(), []);
  });
}

test('unknown and malformed options of a topic are refused', async (t) => {
  const engine = await openEngine(t);
  for (const options of [{ partition: 1 }, null, 5, [], { compaction: null }, { compaction: { strategie: 1 } }])
    await refused(t, () => engine.topic('new', options as object));
  for (const topics of [null, 'new', ['new'], [{}]]) await refused(t, () => engine.subscribe(topics as never));
  for (const given of [undefined, null, 5, {}]) await refused(t, () => engine.topic('new').produceMany(given as never));
  t.deepEqual(engine.topics(), []);
});

test('asking for the records of a topic that is not there, or committing to it, says so and makes none', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('missing');
  await refused(t, () => topic.subscribe(), 'LITHIFY_NOT_FOUND');
  await refused(t, () => topic.commit('group', 0), 'LITHIFY_NOT_FOUND');
  await refused(t, () => topic.compact());
  t.deepEqual([topic.offsets(), topic.groups(), await topic.drop(), topic.partitions], [undefined, [], false, undefined]);
  t.deepEqual(engine.topics(), []);
});

test('producing no records is no record, and makes no topic', async (t) => {
  const engine = await openEngine(t);
  t.deepEqual(await engine.topic('new').produceMany([]), []);
  t.deepEqual(engine.topics(), []);
  await engine.topic('new').produce(V);
  t.deepEqual(await engine.topic('new').produceMany(new Set()), []);
  t.deepEqual(await shown(engine.topic('new')), ['0:v']);
});

test('a hundred thousand records in one call are numbered and read in their order', async (t) => {
  const engine = await openEngine(t, { workers: 0, durability: 'os', memtableBytes: 1024 * 1024, memoryBytes: 8 * 1024 * 1024 });
  const topic = engine.topic('many');
  function* hundredThousand(): Iterable<NewRecord> {
    for (let i = 0; i < 100_000; i++) yield { key: BigInt(i), value: `v${i}` };
  }
  const offsets = await topic.produceMany(hundredThousand());
  t.is(offsets.length, 100_000);
  t.true(offsets.every((offset, i) => offset === i));
  const found = await recordsOf(topic);
  t.true(found.length === 100_000 && found.every((record, i) => record.offset === i && textOf(record) === `v${i}`));
});
