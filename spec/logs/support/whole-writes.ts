import type { ExecutionContext } from 'ava';
import { type Engine, type Offset, open } from '../../../index.ts';
import { TINY } from '../../support/engines.ts';

/** Write number `i` brings two keys, a record to each of two topics, and what a group has read: all of it or nothing. */
export async function writeWhole(engine: Engine, i: number, options: { sync?: boolean } = {}): Promise<Offset[]> {
  return engine.write((tx) => {
    tx.put(`key ${String(i).padStart(4, '0')}`, `${i}`);
    tx.put('last', `${i}`);
    tx.produce('one', { key: BigInt(i % 3), value: `${i}` });
    tx.produce('other', { key: BigInt(i), value: `${i}` });
    if (i > 0) tx.commit('readers', 'one', i - 1);
  }, options);
}

/** So many writes are there, the first ones, each as a whole; anything else fails the test. */
export async function wholeWrites(t: ExecutionContext, engine: Engine, what: string): Promise<number> {
  const keys = await engine.kv.iterator({ gte: 'key', lt: 'kez' }).all();
  const count = keys.length;
  const expected = Array.from({ length: count }, (_, i) => `${i}`);
  t.deepEqual(
    keys.map(([, value]) => value),
    expected,
    `${what}: keys`,
  );
  t.is(await engine.kv.get('last'), expected.at(-1), `${what}: a key that each overwrites`);
  for (const name of ['one', 'other']) t.deepEqual(await valuesOf(engine, name), expected, `${what}: records of '${name}'`);
  const committed = engine
    .topic('one')
    .groups()
    .map((group) => group.committed);
  t.deepEqual(committed, count > 1 ? [count - 2] : [], `${what}: what the group has read`);
  return count;
}

/** Opens the store, counts, and closes it again. */
export async function wholeWritesIn(t: ExecutionContext, directory: string, what: string): Promise<number> {
  const engine = await open(directory, { ...TINY, createIfMissing: false });
  try {
    return await wholeWrites(t, engine, what);
  } finally {
    await engine.close();
  }
}

/** Of a topic without gaps: the values, in order. */
export async function valuesOf(engine: Engine, name: string): Promise<string[]> {
  const values: string[] = [];
  if (!engine.topics().some((topic) => topic.name === name)) return values;
  for await (const { offset, value } of engine.topic(name).subscribe({ idleTimeout: 0 })) {
    if (offset !== values.length) throw new Error(`offset ${offset} came after ${values.length - 1}`);
    values.push(new TextDecoder().decode(value));
  }
  return values;
}
