import { LithifyError } from '../../protocol/errors.ts';
import { compareBytes, EntryKind, MAX_KEY_BYTES } from '../entry.ts';
import { writeU32, writeU64 } from '../little-endian.ts';
import type { StoredGroup } from '../log/catalog.ts';
import { FrameBuilder } from '../log/frame-builder.ts';
import { encodedGroupBytes, encodeGroups } from '../log/group-commits.ts';
import { MAX_RECORD_BYTES, MIN_RECORD_BYTES, RECORD_HEADER_BYTES, RECORD_MARKER, SECTION_HEADER_BYTES, SectionKind } from './record.ts';

/**
 * The entries of one atomic group: bytes[start, end) holds `count` of them, back to back, in the layout of
 * memtable/entry-layout.ts. Entry i has the sequence `firstSequence` + i.
 */
export interface Group {
  readonly firstSequence: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** How many of the entries are range deletes. */
  readonly rangeDeletes: number;
  /** Records of topics, as frames (log/frame.ts). */
  readonly records?: Section;
  /** What consumer groups have read. */
  readonly groups?: readonly StoredGroup[];
}

/** `count` things in bytes[start, end). */
export interface Section {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const FIRST_BYTES = 64 * 1024;
/** A buffer that one large group made larger than this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Measured (Node 26): below about 32 bytes a loop beats `set`. */
const LOOP_BELOW = 32;
/** Kind and the two longest varints. */
export const MOST_PREFIX_BYTES = 9;

/** Collects a group's operations as the bytes of its WAL record. To be reused, one group after the other. */
export class GroupBuilder {
  /** The group's records; add to it as to this. */
  readonly frames = new FrameBuilder();
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = MIN_RECORD_BYTES;
  #count = 0;
  #rangeDeletes = 0;
  #groups: StoredGroup[] = [];

  get count(): number {
    return this.#count;
  }

  /** Entries that are range deletes. */
  get rangeDeletes(): number {
    return this.#rangeDeletes;
  }

  /** Bytes of the entries so far: what a memtable needs room for. */
  get bytes(): number {
    return this.#at - MIN_RECORD_BYTES;
  }

  /** Bytes of records and groups: what else the memtable's time needs room for. */
  get logBytes(): number {
    return this.frames.length + this.#groups.reduce((sum, group) => sum + encodedGroupBytes(group), 0);
  }

  get isEmpty(): boolean {
    return this.#count + this.frames.count + this.#groups.length === 0;
  }

  commit(group: StoredGroup): void {
    this.#groups.push(group);
  }

  /** Copies both. Rejects keys over MAX_KEY_BYTES with LITHIFY_INVALID_ARGUMENT, and is then as it was. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#begin(EntryKind.put, key, value.length);
    this.#copy(value);
  }

  delete(key: Uint8Array): void {
    this.#begin(EntryKind.delete, key, 0);
  }

  /** Everything from `start` to before `end`; without an end: to the last key. There must be keys between them. */
  deleteRange(start: Uint8Array, end: Uint8Array | undefined): void {
    if (end !== undefined && compareBytes(start, end) >= 0) throw refused('A range delete must end above where it starts');
    refuseLong(end ?? start);
    this.#begin(EntryKind.rangeDelete, start, end?.length ?? 0);
    if (end !== undefined) this.#copy(end);
    this.#rangeDeletes++;
  }

  reset(): void {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#at = MIN_RECORD_BYTES;
    this.#count = this.#rangeDeletes = 0;
    this.#groups = [];
    this.frames.reset();
  }

  /**
   * The group's record, complete but for its place in the log (`Wal.append` fills that in). A view: good until the
   * next operation or `reset`.
   */
  seal(firstSequence: number): Uint8Array {
    const end = this.#sections();
    const bytes = this.#bytes;
    bytes.fill(0, 0, MIN_RECORD_BYTES);
    writeU32(bytes, 4, end);
    writeU32(bytes, 12, RECORD_MARKER);
    writeU64(bytes, 16, firstSequence);
    bytes[RECORD_HEADER_BYTES] = SectionKind.entries;
    writeU32(bytes, RECORD_HEADER_BYTES + 4, this.#count);
    writeU32(bytes, RECORD_HEADER_BYTES + 8, this.#at - MIN_RECORD_BYTES);
    return bytes.subarray(0, end);
  }

  /** The same group for memory, without a copy; good for as long as the record. */
  group(firstSequence: number): Group {
    const { frames } = this;
    return {
      ...{ firstSequence, count: this.#count, bytes: this.#bytes, start: MIN_RECORD_BYTES, end: this.#at },
      rangeDeletes: this.#rangeDeletes,
      ...(frames.count > 0 && { records: { count: frames.count, bytes: frames.bytes, start: 0, end: frames.length } }),
      ...(this.#groups.length > 0 && { groups: this.#groups }),
    };
  }

  /** Writes what is not an entry behind the entries; returns where the record ends. */
  #sections(): number {
    const groups = encodeGroups(this.#groups);
    const { frames } = this;
    const entriesEnd = this.#at;
    this.#makeRoom(2 * SECTION_HEADER_BYTES + frames.length + groups.length);
    this.#section(SectionKind.logRecords, frames.count, frames.bytes);
    this.#section(SectionKind.groupOffsets, this.#groups.length, groups);
    const end = this.#at;
    this.#at = entriesEnd;
    return end;
  }

  #section(kind: number, count: number, content: Uint8Array): void {
    if (count === 0) return;
    const bytes = this.#bytes;
    bytes.fill(0, this.#at, this.#at + SECTION_HEADER_BYTES);
    bytes[this.#at] = kind;
    writeU32(bytes, this.#at + 4, count);
    writeU32(bytes, this.#at + 8, content.length);
    this.#at += SECTION_HEADER_BYTES;
    this.#copy(content);
  }

  #begin(kind: number, key: Uint8Array, valueLength: number): void {
    refuseLong(key);
    this.#makeRoom(MOST_PREFIX_BYTES + key.length + valueLength);
    this.#bytes[this.#at++] = kind;
    this.#varint(key.length);
    this.#varint(valueLength);
    this.#copy(key);
    this.#count++;
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 128) {
      bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.#at++] = rest;
  }

  #copy(source: Uint8Array): void {
    const bytes = this.#bytes;
    const at = this.#at;
    const { length } = source;
    if (length < LOOP_BELOW) for (let i = 0; i < length; i++) bytes[at + i] = source[i];
    else bytes.set(source, at);
    this.#at = at + length;
  }

  #makeRoom(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_RECORD_BYTES) throw refused(`A group of ${needed} bytes is larger than ${MAX_RECORD_BYTES}`);
    const grown = new Uint8Array(Math.min(MAX_RECORD_BYTES, Math.max(needed, 2 * this.#bytes.length)));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}

function refuseLong(key: Uint8Array): void {
  if (key.length > MAX_KEY_BYTES) throw refused(`A key of ${key.length} bytes is longer than ${MAX_KEY_BYTES}`);
}

function refused(what: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `${what}; nothing of it was written.`);
}
