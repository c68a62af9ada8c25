import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { epochOf } from '../blobs/blob-ids.ts';
import { logBlobs } from '../log/catalog.ts';
import type { ManifestState } from './manifest-state.ts';
import { knownBlobs } from './manifest-state.ts';
import { allTables } from './version.ts';

/**
 * LITHIFY_CORRUPTION when blobs are stored that this manifest, as it is before an opening begins its epoch, cannot have seen
 * begin: an epoch is durable before its first blob, so the manifest was lost, or its end. They must not be swept.
 */
export function expectOwnManifest({ epoch }: ManifestState, stored: readonly BlobId[]): void {
  if (epoch === 0 && stored.length > 0) throw lostManifest(stored);
  const later = stored.filter((id) => epochOf(id) > epoch);
  if (later.length > 0) throw staleManifest(`blobs of the ${epoch} openings that it knows`, `${later.length} of later ones`, later);
}

/**
 * Blobs to delete on opening, ascending: of those that are stored, finished (`visible`) or not, the ones that the manifest does
 * not know, left by a crash before their commit. None where a live blob is missing: the manifest may have lost its end then,
 * and they may be what a repair needs.
 */
export function sweep(state: ManifestState, visible: readonly BlobId[], unfinished: readonly BlobId[] = []): BlobId[] {
  if (missingBlobs(state, visible).length > 0) return [];
  const known = knownBlobs(state);
  return [...new Set([...visible, ...unfinished].filter((id) => !known.has(id)))].sort((a, b) => a - b);
}

/** Something is stored that the manifest must have heard of: it has lost its end, which LevelDB takes for a torn log. */
export function staleManifest(expected: string, found: string, blobIds: readonly BlobId[] = []): LithifyError {
  const message = `The manifest has lost its newest entries: expected ${expected}, found ${found}. Restore the store from a copy, or repair it.`;
  return new LithifyError('LITHIFY_CORRUPTION', message, { details: { expected, found, blobIds: blobIds.slice(0, 100) } });
}

function lostManifest(stored: readonly BlobId[]): LithifyError {
  const expected = 'the manifest of the blobs that are stored';
  const found = `a new one, and ${stored.length} blobs`;
  const message = `The store has lost its manifest: expected ${expected}, found ${found}. Restore it from a copy, or repair it.`;
  return new LithifyError('LITHIFY_CORRUPTION', message, { details: { expected, found, blobIds: stored.slice(0, 100) } });
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
  throw new LithifyError(
    'LITHIFY_READER_UNAVAILABLE',
    `Live blobs are missing: ${blobIds.join(', ')}. Restore the store from a copy, or repair it.`,
    {
      details: { blobIds },
    },
  );
}
