import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

export interface Measured {
  readonly operations: number;
  readonly ms: number;
  /** How long the event loop was held at most. */
  readonly delayMs: number;
  /** What all threads of this process worked for it: less noisy than `ms` on a machine that others use too. */
  readonly cpuMs: number;
}

const RESOLUTION_MS = 1;
/** A sample is the time between two ticks of a timer: one must come before the work, and one after it. */
const SAMPLE_MS = 5;

/** `run` says how many operations it did. */
export async function measure(run: () => Promise<number>): Promise<Measured> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  await sleep(SAMPLE_MS);
  const before = process.cpuUsage();
  const start = performance.now();
  const operations = await run();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  await sleep(SAMPLE_MS);
  histogram.disable();
  return { operations, ms, delayMs: Math.max(0, histogram.max / 1e6 - RESOLUTION_MS), cpuMs: (user + system) / 1000 };
}

/** Operations between two looks at the clock. */
const CHECK_EVERY = 16;
/** Answers that come without leaving the thread would otherwise hold the event loop until the end. */
const TURN_EVERY_MS = 1;

/** Keeps `lanes` operations in flight until `count` are done or the time is up; how many were done. */
export async function inFlight(
  { lanes, count, limitMs }: { lanes: number; count: number; limitMs: number },
  operation: (n: number) => unknown,
): Promise<number> {
  const start = performance.now();
  let now = start;
  let turned = start;
  let turning: Promise<void> | undefined;
  let started = 0;
  // One turn for all lanes: with one each, they would run one after the other within the same turn.
  const takeTurn = async (): Promise<void> => {
    await turn();
    turned = performance.now();
    turning = undefined;
  };
  const lane = async (): Promise<void> => {
    while (started < count && now - start < limitMs) {
      const n = started++;
      await operation(n);
      if (n % CHECK_EVERY === 0) now = performance.now();
      if (now - turned > TURN_EVERY_MS) await (turning ??= takeTurn());
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return started;
}

const DISK_BLOCK = 512;

/** What the directory occupies. */
export async function bytesOnDisk(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch((): Dirent[] => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).blocks * DISK_BLOCK));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The most that this process, all its threads, has held in memory. Bytes. */
export function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024;
}
