import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type Engine, type EngineEvent, type OpenOptions, open } from '../../index.ts';

/** So small that a few hundred writes make several tables on several levels. */
export const TINY = {
  compactors: 2,
  workers: 0,
  // What a killed process leaves, not a power loss, is looked at: no spec should wait for the disk thousands of times.
  durability: 'os',
  memtableBytes: 16 * 1024,
  memoryBytes: 512 * 1024,
  blockBytes: 256,
  tableBytes: 2 * 1024,
  sliceBytes: 8 * 1024,
  cacheBytes: 64 * 1024,
  minorTrigger: 2,
} as const satisfies OpenOptions;

/** A directory that is removed when the test has ended. */
export async function tempDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An engine in a directory of its own, closed when the test has ended. */
export async function openEngine(t: ExecutionContext, options: OpenOptions = TINY, location?: string): Promise<Engine> {
  const engine = await open(location ?? (await tempDirectory(t)), options);
  t.teardown(() => engine.close());
  return engine;
}

/** Collects events from now on. */
export function eventsOf(engine: Engine): EngineEvent[] {
  const seen: EngineEvent[] = [];
  engine.events$.subscribe((event) => seen.push(event));
  return seen;
}

/** Resolves when nothing runs and nothing waits: all flushes, background orders and collections have ended. */
export async function quiet(engine: Engine): Promise<void> {
  for (;;) {
    await engine.ask({ type: 'GarbageCollect' });
    // An idle engine answers within the same turn; jobs in this thread need turns.
    await setImmediate();
    const { mailbox, memtables } = engine.stats();
    const waiting = Object.values(mailbox.byType).reduce((sum, count) => sum + count, 0);
    if (mailbox.running + waiting + memtables.sealed.length === 0) return;
  }
}

/** Everything that the engine holds, by a full scan. */
export async function contentOf(engine: Engine): Promise<[string, string][]> {
  return engine.kv.iterator().all();
}

export function sorted(model: ReadonlyMap<string, string>): [string, string][] {
  return [...model].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
