import type { Message, MessageRange, MessageType } from '../../../protocol/messages.ts';

/** What stands in a message's form. */
export interface FormValues {
  readonly gte?: string;
  readonly lt?: string;
  readonly blobId?: string;
  readonly deadlineMs?: string;
  readonly confirmation?: string;
}

export type FormResult = { readonly message: Message } | { readonly problem: string; readonly field: keyof FormValues };

/** What has to be typed before the engine is shut down. */
export const SHUTDOWN_WORD = 'shut down';

/** The message that a form stands for, or what is wrong with it, in words. */
export function messageOf(type: MessageType, values: FormValues): FormResult {
  if (type === 'MajorCompaction') return majorCompaction(values);
  if (type === 'DeleteBlob') return deleteBlob(values);
  if (type === 'Shutdown') return shutdown(values);
  return { message: { type } };
}

/** Undefined: everything. An empty end is an open one. */
export function rangeOf({ gte, lt }: FormValues): MessageRange | undefined {
  if (!gte && !lt) return undefined;
  return { ...(gte && { gte }), ...(lt && { lt }) };
}

function majorCompaction(values: FormValues): FormResult {
  const range = rangeOf(values);
  return { message: { type: 'MajorCompaction', ...(range && { range }) } };
}

function deleteBlob({ blobId = '' }: FormValues): FormResult {
  const id = wholeNumber(blobId);
  if (id === undefined) return { problem: 'A blob’s number is a whole number, such as 17.', field: 'blobId' };
  return { message: { type: 'DeleteBlob', blobId: id } };
}

function shutdown({ deadlineMs = '', confirmation = '' }: FormValues): FormResult {
  if (confirmation.trim().toLowerCase() !== SHUTDOWN_WORD) return { problem: `Type “${SHUTDOWN_WORD}” to go on.`, field: 'confirmation' };
  if (deadlineMs.trim() === '') return { message: { type: 'Shutdown' } };
  const deadline = wholeNumber(deadlineMs);
  if (deadline === undefined) return { problem: 'A deadline is a whole number of milliseconds, such as 10000.', field: 'deadlineMs' };
  return { message: { type: 'Shutdown', deadlineMs: deadline } };
}

function wholeNumber(text: string): number | undefined {
  const number = Number(text.trim());
  return text.trim() !== '' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
