import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import { decodeGroup } from './decode-group.ts';
import type { Group } from './group.ts';
import { decodeHeader, SEGMENT_HEADER_BYTES, type SegmentHeader, seedOf, segmentName } from './segment.ts';
import {
  corrupt,
  countRecords,
  type Fault,
  findWitness,
  type ReaderTools,
  type ReadResult,
  readRecords,
  type SegmentFile,
} from './segment-reader.ts';
import type { SegmentEnd } from './segment-writer.ts';

/** Called for every complete group, in the order in which they were written. */
export type OnGroup = (group: Group, segment: number) => void | Promise<void>;

export interface Replayed {
  /** Segments to keep, ascending, with their bytes; the last one is to be continued. */
  readonly segments: readonly { readonly number: number; readonly bytes: number }[];
  /** Where the last segment's good records end. undefined: there is no segment at all. */
  readonly last?: SegmentEnd;
  /** A segment without a record, begun just before a crash: to be removed. */
  readonly abandoned?: number;
  readonly groups: number;
  readonly entries: number;
  readonly lastSequence: number;
  readonly torn?: TornTail;
}

/** What a crash left of writes that nobody was promised. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

interface Found extends SegmentFile {
  readonly number: number;
  /** undefined: shorter than a header, or not one. */
  readonly header: SegmentHeader | undefined;
}

/**
 * Reads segments `floor` and up, in order. A torn tail, that is bytes at the end of the last segment that no sync ever
 * covered, ends the log and is reported. Everything else that is not as it was written is LITHIFY_CORRUPTION: a missing
 * segment, a damaged header or record, a segment shorter than the next one knows it, records out of order.
 */
export async function replay(
  tools: ReaderTools,
  directory: string,
  numbers: readonly number[],
  floor: number,
  onGroup: OnGroup,
): Promise<Replayed> {
  checkContiguous(numbers, floor);
  const found = await Promise.all(numbers.map((number) => inspect(tools, directory, number)));
  const counts = new Counts(onGroup);
  const abandoned = await findAbandoned(tools, found, floor);
  const kept = abandoned === undefined ? found : found.slice(0, -1);
  for (const segment of kept) if (segment.header === undefined) throw badHeader(segment);
  for (const [i, segment] of kept.entries()) {
    const next = kept[i + 1]?.header;
    if (next !== undefined) await readWhole(tools, segment, next, counts);
  }
  const last = kept.at(-1);
  const summary = {
    segments: kept.map(({ number, size }) => ({ number, bytes: size })),
    ...(abandoned && { abandoned: abandoned.number }),
  };
  if (last === undefined) return { ...summary, ...counts.totals() };
  const { end, records, lastChecksum, torn } = await readLast(tools, last, abandoned?.header?.previousLength ?? 0, counts);
  return {
    ...summary,
    ...counts.totals(),
    last: { number: last.number, end, records, lastChecksum, seed: last.seed },
    ...(torn && { torn }),
  };
}

function checkContiguous(numbers: readonly number[], floor: number): void {
  let expected = floor;
  for (const number of numbers) {
    if (number !== expected) throw corrupt(segmentName(expected), 0, `segment ${expected}`, `segment ${number}`, 'a segment is missing');
    expected++;
  }
  // Segment 1 is begun by the first open; a later floor has been a segment once.
  if (numbers.length === 0 && floor > 1) throw corrupt(segmentName(floor), 0, `segment ${floor}`, 'no segment', 'a segment is missing');
}

async function inspect({ files, checksum }: ReaderTools, directory: string, number: number): Promise<Found> {
  const name = segmentName(number);
  const path = `${directory}/${name}`;
  const size = await files.size(path);
  const bytes = await files.read(path, 0, SEGMENT_HEADER_BYTES);
  const header = decodeHeader(bytes, checksum);
  if (header !== undefined && header.segment !== number) throw corrupt(name, 8, number, header.segment, 'this is another segment');
  return { number, name, path, size, header, seed: header === undefined ? 0 : seedOf(bytes) };
}

/** The last segment, if it does not count yet: the one before it may have gone on after this one was begun. */
async function findAbandoned(tools: ReaderTools, found: readonly Found[], floor: number): Promise<Found | undefined> {
  const last = found.at(-1);
  if (last === undefined) return undefined;
  const { header } = last;
  if (header === undefined) {
    // A header is synced before the first record, and long before the floor can reach the segment.
    if (last.size > SEGMENT_HEADER_BYTES || (last.number === floor && floor > 1)) throw badHeader(last);
    return last;
  }
  const needed = header.moved ?? 1;
  if (found.length === 1 || needed === 0) return undefined;
  const { records, fault } = await countRecords(tools, last, needed);
  if (records >= needed) return undefined;
  if (fault !== undefined) await assertTorn(tools, last, fault, records);
  return last;
}

