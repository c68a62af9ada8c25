import { keyBasedRetention } from 'lithify';
import { pathOf } from './log.ts';

/** Keeps the last record of each path; that of a removed path goes too, after a while in which readers can learn of it. */
export function pathRetentionFor(maxPaths: number) {
  return keyBasedRetention(maxPaths, { key: pathOf, tombstone: 'empty-value' });
}

/** What worker threads load, by this file's URL and this name. With more paths at once, a compaction takes several passes. */
export const pathRetention = pathRetentionFor(100_000);
