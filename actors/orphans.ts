import { asLithifyError, codeOf, type LithifyError } from '../protocol/errors.ts';
import type { BlobId } from '../protocol/messages.ts';
import type { Garbage } from '../storage/tablet/contract.ts';
import type { Store } from './store.ts';
import type { Tablet } from './tablet.ts';

interface Surroundings {
  readonly store: Store;
  readonly tablet: Tablet;
  /** LevelDB may be poisoned. */
  readonly noteFailure: (error: LithifyError) => void;
}

/**
 * Deletes blobs that a thread had begun when it died, finished or not: nobody else knows them. They are recorded as
 * garbage too, so that a collection gives their space back. Never rejects: what cannot be done now, because LevelDB is
 * being opened again, is done when it is open.
 */
export async function discardOrphans(ids: readonly BlobId[], { store, tablet, noteFailure }: Surroundings): Promise<void> {
  if (!store.isOpen) return;
  const { epoch } = store.state;
  const isSwept = () => !store.isOpen || store.state.epoch !== epoch;
  try {
    const garbage: Garbage[] = [];
    for (const id of ids) garbage.push(await deleted(id, store));
    if (!isSwept()) await tablet.discardBlobs(garbage);
  } catch (error) {
    if (!isSwept()) noteFailure(asLithifyError(error, 'LITHIFY_BLOB_STORE', 'What a dead thread had written could not be deleted'));
  }
}

async function deleted(id: BlobId, { blobs }: Store): Promise<Garbage> {
  const size = await blobs.size(id).catch(ofDamaged);
  await blobs.delete(id, size?.blocks);
  return { id, ...(size ?? { blocks: 0, bytes: 0 }) };
}

/** A damaged seal is no reason to keep what nobody needs. */
function ofDamaged(error: unknown): undefined {
  if (codeOf(error) !== 'LITHIFY_CORRUPTION') throw error;
}
