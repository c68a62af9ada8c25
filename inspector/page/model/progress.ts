import type { EngineStats } from '../../../protocol/stats.ts';

type Compactor = EngineStats['compactors'][number];

/** What a compactor does, and how fast it is at it. */
export interface Progress extends Compactor {
  /** Between the last two frames; undefined while nothing can be compared. */
  readonly bytesPerSecond?: number;
  readonly entriesPerSecond?: number;
}

interface Seen {
  readonly atMs: number;
  readonly compactors: readonly Compactor[];
}

/** Compares two frames: a rate is only told of the same job, which only grows. */
export function progressOf(now: Seen, before: Seen | undefined): Progress[] {
  return now.compactors.map((compactor) => {
    const earlier = before?.compactors.find(({ name }) => name === compactor.name);
    const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
    if (earlier === undefined || seconds <= 0 || !isSameJob(earlier, compactor)) return compactor;
    return {
      ...compactor,
      bytesPerSecond: (compactor.bytes - earlier.bytes) / seconds,
      entriesPerSecond: (compactor.entries - earlier.entries) / seconds,
    };
  });
}

function isSameJob(before: Compactor, now: Compactor): boolean {
  return now.job !== undefined && now.job === before.job && now.bytes >= before.bytes && now.entries >= before.entries;
}
