import { LithifyError } from '../../protocol/errors.ts';
import type { Checksum } from '../jobs/job.ts';

/**
 * The frame of one manifest entry: checksum u32, format u8, kind u8, number u64, previous entry's checksum u32 (all
 * little-endian), then the fields of an edit. The checksum is over everything behind it, so it binds the content to
 * its number and to the entry before. The head, under number 0, names the newest entry, so that none is lost unseen.
 */
const FORMAT = 1;
const HEADER_BYTES = 18;
const HEAD_BYTES = 17;
const HIGH = 2 ** 32;

export type EntryType = 'edit' | 'snapshot';
const TYPES: readonly (EntryType | undefined)[] = [undefined, 'edit', 'snapshot'];

export interface ManifestEntry {
  readonly number: number;
  readonly type: EntryType;
  /** Of the entry before; what it was before a snapshot cannot be checked once that entry is gone. */
  readonly previous: number;
  readonly payload: Uint8Array;
}

export interface ManifestHead {
  readonly number: number;
  readonly checksum: number;
}

export function frameEntry(entry: ManifestEntry, checksum: Checksum): { value: Uint8Array; checksum: number } {
  const value = new Uint8Array(HEADER_BYTES + entry.payload.length);
  const view = viewOf(value);
  value[4] = FORMAT;
  value[5] = TYPES.indexOf(entry.type);
  putNumber(view, 6, entry.number);
  view.setUint32(14, entry.previous, true);
  value.set(entry.payload, HEADER_BYTES);
  return { value, checksum: sign(value, checksum) };
}

export function openEntry(number: number, value: Uint8Array, checksum: Checksum): ManifestEntry & { checksum: number } {
  const name = `entry ${number}`;
  const found = verify(name, value, HEADER_BYTES, checksum);
  const view = viewOf(value);
  expectSame(name, 'number', number, numberAt(view, 6));
  const type = TYPES[value[5]];
  if (type === undefined) throw damaged(name, 'kind 1 or 2', `kind ${value[5]}`);
  return { number, type, previous: view.getUint32(14, true), payload: value.subarray(HEADER_BYTES), checksum: found };
}

export function frameHead(head: ManifestHead, checksum: Checksum): Uint8Array {
  const value = new Uint8Array(HEAD_BYTES);
  const view = viewOf(value);
  value[4] = FORMAT;
  putNumber(view, 5, head.number);
  view.setUint32(13, head.checksum, true);
  sign(value, checksum);
  return value;
}

export function openHead(value: Uint8Array, checksum: Checksum): ManifestHead {
  verify('the head', value, HEAD_BYTES, checksum);
  const view = viewOf(value);
  return { number: numberAt(view, 5), checksum: view.getUint32(13, true) };
}

export function expectSame(name: string, what: string, expected: number, found: number): void {
  if (expected !== found) throw damaged(name, `${what} ${expected}`, `${found}`);
}

export function damaged(name: string, expected: string, found: string, cause?: unknown): LithifyError {
  const message = `The manifest is damaged: ${name}: expected ${expected}, found ${found}. Restore the store from a copy; nothing was changed.`;
  return new LithifyError('LITHIFY_CORRUPTION', message, { cause, details: { entry: name, expected, found } });
}

function sign(value: Uint8Array, checksum: Checksum): number {
  const sum = checksum(value.subarray(4));
  viewOf(value).setUint32(0, sum, true);
  return sum;
}

function verify(name: string, value: Uint8Array, atLeast: number, checksum: Checksum): number {
  if (value.length < atLeast) throw damaged(name, `at least ${atLeast} bytes`, `${value.length}`);
  const stored = viewOf(value).getUint32(0, true);
  expectSame(name, 'checksum', stored, checksum(value.subarray(4)));
  if (value[4] !== FORMAT) throw damaged(name, `format ${FORMAT}`, `format ${value[4]}, of another version of lithify`);
  return stored;
}

function viewOf(value: Uint8Array): DataView {
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}

function putNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % HIGH, true);
  view.setUint32(at + 4, Math.floor(value / HIGH), true);
}

function numberAt(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * HIGH + view.getUint32(at, true);
}
