import { isUtf8 } from 'node:buffer';

/** Keys and values as bytes; `value: null` deletes. */
export interface LoadRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Says what is wrong with a line, without saying which line. */
export class BadRecord extends Error {
  override readonly name = 'BadRecord';
}

/**
 * `{"key":"…","value":"…"}`; what is not UTF-8 text goes as Base64 under `key64` and `value64`, so that a dump never
 * changes a byte.
 */
export function formatRecord(key: Uint8Array, value: Uint8Array): string {
  return `{${field('key', key)},${field('value', value)}}`;
}

export function formatField(name: 'key' | 'value', bytes: Uint8Array): string {
  return `{${field(name, bytes)}}`;
}

function field(name: 'key' | 'value', bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? `"${name}":${JSON.stringify(buffer.toString('utf8'))}` : `"${name}64":"${buffer.toString('base64')}"`;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const FIELDS: ReadonlySet<string> = new Set(['key', 'key64', 'value', 'value64']);

/** Strict: a misspelt field would otherwise be data lost without a word. Throws BadRecord. */
export function parseRecord(line: Uint8Array): LoadRecord {
  const record = parseObject(line);
  for (const name of Object.keys(record)) {
    if (!FIELDS.has(name)) throw new BadRecord(`unknown field ${JSON.stringify(name)}; known are key, value, key64 and value64`);
  }
  const key = bytesField(record, 'key');
  if (key === null) throw new BadRecord('key is null; it must be a string');
  return { key, value: bytesField(record, 'value') };
}

function parseObject(line: Uint8Array): Record<string, unknown> {
  const parsed = parseJson(decode(line));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new BadRecord(`${kindOf(parsed)} where an object with key and value belongs`);
  return parsed as Record<string, unknown>; // every JSON object is one
}

function decode(line: Uint8Array): string {
  try {
    return decoder.decode(line);
  } catch {
    throw new BadRecord('not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRecord(`not JSON (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}

function bytesField(record: Record<string, unknown>, name: 'key' | 'value'): Uint8Array | null {
  const name64 = `${name}64`;
  const [plain, encoded] = [Object.hasOwn(record, name), Object.hasOwn(record, name64)];
  if (plain && encoded) throw new BadRecord(`both ${name} and ${name64}`);
  if (!plain && !encoded) throw new BadRecord(`no ${name}`);
  const value = record[plain ? name : name64];
  if (value === null) return null;
  if (typeof value !== 'string') throw new BadRecord(`${plain ? name : name64} is ${kindOf(value)}; it must be a string`);
  return plain ? textBytes(name, value) : base64Bytes(name64, value);
}

function textBytes(name: string, text: string): Uint8Array {
  // UTF-8 cannot hold half a surrogate pair; encoding it would store another text than the one given.
  if (!text.isWellFormed()) throw new BadRecord(`${name} holds a lone surrogate, which is no text`);
  return Buffer.from(text, 'utf8');
}

function base64Bytes(name: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new BadRecord(`${name} is not Base64`);
  return bytes;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
