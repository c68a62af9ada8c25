import { MAX_PARTITIONS } from '../../protocol/log.ts';
import { readU32, writeU32 } from '../little-endian.ts';
import type { StoredGroup } from './catalog.ts';

/**
 * What consumer groups have read, as a section of a WAL record: topic u64 (as f64) · partition u32 · name length u32 ·
 * offset f64 · wall clock f64 · name, little-endian.
 */
const FIXED_BYTES = 8 + 4 + 4 + 8 + 8;
const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodedGroupBytes({ group }: StoredGroup): number {
  // UTF-8 takes at most three bytes for a UTF-16 unit.
  return FIXED_BYTES + 3 * group.length;
}

export function encodeGroups(groups: readonly StoredGroup[]): Uint8Array {
  const parts = groups.map(encodeGroup);
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** undefined: the bytes are not so many groups. */
export function decodeGroups(bytes: Uint8Array, start: number, end: number, count: number): StoredGroup[] | undefined {
  const groups: StoredGroup[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + FIXED_BYTES > end) return undefined;
    const nameEnd = at + FIXED_BYTES + readU32(bytes, at + 12);
    const name = nameEnd > end ? undefined : nameIn(bytes.subarray(at + FIXED_BYTES, nameEnd));
    if (name === undefined) return undefined;
    const [topic, offset] = [view.getFloat64(at, true), view.getFloat64(at + 16, true)];
    const partition = readU32(bytes, at + 8);
    if (!isWhole(topic) || !isWhole(offset) || partition >= MAX_PARTITIONS) return undefined;
    groups.push({ topic, partition, offset, committedAt: view.getFloat64(at + 24, true), group: name });
    at = nameEnd;
  }
  return at === end ? groups : undefined;
}

/** What the manifest, where it goes to, can hold. */
function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function nameIn(bytes: Uint8Array): string | undefined {
  try {
    return text.decode(bytes);
  } catch {
    return undefined;
  }
}

function encodeGroup({ topic, partition, group, offset, committedAt }: StoredGroup): Uint8Array {
  const name = utf8.encode(group);
  const bytes = new Uint8Array(FIXED_BYTES + name.length);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, topic, true);
  writeU32(bytes, 8, partition);
  writeU32(bytes, 12, name.length);
  view.setFloat64(16, offset, true);
  view.setFloat64(24, committedAt, true);
  bytes.set(name, FIXED_BYTES);
  return bytes;
}
