import type { Message } from '../../../protocol/messages.ts';
import type { SendReply } from '../../frames.ts';
import { keyText } from './key-order.ts';
import { bytesText, plural } from './units.ts';

/** A message in words, as it was sent. */
export function messageText(message: Message): string {
  if (message.type === 'DeleteBlob') return `DeleteBlob ${message.blobId}`;
  if (message.type === 'Shutdown' && message.deadlineMs !== undefined) return `Shutdown within ${message.deadlineMs} ms`;
  if (message.type === 'MajorCompaction' && message.range !== undefined) {
    const { gte, lt } = message.range;
    return `MajorCompaction of ${gte === undefined ? 'the first key' : keyText(gte)} to ${lt === undefined ? 'the last' : keyText(lt)}`;
  }
  return message.type;
}

/** The reply's gist in one sentence; the whole of it stands below. */
export function replyText({ ok, report, error }: SendReply): string {
  if (!ok) return error === undefined ? 'It failed.' : `${error.code}: ${error.message}`;
  const facts = isRecord(report) ? [compacted(report), deleted(report), ended(report)].filter((fact) => fact !== undefined) : [];
  return facts.length === 0 ? 'Done.' : `${facts.join(' ')}`;
}

type Facts = Readonly<Record<string, unknown>>;

function compacted(report: Facts): string | undefined {
  if (report.compacted === false) return 'There was nothing to do.';
  if (!Array.isArray(report.inputBlobs) || !Array.isArray(report.outputBlobs)) return undefined;
  const { length } = Array.isArray(report.memtables) ? report.memtables : report.inputBlobs;
  const what = Array.isArray(report.memtables) ? 'memtable' : 'table';
  return `${plural(length, what)} became ${plural(report.outputBlobs.length, 'table')}: ${numberOf(report.entriesOut)} of ${numberOf(report.entriesIn)} entries, ${bytesText(Number(report.bytesWritten))} written.`;
}

function deleted({ deleted, pinned }: Facts): string | undefined {
  if (!Array.isArray(deleted) || !Array.isArray(pinned)) return undefined;
  return `${plural(deleted.length, 'blob')} deleted, ${pinned.length} still pinned.`;
}

function ended({ type, refused, aborted }: Facts): string | undefined {
  return type === 'Shutdown' ? `Closed: ${numberOf(refused)} requests refused, ${numberOf(aborted)} jobs aborted.` : undefined;
}

function numberOf(value: unknown): string {
  return typeof value === 'number' ? value.toLocaleString('en-GB') : '?';
}

function isRecord(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null;
}
