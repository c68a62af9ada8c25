import type { WriteOperation } from '../actors/commit-queue.ts';
import { next } from '../storage/merge/cursor.ts';
import type { KvSource, ScanRange } from './source.ts';

/** How many deletes are written at once. */
const BATCH = 1000;

/** Deletes what is there now, or at a moment, in batches: each is atomic, the whole is not. `limit` below 0: no limit. */
export async function clearByBatches(source: KvSource, range: Omit<ScanRange, 'fillCache'>, limit: number, sync: boolean | undefined) {
  const { cursor, release } = source.scan({ ...range, fillCache: false });
  let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  try {
    while (left > 0) {
      const batch: WriteOperation[] = [];
      while (batch.length < Math.min(left, BATCH) && (await next(cursor))) {
        batch.push({ type: 'del', key: cursor.bytes.slice(cursor.keyStart, cursor.keyEnd) });
      }
      if (batch.length === 0) return;
      left -= batch.length;
      await source.batch(batch, sync);
    }
  } finally {
    release();
  }
}
