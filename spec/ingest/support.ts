import type { ExecutionContext } from 'ava';
import { type Engine, nodeRuntime } from '../../index.ts';
import { quiet, TINY } from '../support/engines.ts';
import type { Faults } from '../support/faults.ts';
import { faultInBlobs } from '../support/store-contents.ts';

export type Pair = readonly [string, string];

/** `p0003`, `p0004`, …: so many, with values that tell where they come from. */
export function pairs(from: number, to: number, what = 'ingested'): Pair[] {
  return Array.from({ length: to - from }, (_, i) => [
    `p${String(from + i).padStart(4, '0')}`,
    `${what} ${from + i} ${'·'.repeat(i % 40)}`,
  ]);
}

/** By batches that the smallest memtables can hold. */
export async function putAll({ kv }: Engine, all: readonly Pair[]): Promise<void> {
  for (let at = 0; at < all.length; at += 50) await kv.batch(all.slice(at, at + 50).map(([key, value]) => ({ type: 'put', key, value })));
}

/** One by one, each in a turn of its own; `asked` counts. */
export async function* slowly<T>(all: Iterable<T>, asked?: { count: number }): AsyncGenerator<T> {
  for (const one of all) {
    if (asked !== undefined) asked.count++;
    await Promise.resolve();
    yield one;
  }
}

/** Threads whose jobs fail or wait when they are told to; no background merges. */
export function withFaults(faults: Faults) {
  return { ...TINY, compactors: 2, workers: 2, minorTrigger: 64, runtime: nodeRuntime({ startThread: faults.start }) };
}

/** Waits until all work is done and all garbage is collected. */
export async function atRest(engine: Engine): Promise<void> {
  await quiet(engine);
  // The last merge may have ended behind the last collection.
  await engine.ask({ type: 'GarbageCollect' });
}

/** Closes the engine; in the store there must be no blob that nobody needs, nor one missing. */
export async function assertNothingLeft(t: ExecutionContext, engine: Engine, directory: string): Promise<void> {
  await engine.close();
  t.is(await faultInBlobs(directory, 0), undefined);
}
