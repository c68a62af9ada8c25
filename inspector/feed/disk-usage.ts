import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pauseAfter } from './pace.ts';

/** The share is of libuv's threads, on which the store's own files depend too. Ten thousand files take a second. */
const PACE = { everyMs: 5000, share: 0.02, longestMs: 120_000 };
const FILES_AT_ONCE = 128;
const DISK_BLOCK = 512;

/** What stands in every store that is on this disk. */
const MARK = 'FORMAT';

/** What a store occupies, measured now and then in the background. */
export class DiskUsage {
  readonly #directory: string;
  #due = Number.NEGATIVE_INFINITY;
  #bytes: number | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** As measured last, bytes; undefined: not yet, or the store is not in a directory. Begins to measure again when it is time. */
  look(nowMs: number): number | undefined {
    if (nowMs >= this.#due) void this.#measure();
    return this.#bytes;
  }

  async #measure(): Promise<void> {
    const start = performance.now();
    // Until it is done: no second one beside it.
    this.#due = Number.POSITIVE_INFINITY;
    this.#bytes = await bytesOnDisk(this.#directory).catch(() => undefined);
    const end = performance.now();
    this.#due = end + pauseAfter(end - start, PACE);
  }
}

/**
 * One file after the other: it is in no hurry, and a store's writes need the same threads. Where a store in memory says that it
 * is may be anything, such as the root of all files; that is not looked through.
 */
export async function bytesOnDisk(directory: string): Promise<number> {
  await stat(join(directory, MARK));
  let bytes = 0;
  for await (const entry of await opendir(directory, { recursive: true, bufferSize: FILES_AT_ONCE })) {
    if (!entry.isFile()) continue;
    // What is deleted meanwhile counts nothing.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += (found?.blocks ?? 0) * DISK_BLOCK;
  }
  return bytes;
}
