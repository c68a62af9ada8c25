import { Memtable } from '../memtable/memtable.ts';
import { compact, retainedBy } from './compact.ts';
import type { FlushJob, JobContext, WriteResult } from './job.ts';

/**
 * Writes a sealed memtable as one table, however large, or as none when nothing in it is left to write. Tombstones stay:
 * they hide what is below.
 */
export async function runFlush(job: FlushJob, context: JobContext): Promise<WriteResult> {
  const cursor = Memtable.attach(job.memtable).cursor();
  const shape = { ...job.shape, tableBytes: Number.POSITIVE_INFINITY };
  // A flush has nobody to hand the rest to: asked to yield, it goes on.
  const result = await compact({ cursor, ...retainedBy(job), dropTombstones: false, shape, yields: false }, context);
  return { ...result, bytesRead: 0 };
}