/** All of a segment that has a successor: that one knows where it ends. */
async function readWhole(tools: ReaderTools, segment: Found, next: SegmentHeader, counts: Counts): Promise<void> {
  const { previousLength: limit, previousChecksum: checksum } = next;
  if (limit < SEGMENT_HEADER_BYTES) throw corrupt(segment.name, 0, 'no such segment', 'one', 'the next segment knows of none before it');
  if (segment.size < limit)
    throw corrupt(segment.name, segment.size, `${limit} bytes`, `${segment.size} bytes`, 'the segment has lost its end');
  const read = await readRecords(tools, segment, limit, (record, offset) => counts.take(segment, record, offset));
  if (read.fault !== undefined) throw damaged(segment, read.fault);
  if (read.lastChecksum !== checksum)
    throw corrupt(segment.name, limit, `${checksum} as the last checksum`, `${read.lastChecksum}`, 'this is another segment');
}

/** `atLeast`: where a successor, since abandoned, saw this segment end. */
async function readLast(tools: ReaderTools, segment: Found, atLeast: number, counts: Counts): Promise<ReadResult & { torn?: TornTail }> {
  const read = await readRecords(tools, segment, segment.size, (record, offset) => counts.take(segment, record, offset));
  const { end, fault, records } = read;
  if (fault !== undefined) await assertTorn(tools, segment, fault, records);
  if (end < atLeast) throw corrupt(segment.name, end, `${atLeast} bytes`, `${end} good bytes`, 'the segment has lost its end');
  return fault === undefined ? read : { ...read, torn: { file: segment.name, offset: end, bytes: segment.size - end } };
}

async function assertTorn(tools: ReaderTools, segment: Found, fault: Fault, number: number): Promise<void> {
  if (fault.misplaced) throw damaged(segment, fault);
  const witness = await findWitness(tools, segment, fault.offset + 1, number);
  if (witness === undefined) return assertStill(tools, segment, fault, number);
  throw corrupt(segment.name, fault.offset, fault.expected, fault.found, `a record was good once, as the one at ${witness} proves`);
}

/** What is torn is cut off for ever, so it is read once more: a read that went wrong once is no crash. */
async function assertStill(tools: ReaderTools, segment: Found, { offset }: Fault, number: number): Promise<void> {
  const { records } = await countRecords(tools, segment, number + 1);
  if (records <= number) return;
  const message = `Two reads of the log differ: ${segment.name} at ${offset}. Nothing was changed; see to the disk, and open the store again.`;
  throw new LithifyError('LITHIFY_WAL', message, { details: { file: segment.name, offset } });
}

function badHeader({ name, size }: Found): LithifyError {
  return corrupt(name, 0, 'the header of a segment', `none in ${size} bytes`, 'the header is damaged');
}

function damaged({ name }: Found, { offset, expected, found }: Fault): LithifyError {
  return corrupt(name, offset, expected, found, 'a record is damaged');
}

/** Hands groups over, and sees to it that they ascend. */
class Counts {
  readonly #onGroup: OnGroup;
  #groups = 0;
  #entries = 0;
  #lastSequence = 0;

  constructor(onGroup: OnGroup) {
    this.#onGroup = onGroup;
  }

  take(segment: Found, record: Uint8Array, offset: number): void | Promise<void> {
    const group = decodeAt(segment, record, offset);
    if (group.firstSequence <= this.#lastSequence) {
      throw corrupt(segment.name, offset, `a sequence above ${this.#lastSequence}`, group.firstSequence, 'groups are out of order');
    }
    this.#groups++;
    this.#entries += group.count;
    this.#lastSequence = group.firstSequence + group.count - 1;
    return this.#onGroup(group, segment.number);
  }

  totals(): Pick<Replayed, 'groups' | 'entries' | 'lastSequence'> {
    return { groups: this.#groups, entries: this.#entries, lastSequence: this.#lastSequence };
  }
}

/** A record with the right checksum and a wrong content was written by another version, or by a defect. */
function decodeAt({ name }: Found, record: Uint8Array, offset: number): Group {
  try {
    return decodeGroup(record);
  } catch (error) {
    const cause = asLithifyError(error, 'LITHIFY_WAL', 'Reading a group');
    throw new LithifyError(cause.code, `${name} at ${offset}: ${cause.message}`, {
      cause,
      details: { ...cause.details, file: name, offset },
    });
  }
}
