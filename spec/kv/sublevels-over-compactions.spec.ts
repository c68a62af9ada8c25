import test from 'ava';
import { quiet } from '../support/engines.ts';
import { openLevel } from './support/databases.ts';

const MESSAGES = ['MinorCompact', 'MajorCompaction', 'GarbageCollect'] as const;

test('sublevels of several encodings keep apart through flushes, compactions and clears', async (t) => {
  const db = await openLevel(t);
  const text = db.sublevel('text');
  const json = db.sublevel<number, { n: number }>('json', { keyEncoding: 'json', valueEncoding: 'json' });
  const bytes = text.sublevel<Uint8Array, Uint8Array>('bytes', { keyEncoding: 'view', valueEncoding: 'view' });
  const model = { text: new Map<string, string>(), json: new Map<number, { n: number }>(), bytes: 0 };
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 40; i++) {
      const key = `${(round * 7 + i) % 60}`.padStart(2, '0');
      await text.put(key, `${round}-${i}`);
      model.text.set(key, `${round}-${i}`);
      await json.put(i, { n: round });
      model.json.set(i, { n: round });
      await bytes.put(Uint8Array.of(round, i), Uint8Array.of(i));
      model.bytes++;
    }
    await text.clear({ gte: '10', lt: '20' });
    for (const key of [...model.text.keys()]) if (key >= '10' && key < '20') model.text.delete(key);
    await db.engine.ask({ type: MESSAGES[round % 3] });
  }
  await quiet(db.engine);
  // A nested sublevel lies within its parent's range, under its own prefix.
  const own = (await text.iterator().all()).filter(([key]) => !key.startsWith('!'));
  t.deepEqual(own, [...model.text].sort());
  t.deepEqual(Object.fromEntries(await json.iterator().all()), Object.fromEntries(model.json));
  t.is((await bytes.keys().all()).length, model.bytes);
  t.deepEqual(await bytes.get(Uint8Array.of(3, 7)), Uint8Array.of(7));
});

test('clearing a sublevel clears what is nested in it, and nothing beside it', async (t) => {
  const db = await openLevel(t);
  const [a, b] = [db.sublevel('a'), db.sublevel('b')];
  const nested = a.sublevel('nested');
  for (const one of [a, b, nested]) await one.put('k', one.prefix);
  await db.put('k', 'root');
  await db.engine.ask({ type: 'MajorCompaction' });
  await a.clear();
  t.deepEqual(await db.iterator().all(), [
    ['!b!k', '!b!'],
    ['k', 'root'],
  ]);
  await db.engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(await a.keys().all(), []);
  t.is(await b.get('k'), '!b!');
});

test('one batch lands in several sublevels at once, and events tell of it', async (t) => {
  const db = await openLevel(t);
  const [a, b] = [db.sublevel('a'), db.sublevel<string, unknown>('b', { valueEncoding: 'json' })];
  const events: number[] = [];
  db.on('write', (operations: unknown[]) => events.push(operations.length));
  await db.batch<string, unknown>(
    [
      { type: 'put', key: 'x', value: '1', sublevel: a },
      { type: 'put', key: 'x', value: { y: 2 }, sublevel: b },
      { type: 'del', key: 'z' },
    ],
    { sync: true },
  );
  t.is(await a.get('x'), '1');
  t.deepEqual(await b.get('x'), { y: 2 });
  t.deepEqual(events, [3]);
});
