import { messageOf } from '../../../protocol/errors.ts';
import type { LostWrites } from '../../../protocol/repair.ts';
import type { Files } from '../../../protocol/runtime.ts';
import type { Checksum } from '../../jobs/job.ts';
import { decodeGroup } from '../../wal/decode-group.ts';
import type { Group } from '../../wal/group.ts';
import { decodeHeader, SEGMENT_HEADER_BYTES, type SegmentHeader, segmentName, segmentNumber } from '../../wal/segment.ts';
import { readLeniently } from '../read-file.ts';
import { type Gap, recordsAtStart, seedsOf, walkSegment } from './salvage-segment.ts';

export interface WalTools {
  readonly files: Files;
  readonly checksum: Checksum;
  readonly turn: () => Promise<void>;
}

export interface SalvagedWal {
  readonly groups: number;
  readonly lost: readonly LostWrites[];
  /** The lowest segment that there is; undefined: there is none. */
  readonly first: number | undefined;
}

/** Gets each whole group, with bytes that are good until it returns; the answer says why it is left out. */
export type TakeGroup = (group: Group) => string | undefined;

/** So much is decoded without giving the event loop its turn: a millisecond or two. */
const BYTES_PER_TURN = 256 * 1024;

/** Every whole group of the segments from `floor` on, in the order of the log, whatever stands between them. */
export async function salvageWal(tools: WalTools, directory: string, floor: number, take: TakeGroup): Promise<SalvagedWal> {
  const numbers = await segmentsIn(tools.files, directory, floor);
  const walk = new WalWalk(tools, directory, take);
  for (const number of missingOf(numbers, floor)) walk.missing(number);
  for (const [i, number] of numbers.entries()) await walk.segment(number, numbers[i + 1]);
  return { groups: walk.groups, lost: walk.lost, first: numbers[0] };
}

async function segmentsIn(files: Files, directory: string, floor: number): Promise<number[]> {
  try {
    const numbers = (await files.list(directory)).map(segmentNumber).filter((number) => number !== undefined);
    return numbers.filter((number) => number >= floor).sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** A store that was opened once has its lowest segment; later ones can be missing without a trace only behind the last. */
function missingOf(numbers: readonly number[], floor: number): number[] {
  const there = new Set(numbers);
  // A damaged name may be any number: it is not worth a report for each below it.
  const from = Math.max(1, floor, floor > 0 ? 0 : (numbers[0] ?? 1));
  const missing: number[] = [];
  for (let number = from; number <= Math.max(from, numbers.at(-1) ?? 0) && missing.length < MOST_MISSING; number++) {
    if (!there.has(number)) missing.push(number);
  }
  return missing;
}
const MOST_MISSING = 1000;

interface Loaded {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** undefined: damaged. */
  readonly header: SegmentHeader | undefined;
  readonly seeds: readonly number[];
}

class WalWalk {
  readonly #tools: WalTools;
  readonly #directory: string;
  readonly #take: TakeGroup;
  readonly lost: LostWrites[] = [];
  groups = 0;
  #loaded: { readonly number: number; readonly segment: Loaded | undefined } | undefined;
  #sinceTurn = 0;

  constructor(tools: WalTools, directory: string, take: TakeGroup) {
    this.#tools = tools;
    this.#directory = directory;
    this.#take = take;
  }

  missing(number: number): void {
    this.lost.push({ what: 'writes', file: segmentName(number), offset: 0, reason: 'the segment is missing' });
  }

  async segment(number: number, next: number | undefined): Promise<void> {
    const segment = await this.#load(number);
    const after = next === undefined ? undefined : await this.#load(next);
    if (segment === undefined) return;
    const { name, bytes, header, seeds } = segment;
    const isLast = next === undefined;
    const end = after && endKnownTo(after, this.#tools.checksum);
    const limit = Math.min(bytes.length, end ?? bytes.length);
    const onRecord = (record: Uint8Array, offset: number) => this.#record(name, record, offset);
    const { gaps, records } = await walkSegment(bytes, limit, seeds, this.#tools.checksum, onRecord);
    const isHeadless = header === undefined && records === 0 && bytes.length > SEGMENT_HEADER_BYTES;
    if (isHeadless) return this.#lose(name, { offset: 0, bytes: bytes.length, groups: undefined }, 'the header is damaged');
    for (const gap of gaps) this.#lose(name, gap, isLast && gap.groups === undefined ? TAIL : 'records are damaged');
    const shouldEnd = end ?? SEGMENT_HEADER_BYTES;
    if (shouldEnd > bytes.length)
      this.#lose(name, { offset: bytes.length, bytes: shouldEnd - bytes.length, groups: undefined }, 'the segment has lost its end');
  }

  /** Once: the one before has asked for it already. */
  async #load(number: number): Promise<Loaded | undefined> {
    if (this.#loaded?.number !== number) this.#loaded = { number, segment: await this.#read(number) };
    return this.#loaded.segment;
  }

  async #read(number: number): Promise<Loaded | undefined> {
    const name = segmentName(number);
    const { files, checksum } = this.#tools;
    try {
      const { bytes } = await readLeniently(files, `${this.#directory}/${name}`);
      const header = decodeHeader(bytes, checksum);
      return { name, bytes, header: header?.segment === number ? header : undefined, seeds: seedsOf(bytes, checksum) };
    } catch (error) {
      this.lost.push({ what: 'writes', file: name, offset: 0, reason: messageOf(error) });
      return undefined;
    }
  }

  #record(name: string, record: Uint8Array, offset: number): Promise<void> | undefined {
    const refusal = this.#taken(record);
    if (refusal === undefined) this.groups++;
    else this.#lose(name, { offset, bytes: record.length, groups: 1 }, refusal);
    this.#sinceTurn += record.length;
    if (this.#sinceTurn < BYTES_PER_TURN) return undefined;
    this.#sinceTurn = 0;
    return this.#tools.turn();
  }

  #taken(record: Uint8Array): string | undefined {
    try {
      return this.#take(decodeGroup(record));
    } catch (error) {
      return messageOf(error);
    }
  }

  #lose(file: string, { offset, bytes, groups }: Gap, reason: string): void {
    this.lost.push({ what: 'writes', file, offset, bytes, ...(groups !== undefined && { groups }), reason });
  }
}

/**
 * Where the segment before this one ends: what it has beyond is the rest of a failed append. Only once it has a record of its
 * own (or those that were moved to it) does this one know; until then the other may have gone on.
 */
function endKnownTo({ bytes, header, seeds }: Loaded, checksum: Checksum): number | undefined {
  if (header === undefined) return undefined;
  const needed = header.moved ?? 1;
  return recordsAtStart(bytes, seeds, needed, checksum) >= needed ? header.previousLength : undefined;
}

const TAIL = 'the end of the log is damaged, or is the rest of a write that a crash cut off, which nobody was promised';
