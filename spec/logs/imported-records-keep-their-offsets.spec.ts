import test from 'ava';
import { keyBasedRetention, type LogRecord, open, type StreambedFile, type Topic } from '../../index.ts';
import { encoded, hexOf, joinedBytes, noise } from '../log/support/records.ts';
import { fileOf, inChunks, range, recordWith, valueWith } from '../log/support/streambed.ts';
import { hexBytes } from '../log/support/vectors.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';

const GAPPY = [5, 6, 9, 200, 201, 100_000];

test('offsets with gaps, times and all come back from memory, from the log and from parts; what is produced goes on behind', async (t) => {
  const location = await tempDirectory(t);
  const expected = GAPPY.map((offset) => [offset, 1_700_000_000_000 + offset, valueWith(offset)]);
  let engine = await open(location, TINY);
  t.deepEqual(await engine.topic('t').import([fileWith(joinedBytes(...GAPPY.map((offset) => recordWith(offset))))]), {
    ...{ records: 6, bytes: 6 * 32 + 4, first: 5, last: 100_000, duplicates: 0, damaged: 0 },
  });
  t.deepEqual(await seen(engine.topic('t')), expected);
  await engine.close();

  engine = await open(location, TINY);
  t.deepEqual(await seen(engine.topic('t')), expected, 'out of the log');
  t.deepEqual(engine.topic('t').offsets(), { beginning: 5, end: 100_000, next: 100_001 });
  await engine.ask({ type: 'MinorCompact' });
  t.deepEqual(await seen(engine.topic('t')), expected, 'out of parts');
  t.deepEqual(
    (await seen(engine.topic('t'), { offset: 7 })).map(([offset]) => offset),
    [9, 200, 201, 100_000],
  );
  await engine.close();

  engine = await open(location, TINY);
  t.is(await engine.topic('t').produce({ key: 1n, value: 'next' }), 100_001);
  await engine.close();
});

test('a topic that goes on above the first record takes none of them, one that ends below takes all', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('t');
  await topic.produceMany(range(0, 6).map((i) => ({ key: BigInt(i), value: 'here' })));
  await t.throwsAsync(topic.import([fileWith(fileOf(5, 100))]), { code: 'LITHIFY_INVALID_ARGUMENT', message: /offset 6.*begin with 5/ });
  t.is(topic.offsets()?.next, 6);
  await topic.import([fileWith(fileOf(6, 100))]);
  t.deepEqual(
    (await seen(topic)).map(([offset]) => offset),
    range(0, 106),
  );
});

test('a topic of several partitions takes none: that system has one, and keys would not be where they belong', async (t) => {
  const engine = await openEngine(t);
  const topic = await engine.topic('t', { partitions: 2 }).make();
  await t.throwsAsync(topic.import([fileWith(fileOf(0, 1))]), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.deepEqual(topic.groups(), []);
  t.is(topic.offsets(0)?.next, 0);
});

test('bytes are the same after import and export, from memory and from parts: nanoseconds, numbers in long form, large values', async (t) => {
  const nanoseconds = encoded({ key: 1n, value: 'a', timestamp: 1_700_000_000_123.456 }, 3);
  const long = withCrc('0000 00 8100 8200 6162 8400'); // key 1, value length 2, offset 4
  const large = encoded({ key: 2n ** 64n - 1n, value: noise(5_000_000), headers: [{ key: 'é', value: noise(3) }], timestamp: 7 }, 900);
  const medium = encoded({ key: 3n, value: noise(300_000) }, 901);
  const bytes = joinedBytes(nanoseconds, long, large, medium, recordWith(1000));
  const engine = await openEngine(t, { workers: 0 });
  const topic = engine.topic('t');
  await topic.import([fileWith(bytes)]);
  t.is(hexOf(await exported(topic)), hexOf(bytes));
  await engine.ask({ type: 'MinorCompact' });
  t.is(hexOf(await exported(topic)), hexOf(bytes));
  const [, , big] = await all(topic);
  t.is(Buffer.compare(big.value, noise(5_000_000)), 0);
});

test('files that cannot be read on end the import, with everything before kept', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('t');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield fileOf(0, 50);
    throw new Error('a bad sector');
  }
  await t.throwsAsync(topic.import([{ name: 'active', chunks: failing() }]), { message: 'a bad sector' });
  t.is((await all(topic)).length, 50);
});

