import type { BlobId } from '../../protocol/messages.ts';
import { epochOf } from '../blobs/blob-ids.ts';
import type { VersionEdit } from './contract.ts';
import { knownBlobs, type ManifestState } from './manifest-state.ts';

/** Blobs that the version refers to from this edit on, those that only change their place among them. */
export function referredTo({ added, log }: VersionEdit): BlobId[] {
  const parts = log?.changes?.flatMap((change) => change.added) ?? [];
  return [
    ...added.map(({ table }) => table.id),
    ...parts.flatMap(({ blob, staged }) => [blob.id, ...staged.map(({ id }) => id)]),
    ...(log?.staged ?? []).map(({ id }) => id),
  ];
}

/**
 * Of those, the ones that were written before LevelDB was last opened, without the manifest having heard of them: that opening has
 * swept them.
 */
export function sweptBlobs(edit: VersionEdit, state: ManifestState): BlobId[] {
  const older = referredTo(edit).filter((id) => epochOf(id) !== state.epoch);
  if (older.length === 0) return [];
  const known = knownBlobs(state);
  return older.filter((id) => !known.has(id));
}
