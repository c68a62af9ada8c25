import type { BlobId } from '../../protocol/messages.ts';
import type { BlobExtent, LogPart } from '../log/part.ts';
import { PartVerifier } from '../log/part-verifier.ts';
import { aborted } from './compact.ts';
import type { JobContext } from './job.ts';

/** Reads every block of a part, its index, and its staged values. `sized`: blobs whose length has been looked at, shared ones. */
export async function verifyPart(part: LogPart, sized: Set<BlobId>, context: JobContext): Promise<PartVerifier> {
  const verifier = new PartVerifier(part, context.checksum);
  const { blob, firstBlock } = part;
  for (let block = 0; block <= part.blocks; block++) {
    await verifyBlock(blob.id, firstBlock + block, verifier, context, (bytes) => verifier.take(block, bytes));
  }
  if (!sized.has(blob.id)) await verifySize(blob, verifier, context);
  sized.add(blob.id);
  for (const staged of part.staged) await verifyStaged(staged, verifier, context);
  return verifier;
}

/** What is done with the blocks of a staged value. */
type StagedChecks = Pick<PartVerifier, 'takeStaged' | 'stagedEnds' | 'takeSize' | 'unreadable' | 'records'>;

export async function verifyStaged(staged: BlobExtent, verifier: StagedChecks, context: JobContext): Promise<void> {
  let isWhole = true;
  for (let number = 0; number < staged.blocks; number++) {
    const take = (bytes: Uint8Array) => verifier.takeStaged(staged, number, bytes);
    if (!(await verifyBlock(staged.id, number, verifier, context, take))) isWhole = false;
  }
  if (isWhole) verifier.stagedEnds(staged);
  await verifySize(staged, verifier, context);
}

/** false: it could not be read, or is damaged. */
async function verifyBlock(
  id: BlobId,
  number: number,
  verifier: StagedChecks,
  { blobs, control, turn }: JobContext,
  take: (bytes: Uint8Array) => void,
): Promise<boolean> {
  if (control.command() === 'abort') throw aborted();
  const records = verifier.records;
  let isSound = true;
  try {
    const bytes = turn === undefined ? blobs.readSync(id, number) : await blobs.read(id, number);
    take(bytes);
    control.progress(verifier.records - records, bytes.length);
  } catch (error) {
    isSound = false;
    verifier.unreadable(id, number, error);
  }
  const pending = turn?.();
  if (pending !== undefined) await pending;
  return isSound;
}

async function verifySize(extent: BlobExtent, verifier: StagedChecks, { blobs }: JobContext): Promise<void> {
  try {
    verifier.takeSize(extent, await blobs.size(extent.id));
  } catch (error) {
    verifier.unreadable(extent.id, undefined, error);
  }
}
