import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { logBlobs } from '../log/catalog.ts';
import type { ManifestState } from './manifest-state.ts';
import { knownBlobs } from './manifest-state.ts';
import { allTables } from './version.ts';

/**
 * Blobs to delete on opening, ascending: of those that are stored, finished or not, the ones that the manifest does not
 * know, left by a crash before their commit. In the store's first epoch there cannot be any: then a manifest has been
 * lost, which is LITHIFY_CORRUPTION, since deleting them would delete the store.
 */
export function sweep(state: ManifestState, stored: readonly BlobId[]): BlobId[] {
  if (state.epoch <= 1 && stored.length > 0) throw lostManifest(stored);
  const known = knownBlobs(state);
  return [...new Set(stored.filter((id) => !known.has(id)))].sort((a, b) => a - b);
}

function lostManifest(stored: readonly BlobId[]): LithifyError {
  const expected = 'the manifest of the blobs that are stored';
  const found = `a new one, and ${stored.length} blobs`;
  return new LithifyError(
    'LITHIFY_CORRUPTION',
    `The store has lost its manifest: expected ${expected}, found ${found}. Restore it from a copy.`,
    {
      details: { expected, found, blobIds: stored.slice(0, 100) },
    },
  );
}

/** Live blobs that are not there. */
export function missingBlobs(state: ManifestState, visible: readonly BlobId[]): BlobId[] {
  const there = new Set(visible);
  const live = [...allTables(state.version), ...logBlobs(state.version.logs)].map(({ id }) => id);
  return [...new Set(live)].filter((id) => !there.has(id));
}

/** Throws LITHIFY_READER_UNAVAILABLE naming every live blob that is not there. */
export function requireBlobs(state: ManifestState, visible: readonly BlobId[]): void {
  const blobIds = missingBlobs(state, visible);
  if (blobIds.length === 0) return;
  throw new LithifyError('LITHIFY_READER_UNAVAILABLE', `Live blobs are missing: ${blobIds.join(', ')}. Restore the store from a copy.`, {
    details: { blobIds },
  });
}
