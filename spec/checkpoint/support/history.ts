import type { Engine, LogRecord } from '../../../index.ts';
import { sorted } from '../../support/engines.ts';

/** What a store holds, in a form that can be compared. */
export interface Content {
  readonly keys: readonly [string, string][];
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly group: number | undefined;
}

const LAST = 'last';
/** Above an eighth of a memtable: such a value is a blob of its own. */
const LARGE = 3_000;

/** The `n`-th write, from 1. Each is one atomic write, and says in one of its keys which it is. */
export async function write(engine: Engine, n: number): Promise<void> {
  if (n % 4 === 0) await engine.kv.put(LAST, String(n));
  else if (n % 4 === 1) await engine.kv.batch(batchOf(n));
  else
    await engine.write((tx) => {
      tx.put(LAST, String(n));
      tx.put(`w${n % 10}`, String(n));
      tx.del(`w${(n + 5) % 10}`);
      for (const value of valuesOf(n, 'a')) tx.produce('a', { key: BigInt(n), value });
      for (const value of valuesOf(n, 'b')) tx.produce('b', { key: BigInt(n), value });
      if (n % 4 === 3) tx.commit('group', 'a', countOf(n - 1, 'a') - 1);
    });
}

/** After the first `n` writes. */
export function contentAfter(n: number): Content {
  const keys = new Map<string, string>();
  const [a, b]: string[][] = [[], []];
  let group: number | undefined;
  for (let at = 1; at <= n; at++) {
    keys.set(LAST, String(at));
    if (at % 4 === 1) for (const one of batchOf(at)) one.type === 'put' ? keys.set(one.key, one.value) : keys.delete(one.key);
    if (at % 4 < 2) continue;
    keys.set(`w${at % 10}`, String(at)).delete(`w${(at + 5) % 10}`);
    a.push(...valuesOf(at, 'a'));
    b.push(...valuesOf(at, 'b'));
    if (at % 4 === 3) group = countOf(at - 1, 'a') - 1;
  }
  return { keys: sorted(keys), a, b, group };
}

export async function contentOf(engine: Engine): Promise<Content> {
  const keys = await engine.kv.iterator().all();
  const [a, b] = [await valuesIn(engine, 'a'), await valuesIn(engine, 'b')];
  return { keys, a, b, group: engine.topic('a').groups()[0]?.committed };
}

/** Which write was the last. */
export function lastOf({ keys }: Content): number {
  return Number(keys.find(([key]) => key === LAST)?.[1] ?? 0);
}

export async function recordsIn(engine: Engine, topic: string): Promise<LogRecord[]> {
  if (!engine.topics().some(({ name }) => name === topic)) return [];
  const records: LogRecord[] = [];
  for await (const record of engine.topic(topic).subscribe({ idleTimeout: 0 })) records.push(record);
  return records;
}

async function valuesIn(engine: Engine, topic: string): Promise<string[]> {
  return (await recordsIn(engine, topic)).map(({ value }) => Buffer.from(value).toString());
}

type Put = { readonly type: 'put'; readonly key: string; readonly value: string };
type Del = { readonly type: 'del'; readonly key: string };

function batchOf(n: number): (Put | Del)[] {
  const puts = Array.from({ length: 12 }, (_, i): Put => ({ type: 'put', key: `b${(n * 7 + i) % 60}`, value: `${n} ${'v'.repeat(40)}` }));
  const dels = Array.from({ length: 4 }, (_, i): Del => ({ type: 'del', key: `b${(n * 7 + 20 + i) % 60}` }));
  return [...puts, ...dels, { type: 'put', key: LAST, value: String(n) }];
}

/** Two records of every write to `a`, one to `b`; some of those to `b` are large. */
function valuesOf(n: number, topic: 'a' | 'b'): string[] {
  if (topic === 'a') return [`a ${n}`, `a ${n} again`];
  return [n % 12 === 2 ? `b ${n} ${'l'.repeat(LARGE)}` : `b ${n}`];
}

/** Records of `a` in the first `n` writes. */
function countOf(n: number, topic: 'a'): number {
  let count = 0;
  for (let at = 1; at <= n; at++) if (at % 4 > 1) count += valuesOf(at, topic).length;
  return count;
}