test('damage, and offsets that JavaScript cannot count, are reported with file and place; the rest is kept', async (t) => {
  const engine = await openEngine(t);
  const history = fileOf(0, 3);
  history[40] ^= 1;
  const active = joinedBytes(recordWith(7), withCrc('0000 00 01 00 ffffffffffffff0f'), withCrc('0000 00 01 00 ffffffffffffffffff01'));
  const reports: [string, number, number][] = [];
  const imported = await engine.topic('t').import([fileWith(history, 'history'), fileWith(active, 'active')], {
    onDamage: ({ file, offset, bytes }) => reports.push([file, offset, bytes]),
  });
  t.deepEqual(reports, [
    ['history', 32, 32],
    ['active', 32, 17],
    ['active', 49, 19],
  ]);
  t.deepEqual(imported, { records: 3, bytes: 96, first: 0, last: 7, duplicates: 0, damaged: 3 });
});

test('what was imported is compacted like anything else, and keeps its offsets', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('t', { compaction: { strategy: keyBasedRetention(10) } });
  await topic.import([fileWith(joinedBytes(...range(0, 100).map((i) => encoded({ key: BigInt(i % 2), value: `${i}` }, 3 * i))))]);
  await topic.compact();
  t.deepEqual(
    (await all(topic)).map(({ offset }) => offset),
    [294, 297],
  );
  t.is(await topic.produce({ key: 0n, value: 'next' }), 298);
  const left = [encoded({ key: 0n, value: '98' }, 294), encoded({ key: 1n, value: '99' }, 297), encoded({ key: 0n, value: 'next' }, 298)];
  t.is(hexOf(await exported(topic)), hexOf(joinedBytes(...left)), 'and so it is exported');
});

test('a reader that waits at the end sees what is imported', async (t) => {
  const engine = await openEngine(t);
  const topic = await engine.topic('t').make();
  const subscription = topic.subscribe();
  const first = subscription.next();
  await topic.import([fileWith(fileOf(30, 2))]);
  t.is((await first).value?.offset, 30);
  await subscription.return();
});

test('nothing is made of files without a record, and an empty topic is exported as no bytes', async (t) => {
  const engine = await openEngine(t);
  t.deepEqual(await engine.topic('t').import([fileWith(new Uint8Array(0))]), { records: 0, bytes: 0, duplicates: 0, damaged: 0 });
  t.is(engine.topic('t').partitions, undefined);
  await t.throwsAsync(async () => engine.topic('t').export(async () => {}), { code: 'LITHIFY_NOT_FOUND' });
  t.is((await exported(await engine.topic('t').make())).length, 0);
});

function fileWith(bytes: Uint8Array, name = 'file'): StreambedFile {
  return { name, chunks: inChunks(bytes, 1000) };
}

/** A record of everything before its checksum. */
function withCrc(hex: string): Uint8Array {
  const fields = hexBytes(hex.replaceAll(' ', ''));
  return joinedBytes(fields, crcOf(fields));
}

function crcOf(bytes: Uint8Array): Uint8Array {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  const out = Buffer.alloc(4);
  out.writeUInt32LE(~crc >>> 0);
  return out;
}

async function exported(topic: Topic): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await topic.export(async (bytes) => void pieces.push(bytes.slice()));
  return joinedBytes(...pieces);
}

async function all(topic: Topic, from: { offset: number } = { offset: 0 }): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of topic.subscribe({ from, idleTimeout: 0 })) records.push(record);
  return records;
}

async function seen(topic: Topic, from?: { offset: number }): Promise<[number, number | undefined, string][]> {
  return (await all(topic, from)).map(({ offset, timestamp, value }) => [offset, timestamp, Buffer.from(value).toString()]);
}
