import type { BlobId } from '../../protocol/messages.ts';
import type { DeletedBlob } from './blob-store.ts';
import { blockKey, sealKey } from './keys.ts';

/** Keys from `start` to `end`, both inclusive, among which nothing is live; what one compaction is asked for. */
export interface ReclaimStep {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly bytes: number;
  /** Blobs that are in it, whole or in part. */
  readonly blobIds: readonly BlobId[];
}

/**
 * Cuts deleted blobs (ascending) into steps of at most `stepBytes`: blobs whose ids follow each other share one, and a
 * blob larger than that is cut at blocks, if their number is known.
 */
export function planReclaim(blobs: readonly DeletedBlob[], stepBytes: number): ReclaimStep[] {
  const steps: ReclaimStep[] = [];
  for (const piece of blobs.flatMap((blob) => piecesOf(blob, stepBytes))) {
    const last = steps.at(-1);
    if (last !== undefined && follows(last, piece) && last.bytes + piece.bytes <= stepBytes) steps[steps.length - 1] = join(last, piece);
    else steps.push(piece);
  }
  return steps;
}

function piecesOf(blob: DeletedBlob, stepBytes: number): ReclaimStep[] {
  const blocks = blob.blocks ?? 0;
  const count = Math.max(1, Math.min(Math.ceil(blob.bytes / stepBytes), blocks));
  const cuts = Array.from({ length: count + 1 }, (_, nth) => Math.floor((blocks * nth) / count));
  return Array.from({ length: count }, (_, nth) => ({
    start: blockKey(blob.id, cuts[nth]),
    end: nth === count - 1 ? sealKey(blob.id) : blockKey(blob.id, cuts[nth + 1] - 1),
    bytes: Math.ceil(blob.bytes / count),
    blobIds: [blob.id],
  }));
}

function follows(step: ReclaimStep, next: ReclaimStep): boolean {
  return next.blobIds[0] - step.blobIds[step.blobIds.length - 1] === 1;
}

function join(step: ReclaimStep, next: ReclaimStep): ReclaimStep {
  return { start: step.start, end: next.end, bytes: step.bytes + next.bytes, blobIds: [...step.blobIds, ...next.blobIds] };
}
