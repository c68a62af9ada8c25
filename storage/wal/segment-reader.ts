import { LithifyError } from '../../protocol/errors.ts';
import type { Files } from '../../protocol/runtime.ts';
import type { Checksum } from '../jobs/job.ts';
import {
  hasRightChecksum,
  looksLikeRecord,
  MIN_RECORD_BYTES,
  RECORD_HEADER_BYTES,
  recordChecksum,
  recordLength,
  recordNumber,
  recordSynced,
} from './record.ts';
import { RecordSums } from './record-sums.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';

/** A segment on disk whose header is sound. */
export interface SegmentFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** What the checksums of its records continue from. */
  readonly seed: number;
}

export interface ReaderTools {
  readonly files: Files;
  readonly checksum: Checksum;
  /** Called between chunks, so that the event loop gets its turn every millisecond or two. */
  readonly turn: () => Promise<void>;
}

/** Why no further record could be read at an offset. */
export interface Fault {
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  /** A sound record in the wrong place: no torn write looks like that. */
  readonly misplaced: boolean;
}

export interface ReadResult {
  /** Where the last good record ends. */
  readonly end: number;
  readonly records: number;
  /** Of the last good record; of the header, if there is none. */
  readonly lastChecksum: number;
  /** Present if what begins at `end` is no record that belongs there. */
  readonly fault?: Fault;
}

/** About a thousand entries of 100 bytes: a millisecond of decoding and applying. */
const CHUNK_BYTES = 128 * 1024;

/** Part of a segment in memory; moves forward. */
class Window {
  readonly #tools: ReaderTools;
  readonly #segment: SegmentFile;
  readonly #limit: number;
  bytes: Uint8Array = new Uint8Array(0);
  /** Of `bytes`, in the file. */
  base = 0;

  constructor(tools: ReaderTools, segment: SegmentFile, limit: number) {
    this.#tools = tools;
    this.#segment = segment;
    this.#limit = limit;
  }

  has(offset: number, length: number): boolean {
    return offset >= this.base && offset + length <= this.base + this.bytes.length;
  }

