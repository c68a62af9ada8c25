import { type ErrorDetails, LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';

export interface Mismatch {
  readonly expected?: string | number;
  readonly found?: string | number;
  /** From the start of the block, bytes. */
  readonly offset?: number;
}

/** LITHIFY_CORRUPTION that says where: `details` has blobId, block, and offset, expected and found where they are known. */
export function corruption(blobId: BlobId, block: number, what: string, mismatch: Mismatch = {}): LithifyError {
  const details: ErrorDetails = { blobId, block, ...mismatch };
  const difference = 'expected' in mismatch ? `: expected ${mismatch.expected}, found ${mismatch.found}` : '';
  return new LithifyError('LITHIFY_CORRUPTION', `Blob ${blobId}, block ${block}: ${what}${difference}. Restore it from a backup.`, {
    details,
  });
}
