import { PackedCursor } from '../ingest/packed-cursor.ts';
import { RangeDeletes } from '../range-deletes/range-deletes.ts';
import { compact } from './compact.ts';
import type { IngestJob, JobContext, WriteResult } from './job.ts';

/** Writes sorted pairs as one table, however large; LITHIFY_SST where they do not ascend. */
export async function runIngest({ pairs, ...job }: IngestJob, context: JobContext): Promise<WriteResult> {
  const cursor = new PackedCursor(pairs);
  const shape = { ...job.shape, tableBytes: Number.POSITIVE_INFINITY };
  // As with a flush: there is nobody to hand the rest to.
  const result = await compact(
    { cursor, snapshots: [], rangeDeletes: RangeDeletes.none, dropTombstones: false, shape, yields: false },
    context,
  );
  return { ...result, bytesRead: 0 };
}
