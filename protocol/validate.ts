import { LithifyError } from './errors.ts';
import type { Message, MessageKey, MessageRange } from './messages.ts';

/** The door's check: the same message, known to be sound, or LITHIFY_INVALID_ARGUMENT naming what is not. */
export function validateMessage(message: unknown): Message {
  if (typeof message !== 'object' || message === null) throw invalid('', message, 'an object with a type');
  const given = message as Readonly<Record<string, unknown>>;
  switch (given.type) {
    case 'Shutdown':
      refuseUnknown(given, ['deadlineMs']);
      return optionalNumber(given, 'deadlineMs') ? { type: 'Shutdown', deadlineMs: Number(given.deadlineMs) } : { type: 'Shutdown' };
    case 'MinorCompact':
      refuseUnknown(given, ['memtable']);
      return optionalNumber(given, 'memtable') ? { type: 'MinorCompact', memtable: Number(given.memtable) } : { type: 'MinorCompact' };
    case 'MajorCompaction':
      refuseUnknown(given, ['range']);
      return given.range === undefined ? { type: 'MajorCompaction' } : { type: 'MajorCompaction', range: validateRange(given.range) };
    case 'GarbageCollect':
      refuseUnknown(given, ['blobIds']);
      return given.blobIds === undefined ? { type: 'GarbageCollect' } : { type: 'GarbageCollect', blobIds: blobIds(given.blobIds) };
    case 'DeleteBlob':
      refuseUnknown(given, ['blobId']);
      return { type: 'DeleteBlob', blobId: wholeNumber(given.blobId, 'blobId') };
    default:
      throw invalid('type', given.type, 'Shutdown, MinorCompact, MajorCompaction, GarbageCollect or DeleteBlob');
  }
}

function refuseUnknown(given: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => name !== 'type' && !known.includes(name));
  if (unknown !== undefined) throw invalid(unknown, given[unknown], `absent: ${String(given.type)} has ${known.join(', ') || 'no fields'}`);
}

function optionalNumber(given: Readonly<Record<string, unknown>>, name: string): boolean {
  return given[name] !== undefined && wholeNumber(given[name], name) >= 0;
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid(name, value, 'a whole number from 0');
  return value;
}

function blobIds(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw invalid('blobIds', value, 'an array of blob ids');
  return value.map((id, at) => wholeNumber(id, `blobIds[${at}]`));
}

/** A range as messages have it, or LITHIFY_INVALID_ARGUMENT naming what is wrong with it. */
export function validateRange(value: unknown): MessageRange {
  if (typeof value !== 'object' || value === null) throw invalid('range', value, 'an object with gte and lt');
  const { gte, lt, ...rest } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`range.${unknown}`, rest[unknown], 'absent: a range has gte and lt');
  return { ...(gte !== undefined && { gte: key(gte, 'range.gte') }), ...(lt !== undefined && { lt: key(lt, 'range.lt') }) };
}

function key(value: unknown, name: string): MessageKey {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'base64' in value && typeof value.base64 === 'string') {
    bytesOfKey({ base64: value.base64 }, name);
    return { base64: value.base64 };
  }
  throw invalid(name, value, 'a string or { base64 }');
}

/** The bytes that a key in a message stands for. */
export function bytesOfKey(given: MessageKey, name = 'key'): Uint8Array {
  if (typeof given === 'string') return new TextEncoder().encode(given);
  try {
    return Uint8Array.from(atob(given.base64), (char) => char.charCodeAt(0));
  } catch (error) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `${name}.base64 is not Base64.`, { cause: error, details: { field: name } });
  }
}

function invalid(field: string, value: unknown, wanted: string): LithifyError {
  const what = field === '' ? 'A message' : `The message's ${field}`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `${what} is ${describe(value)}; it must be ${wanted}.`, { details: { field } });
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : (JSON.stringify(value) ?? String(value));
}