  /** Brings `length` bytes from `offset` in, or what there is of them before the limit. */
  async load(offset: number, length: number): Promise<void> {
    await this.#tools.turn();
    const most = Math.min(Math.max(length, CHUNK_BYTES), this.#limit - offset);
    this.bytes = await this.#tools.files.read(this.#segment.path, offset, most);
    this.base = offset;
  }
}

/** Reads records from the header to `limit`, or to the first place where there is none, but no more than `most`. */
export async function readRecords(
  tools: ReaderTools,
  segment: SegmentFile,
  limit: number,
  onRecord: (record: Uint8Array, offset: number) => void | Promise<void>,
  most = Number.POSITIVE_INFINITY,
): Promise<ReadResult> {
  const window = new Window(tools, segment, limit);
  let offset = SEGMENT_HEADER_BYTES;
  let records = 0;
  let lastChecksum = segment.seed;
  while (offset < limit && records < most) {
    const fault = await faultAt(tools, segment, window, offset, limit, records);
    if (fault !== undefined) return { end: offset, records, lastChecksum, fault };
    const at = offset - window.base;
    const length = recordLength(window.bytes, at);
    lastChecksum = recordChecksum(window.bytes, at);
    const handled = onRecord(window.bytes.subarray(at, at + length), offset);
    if (handled !== undefined) await handled;
    offset += length;
    records++;
  }
  return { end: offset, records, lastChecksum };
}

/** Looks at the first `most` records only. */
export function countRecords(tools: ReaderTools, segment: SegmentFile, most: number): Promise<ReadResult> {
  return readRecords(tools, segment, segment.size, () => undefined, most);
}

async function faultAt(
  tools: ReaderTools,
  segment: SegmentFile,
  window: Window,
  offset: number,
  limit: number,
  number: number,
): Promise<Fault | undefined> {
  const room = limit - offset;
  const fault = (expected: string, found: string, misplaced = false): Fault => ({ offset, expected, found, misplaced });
  if (room < MIN_RECORD_BYTES) return fault(`a record of at least ${MIN_RECORD_BYTES} bytes`, `${room} bytes`);
  if (!window.has(offset, RECORD_HEADER_BYTES)) await window.load(offset, MIN_RECORD_BYTES);
  if (!window.has(offset, RECORD_HEADER_BYTES)) return fault(`${room} bytes`, `${window.bytes.length} bytes`);
  if (!looksLikeRecord(window.bytes, offset - window.base, room)) return fault(`a record of at most ${room} bytes`, 'no such record');
  const length = recordLength(window.bytes, offset - window.base);
  if (!window.has(offset, length)) await window.load(offset, length);
  if (!window.has(offset, length)) return fault(`${length} bytes`, `${window.bytes.length} bytes`);
  const at = offset - window.base;
  if (!hasRightChecksum(window.bytes, at, segment.seed, tools.checksum))
    return fault('a record with the right checksum', 'another checksum');
  const found = recordNumber(window.bytes, at);
  return found === number ? undefined : fault(`record ${number}`, `record ${found}`, true);
}

/**
 * Tells a torn tail from damage. Record `number` at `from` is bad. What a crash can leave behind is a bad record with
 * nothing after it, or (written without sync) with others after it that reached the disk earlier. But a sound record
 * behind it that was written when `number` was on disk already proves that it was good once. Gives that one's offset.
 */
export async function findWitness(tools: ReaderTools, segment: SegmentFile, from: number, number: number): Promise<number | undefined> {
  const { size } = segment;
  let credit = FIRST_CREDIT;
  let base = from;
  while (size - base >= MIN_RECORD_BYTES) {
    await tools.turn();
    const bytes = await tools.files.read(segment.path, base, Math.min(CHUNK_BYTES, size - base));
    const last = bytes.length - RECORD_HEADER_BYTES;
    for (let at = 0; at <= last; at++) {
      if (!looksLikeRecord(bytes, at, size - base - at) || recordSynced(bytes, at) <= number) continue;
      if (credit <= 0) return witnessAmong(tools, segment, base + at, number);
      const length = recordLength(bytes, at);
      if (await isSound(tools, segment, base + at, length)) return base + at;
      credit -= length;
    }
    if (last < 0) return undefined;
    base += last + 1;
  }
  return undefined;
}

/** Read in vain. Bytes that claim more, place after place, are searched in memory. */
const FIRST_CREDIT = 1024 * 1024;

async function witnessAmong(
  { files, checksum, turn }: ReaderTools,
  { path, size, seed }: SegmentFile,
  from: number,
  number: number,
): Promise<number | undefined> {
  const bytes = await files.read(path, from, size - from);
  const sums = new RecordSums(bytes, checksum, 0);
  for (let end = 0; end < bytes.length; end += CHUNK_BYTES) {
    sums.extend(end);
    await turn();
  }
  for (let at = 0; at + RECORD_HEADER_BYTES <= bytes.length; at++) {
    if (at % CHUNK_BYTES === 0) await turn();
    if (!looksLikeRecord(bytes, at, bytes.length - at) || recordSynced(bytes, at) <= number) continue;
    if (sums.isRight(at, seed)) return from + at;
  }
  return undefined;
}

async function isSound({ files, checksum }: ReaderTools, segment: SegmentFile, offset: number, length: number): Promise<boolean> {
  const record = await files.read(segment.path, offset, length);
  return record.length === length && hasRightChecksum(record, 0, segment.seed, checksum);
}

export function corrupt(
  file: string,
  offset: number,
  expected: string | number,
  found: string | number,
  why: string,
  cause?: unknown,
): LithifyError {
  const message = `The log is damaged: ${file} at ${offset}: ${why} (expected ${expected}, found ${found}). Restore the file, or repair the store.`;
  return new LithifyError('LITHIFY_CORRUPTION', message, { cause, details: { file, offset, expected, found } });
}
