import type { BlobId } from '../../protocol/messages.ts';
import { applyLogEdit, isSamePart, type LogCatalog, type LogChange, type LogEdit, logBlobs, partName } from './catalog.ts';
import { type BlobExtent, type LogPart, logKey } from './part.ts';

/**
 * The blobs that nothing needs once the edit is made: those of removed parts, of dropped topics and of staged values
 * whose record has gone, and of parts that come too late, when their topic has been dropped. Ascending.
 */
export function logGarbage(catalog: LogCatalog, edit: LogEdit): BlobExtent[] {
  const released = new Map<BlobId, BlobExtent>();
  for (const extent of mentioned(catalog, edit)) released.set(extent.id, extent);
  if (released.size === 0) return [];
  // A blob may be shared by many parts, and a staged value may have moved from one part to another.
  for (const { id } of logBlobs(applyLogEdit(catalog, edit))) released.delete(id);
  return [...released.values()].sort((a, b) => a.id - b.id);
}

/** Everything that the edit takes away or brings. */
function* mentioned(catalog: LogCatalog, edit: LogEdit): Iterable<BlobExtent> {
  for (const change of edit.changes ?? []) {
    yield* blobsOf(removedParts(catalog, change));
    yield* catalog.partitions.has(logKey(change.topic, change.partition)) ? blobsOf(change.added) : late(catalog, change);
  }
  for (const { topic, parts } of edit.dropped === undefined ? [] : catalog.partitions.values()) {
    if (edit.dropped?.includes(topic)) yield* blobsOf(parts);
  }
  for (const id of edit.unstaged ?? []) yield catalog.staged.get(id) ?? { id, blocks: 0, bytes: 0 };
}

/** Of a topic that has been dropped: what the drop knew of it has given back its values already. */
function* late({ staged }: LogCatalog, { added }: LogChange): Iterable<BlobExtent> {
  for (const part of added) {
    yield part.blob;
    yield* part.staged.filter(({ id }) => staged.has(id));
  }
}

function removedParts(catalog: LogCatalog, { topic, partition, removed }: LogChange): readonly LogPart[] {
  const parts = catalog.partitions.get(logKey(topic, partition))?.parts ?? [];
  return parts.filter((part) => removed.some((name) => isSamePart(name, partName(part))));
}

function* blobsOf(parts: readonly LogPart[]): Iterable<BlobExtent> {
  for (const { blob, staged } of parts) {
    yield blob;
    yield* staged;
  }
}
