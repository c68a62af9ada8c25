import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Engine, type OpenOptions, open } from '../../index.ts';
import { codeOf, messageOf } from '../../protocol/errors.ts';
import { faultInBlobs } from '../../spec/support/store-contents.ts';
import type { Attack } from '../attack.ts';
import { BusyStore } from './busy-store.ts';

export interface Closing {
  readonly options: OpenOptions;
  /** After so many events. */
  readonly events: number;
  /** Of the Shutdown; milliseconds. */
  readonly deadlineMs: number;
}

const SMALL = {
  ...{ compactors: 2, durability: 'os', memtableBytes: 16 * 1024, memoryBytes: 512 * 1024, minorTrigger: 2 },
  ...{ blockBytes: 256, tableBytes: 2 * 1024, sliceBytes: 4 * 1024, cacheBytes: 64 * 1024 },
} as const satisfies OpenOptions;
/** Something that must not stand still did. */
const TOO_LONG_MS = 90_000;

/**
 * Closes an engine in which everything goes on, and opens its store while it closes. Throws an Error that says what broke:
 * who was not answered, what was acknowledged and is missing, what was left. Returns how many calls the close refused.
 */
export async function closeWhileBusy({ options, events, deadlineMs }: Closing): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-closing-'));
  try {
    const store = await BusyStore.open(directory, { ...SMALL, ...options });
    const reached = eventsOf(store.engine, events);
    store.begin();
    await reached;
    await inTime(closed(store, join(directory, 'store'), deadlineMs), 'closing');
    const refused = [...store.answers.codes.values()].reduce((sum, count) => sum + count, 0);
    await inTime(checkCopies(store), 'its copies');
    return refused;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function closed(store: BusyStore, location: string, deadlineMs: number): Promise<void> {
  const { engine, answers } = store;
  const shutdowns = [engine.ask({ type: 'Shutdown', deadlineMs }), engine.close()];
  const again = openedMeanwhile(engine, location);
  await Promise.all(shutdowns);
  await answers.over();
  const reopened = await again;
  try {
    throwIf(store.faultInReplies());
    throwIf(await store.faultIn(reopened));
    const { damage } = await reopened.verify();
    if (damage.length > 0) throw new Error(`damaged: ${JSON.stringify(damage[0])}`);
    await settled(reopened);
  } finally {
    await reopened.close();
  }
  throwIf(await faultInBlobs(location, 0));
}

/** Two at a time, until there is one that opens: never before the old engine is closed, and never both. */
async function openedMeanwhile(closing: Engine, location: string): Promise<Engine> {
  let isClosed = false;
  void closing.closed.then(() => (isClosed = true));
  for (;;) {
    const outcomes = await Promise.allSettled([open(location, SMALL), open(location, SMALL)]);
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? codeOf(outcome.reason) : []));
    if (opened.length === 2) throw new Error('two engines have opened the same store');
    if (refused.some((code) => code !== 'LITHIFY_LOCKED')) throw new Error(`opening while closing: ${refused}`);
    if (opened.length === 1 && !isClosed) throw new Error('the store was opened before it was closed');
    if (opened.length === 1) return opened[0];
    await setImmediate();
  }
}

/** A copy that was answered well is a store, whatever was closed meanwhile. */
async function checkCopies(store: BusyStore): Promise<void> {
  for (const copy of store.copies.slice(-1)) {
    const engine = await open(copy, SMALL);
    try {
      throwIf((await engine.verify()).damage[0]?.reason);
      throwIf(await store.faultIn(engine, false));
    } finally {
      await engine.close();
    }
  }
}

async function settled(engine: Engine): Promise<void> {
  for (;;) {
    await engine.ask({ type: 'GarbageCollect' });
    await setImmediate();
    const { mailbox, memtables, garbage } = engine.stats();
    const waiting = Object.values(mailbox.byType).reduce((sum, count) => sum + count, 0);
    if (mailbox.running + waiting + memtables.sealed.length + garbage.blobs === 0) return;
  }
}

function eventsOf({ events$ }: Engine, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    events$.subscribe(() => {
      if (--left <= 0) resolve();
    });
    if (count === 0) resolve();
  });
}

function throwIf(fault: string | undefined): void {
  if (fault !== undefined) throw new Error(fault);
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} does not end`)), TOO_LONG_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const DEADLINES = [0, 20, 10_000];

export const CLOSINGS: Attack = {
  name: 'closings',
  promises: [1, 2, 4],
  async round(seed, report) {
    const options = { workers: Math.floor(seed / DEADLINES.length) % 3 };
    try {
      const refused = await closeWhileBusy({ options, events: (seed * 37) % 400, deadlineMs: DEADLINES[seed % DEADLINES.length] });
      report({ closings: 1, refused });
    } catch (cause) {
      throw new Error(`closings, seed ${seed}: ${messageOf(cause)}`, { cause });
    }
  },
};
