import type { Outcome, Ticket } from '../../machines/mailbox/ticket.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId, Envelope, Reply } from '../../protocol/messages.ts';
import type { DeleteResult } from '../../storage/jobs/job.ts';
import type { Garbage } from '../../storage/tablet/contract.ts';
import type { TicketContext } from './context.ts';

/** What one collection came to: which ids are gone, which could not be deleted and why, which readers still hold. */
interface Collected {
  readonly deleted: ReadonlySet<BlobId>;
  readonly failed: ReadonlyMap<BlobId, string>;
  readonly pinned: ReadonlySet<BlobId>;
  readonly inUse: ReadonlySet<BlobId>;
}

/** Deletes what the requests name, or all garbage; every requester gets the reply to its own request. */
export async function runCollect(context: TicketContext): Promise<Outcome> {
  const { ticket, tablet } = context;
  const named = ticket.requests.flatMap((envelope) => idsOf(envelope) ?? []);
  const { inUse } = tablet.collectable(named);
  const { deletable, pinned } = tablet.collectable(wantsAll(ticket) ? undefined : named);
  const result =
    deletable.length === 0 ? NOTHING_DELETED : await context.job({ kind: 'delete', blobs: deletable }, reasonFor(deletable.length));
  if (result.deleted.length > 0) await tablet.commitCollected(result.deleted, bytesOf(deletable, result.deleted));
  const deleted = new Set([...(ticket.deleted ?? []), ...result.deleted]);
  if (result.yielded) return { type: 'again', deleted: [...deleted] };
  const failed = new Map(result.failed.map(({ id, reason }) => [id, reason]));
  const collected = { deleted, failed, pinned: new Set(pinned), inUse: new Set(inUse) };
  if (ticket.requests.length === 0 && failed.size > 0) return { type: 'failed', error: deletionError(failed) };
  return { type: 'answered', replies: ticket.requests.map((envelope) => replyTo(envelope, collected)) };
}

const NOTHING_DELETED: DeleteResult = { deleted: [], failed: [], yielded: false };

function wantsAll({ internal, requests }: Ticket): boolean {
  return internal || requests.some((envelope) => idsOf(envelope) === undefined);
}

/** undefined: all recorded garbage. */
function idsOf({ message }: Envelope): readonly BlobId[] | undefined {
  if (message.type === 'DeleteBlob') return [message.blobId];
  return message.type === 'GarbageCollect' ? message.blobIds : undefined;
}

function replyTo(envelope: Envelope, collected: Collected): Reply {
  const { id, message } = envelope;
  const ids = idsOf(envelope);
  const isMine = (blob: BlobId) => ids === undefined || ids.includes(blob);
  const inUse = [...collected.inUse].filter((blob) => ids?.includes(blob));
  if (inUse.length > 0) return { id, ok: false, error: inUseError(inUse) };
  const failed = new Map([...collected.failed].filter(([blob]) => isMine(blob)));
  if (failed.size > 0) return { id, ok: false, error: deletionError(failed) };
  const type = message.type === 'DeleteBlob' ? 'DeleteBlob' : 'GarbageCollect';
  return { id, ok: true, report: { type, deleted: [...collected.deleted].filter(isMine), pinned: [...collected.pinned].filter(isMine) } };
}

function bytesOf(garbage: readonly Garbage[], ids: readonly BlobId[]): number {
  const deleted = new Set(ids);
  return garbage.reduce((sum, { id, bytes }) => sum + (deleted.has(id) ? bytes : 0), 0);
}

function inUseError(blobIds: readonly BlobId[]): LithifyError {
  return new LithifyError('LITHIFY_BLOB_IN_USE', `Live data is in blob ${blobIds.join(', ')}, which was not deleted.`, {
    details: { blobIds },
  });
}

function deletionError(failed: ReadonlyMap<BlobId, string>): LithifyError {
  const [first] = failed.values();
  const blobIds = [...failed.keys()];
  return new LithifyError(
    'LITHIFY_DELETION',
    `Could not delete blob ${blobIds.join(', ')} (${first}); it stays recorded and is tried again.`,
    {
      details: { blobIds },
    },
  );
}

function reasonFor(count: number): string {
  return `${count} ${count === 1 ? 'blob is' : 'blobs are'} garbage`;
}
