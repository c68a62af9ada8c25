import test from 'ava';
import type { Engine } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';

/** Every kind of character that UTF-8 treats differently, nothing at all, and more than any scratch memory holds. */
const TEXTS = ['a', 'ü', '€', '🪨', '\u0000', '\ufeffmark', 'a'.repeat(100), '€'.repeat(70_000), ''];
const LARGE = { ...TINY, memtableBytes: 1024 * 1024, memoryBytes: 16 * 1024 * 1024 };
const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const;

test('text comes back as it went in, by whichever way it went in and comes back', async (t) => {
  const engine = await openEngine(t, LARGE);
  const { kv } = engine;
  const pairs = TEXTS.map((value, i) => [`${TEXTS[i % 7]}-${i}`, value] as const);
  await kv.put(...pairs[0]);
  await kv.batch(pairs.slice(1, 5).map(([key, value]) => ({ type: 'put', key, value })));
  const chained = kv.batch();
  for (const [key, value] of pairs.slice(5)) chained.put(key, value);
  await chained.write();
  await assertReads(t, engine, pairs);
  await engine.ask({ type: 'MinorCompact' });
  await assertReads(t, engine, pairs);
});

async function assertReads(
  t: { deepEqual(a: unknown, b: unknown): unknown },
  { kv }: Engine,
  pairs: readonly (readonly [string, string])[],
) {
  const keys = pairs.map(([key]) => key);
  const values = pairs.map(([, value]) => value);
  t.deepEqual(await Promise.all(keys.map((key) => kv.get(key))), values);
  t.deepEqual(
    keys.map((key) => kv.getSync(key)),
    values,
  );
  t.deepEqual(await kv.getMany(keys), values);
  t.deepEqual(
    await kv.hasMany(keys),
    keys.map(() => true),
  );
  const byBytes = pairs.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  t.deepEqual(await kv.iterator().all(), byBytes);
  const looped: unknown[] = [];
  for await (const entry of kv.iterator()) looped.push(entry);
  t.deepEqual(looped, byBytes);
}

test('a surrogate without its other half is stored as the replacement character, as in all of the Level family', async (t) => {
  const { kv } = await openEngine(t);
  await kv.put('\ud83e', 'x\udea8');
  t.deepEqual(await kv.iterator().all(), [['\ufffd', 'x\ufffd']]);
});

test('text, bytes, Buffers and JSON are different looks at the same bytes', async (t) => {
  const { kv } = await openEngine(t);
  await kv.put('k', '{"n":1}');
  t.deepEqual(await kv.get<string, unknown>('k', { valueEncoding: 'json' }), { n: 1 });
  t.deepEqual(await kv.get(Buffer.from('k'), { keyEncoding: 'buffer', valueEncoding: 'buffer' }), Buffer.from('{"n":1}'));
  t.deepEqual(kv.getSync(Uint8Array.of(107), BYTES), new TextEncoder().encode('{"n":1}'));
  await kv.batch<string, unknown>(
    [
      { type: 'put', key: 'j', value: { a: ['ü'] }, valueEncoding: 'json' },
      { type: 'del', key: 'k' },
    ],
    {},
  );
  t.deepEqual(await kv.iterator().all(), [['j', '{"a":["ü"]}']]);
});

test('bounds, seeking and clearing take text', async (t) => {
  const { kv } = await openEngine(t);
  const keys = ['a', 'b', 'c', 'ä', 'ö'];
  await kv.batch(keys.map((key) => ({ type: 'put', key, value: key })));
  t.deepEqual(await kv.keys({ gt: 'a', lte: 'ä' }).all(), ['b', 'c', 'ä']);
  t.deepEqual(await kv.keys({ gte: '', lt: 'c', reverse: true }).all(), ['b', 'a']);
  const iterator = kv.iterator();
  iterator.seek('d');
  t.deepEqual(await iterator.next(), ['ä', 'ä']);
  await iterator.close();
  await kv.clear({ gte: 'b', lt: 'ö' });
  t.deepEqual(await kv.keys().all(), ['a', 'ö']);
});

test('sublevels of text and of bytes stand side by side', async (t) => {
  const { kv } = await openEngine(t);
  const text = kv.sublevel('text');
  const bytes = kv.sublevel<Uint8Array, Uint8Array>('bytes', BYTES);
  await text.put('ü', '1');
  await bytes.put(Uint8Array.of(0, 255), Uint8Array.of(2));
  t.deepEqual(await text.iterator().all(), [['ü', '1']]);
  t.deepEqual(await bytes.iterator().all(), [[Uint8Array.of(0, 255), Uint8Array.of(2)]]);
  t.is((await kv.keys().all()).length, 2);
});

test('many reads that wait for the store each find their own key', async (t) => {
  const engine = await openEngine(t, { ...TINY, cacheBytes: 0 });
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
  await engine.kv.batch(keys.map((key) => ({ type: 'put', key, value: `of ${key}` })));
  await engine.ask({ type: 'MinorCompact' });
  const found = await Promise.all(keys.map((key) => engine.kv.get(key)));
  t.deepEqual(
    found,
    keys.map((key) => `of ${key}`),
  );
});

test('a batch of more text than fits into one piece of memory lands whole', async (t) => {
  const { kv } = await openEngine(t, LARGE);
  const operations = Array.from({ length: 3000 }, (_, i) => ({
    type: 'put' as const,
    key: `${i}`.padStart(5, '0'),
    value: `${i}ü`.repeat(9),
  }));
  await kv.batch(operations);
  t.deepEqual(
    await kv.iterator().all(),
    operations.map(({ key, value }) => [key, value]),
  );
});

test('bytes that were given out are the caller’s: changing them, or sending them away, changes nothing else', async (t) => {
  const { kv } = await openEngine(t, LARGE);
  const sizes = [1, 64, 65, 100, 2048, 2049, 20_000];
  for (const size of sizes) await kv.put(Uint8Array.of(size % 251), new Uint8Array(size).fill(7), BYTES);
  const read = () => kv.iterator(BYTES).all() as Promise<unknown> as Promise<[Uint8Array, Uint8Array][]>;
  const before = await read();
  for (const [key, value] of await read()) {
    key.fill(0);
    value.fill(0);
  }
  for (const size of sizes) kv.getSync<Uint8Array, Uint8Array>(Uint8Array.of(size % 251), BYTES)?.fill(1);
  for (let times = 0; times < 10; times++) t.deepEqual(await read(), before);
  const sent = await kv.get<Uint8Array, Uint8Array>(Uint8Array.of(100), BYTES);
  structuredClone(sent, { transfer: sent === undefined ? [] : [sent.buffer as ArrayBuffer] });
  t.deepEqual((await kv.get(Uint8Array.of(100), BYTES))?.length, 100);
});

test('a key is measured in bytes, not in characters', async (t) => {
  const { kv } = await openEngine(t, LARGE);
  await t.throwsAsync(kv.put('€'.repeat(21_846), ''), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await t.throwsAsync(kv.batch([{ type: 'del', key: '€'.repeat(21_846) }]), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await t.notThrowsAsync(kv.put('€'.repeat(21_845), ''));
});
