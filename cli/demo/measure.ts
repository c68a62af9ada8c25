import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Engine } from '../../index.ts';

const RESOLUTION_MS = 1;

/** How long the event loop was held at most. Node samples by a timer, so its own interval is part of every sample. */
export class LoopDelay implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  get longestMs(): number {
    return Math.max(0, this.#histogram.max / 1e6 - RESOLUTION_MS);
  }

  get p99Ms(): number {
    return Math.max(0, this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS);
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }
}

/** Bytes that the directory occupies; what is deleted meanwhile counts nothing. */
export async function bytesOnDisk(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch((): Dirent[] => []);
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => blocks(join(entry.parentPath, entry.name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const BLOCK = 512;

async function blocks(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? 0 : found.blocks * BLOCK;
}

/** The most that this process, all its threads, has held in memory. Bytes. */
export function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024;
}

export interface Latency {
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Round trips of a message that finds nothing to do, one after the other, on an engine that is idle. */
export async function messageLatency(engine: Engine, count: number): Promise<Latency> {
  // The first one may find something: what the replay at opening has left in memory.
  await engine.ask({ type: 'MinorCompact' });
  const times: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const start = performance.now();
    await engine.ask({ type: 'MinorCompact' });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { medianMs: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
