import { messageOf } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { aborted } from './compact.ts';
import type { DeleteJob, DeleteResult, JobContext } from './job.ts';

/** Deletes what it can, goes on after a failure, and counts as deleted only what gave its space back. */
export async function runDelete(job: DeleteJob, context: JobContext): Promise<DeleteResult> {
  const { blobs, control } = context;
  const failed: { id: BlobId; reason: string }[] = [];
  const gone: { id: BlobId; bytes: number }[] = [];
  for (const { id, blocks, bytes } of job.blobs) {
    if (control.command() !== 'run') break;
    try {
      await blobs.delete(id, blocks);
      gone.push({ id, bytes });
      control.progress(1, bytes);
    } catch (error) {
      failed.push({ id, reason: messageOf(error) });
    }
    await context.turn?.();
  }
  const stoppedEarly = gone.length + failed.length < job.blobs.length;
  const reclaimed = await reclaim(gone, failed, context);
  if (control.command() === 'abort') throw aborted();
  return { deleted: reclaimed.done, failed, yielded: stoppedEarly || reclaimed.stopped };
}

async function reclaim(gone: { id: BlobId; bytes: number }[], failed: { id: BlobId; reason: string }[], context: JobContext) {
  if (gone.length === 0) return { done: [], stopped: false };
  gone.sort((a, b) => a.id - b.id);
  try {
    return await context.blobs.reclaim(gone, () => context.control.command() !== 'run');
  } catch (error) {
    // Deleted, but the space is still taken: they stay garbage, and deleting them again is harmless.
    const reason = `its space could not be given back: ${messageOf(error)}`;
    for (const { id } of gone) failed.push({ id, reason });
    return { done: [], stopped: false };
  }
}
