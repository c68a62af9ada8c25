import { LithifyError } from '../../protocol/errors.ts';
import type { AppendFile, Files } from '../../protocol/runtime.ts';
import type { Checksum } from '../jobs/job.ts';
import { hasRightChecksum, looksLikeRecord, recordChecksum, recordLength, stampRecord } from './record.ts';
import { encodeHeader, type SegmentHeader, seedOf, segmentName } from './segment.ts';

/** Where a segment stands that is to be continued. */
export interface SegmentEnd {
  readonly number: number;
  readonly end: number;
  readonly records: number;
  /** Of the last record; of the header, if there is none. */
  readonly lastChecksum: number;
  readonly seed: number;
}

export interface WriterTools {
  readonly files: Files;
  readonly directory: string;
  readonly checksum: Checksum;
}

/** A place between two records. */
interface Position {
  readonly length: number;
  readonly records: number;
  readonly lastChecksum: number;
}

/** The segment that is written to. After a failure it takes nothing until `cutBack`, or has to be given up. */
export class SegmentWriter {
  readonly number: number;
  readonly #tools: WriterTools;
  readonly #file: AppendFile;
  readonly #seed: number;
  /** Where the good records end. */
  #good: Position;
  /** Where those end that are on disk for certain. */
  #synced: Position;
  /** Beyond the good records there may be the rest of a failed append. */
  #torn = false;
  /** A sync failed: the system may have dropped what was not on disk, and may call the next sync a success. */
  #doubtful = false;
  /** A cut failed. */
  #givenUp = false;

  private constructor(tools: WriterTools, file: AppendFile, { number, end, records, lastChecksum, seed }: SegmentEnd) {
    this.#tools = tools;
    this.#file = file;
    this.number = number;
    this.#seed = seed;
    this.#good = this.#synced = { length: end, records, lastChecksum };
  }

  /** In place of whatever an earlier attempt left under this number. `moved`: records of the previous segment to begin with. */
  static async create(tools: WriterTools, header: SegmentHeader, moved: readonly Uint8Array[] = []): Promise<SegmentWriter> {
    const path = pathOf(tools, header.segment);
    await tools.files.remove(path);
    const file = await tools.files.createAppend(path);
    const first = encodeHeader(header, tools.checksum);
    const seed = seedOf(first);
    for (const [i, record] of moved.entries()) stampRecord(record, i, 0, seed, tools.checksum);
    const last = moved.at(-1);
    const records = concatenated(moved);
    try {
      // One after the other: a file that is longer than a header has a good one, or is damaged.
      await file.append(first, true);
      if (moved.length > 0) await file.append(records, true);
    } catch (error) {
      await discard(tools, file, path);
      throw error;
    }
    const lastChecksum = last === undefined ? seed : recordChecksum(last, 0);
    return new SegmentWriter(tools, file, {
      number: header.segment,
      end: first.length + records.length,
      records: moved.length,
      lastChecksum,
      seed,
    });
  }

  /** Cuts off what is beyond the good records, and makes sure of those. */
  static async resume(tools: WriterTools, at: SegmentEnd): Promise<SegmentWriter> {
    const file = await tools.files.openAppend(pathOf(tools, at.number));
    try {
      if (file.length > at.end) await file.truncate(at.end);
      await file.sync();
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    return new SegmentWriter(tools, file, at);
  }

  get name(): string {
    return segmentName(this.number);
  }
  get length(): number {
    return this.#good.length;
  }
  get records(): number {
    return this.#good.records;
  }
  get isSuspect(): boolean {
    return this.#torn || this.#doubtful;
  }
  /** Can it go on after `cutBack`? Not if acknowledged records may be missing, or a cut has failed. */
  get canBeCut(): boolean {
    return !this.#givenUp && !(this.#doubtful && this.#synced !== this.#good);
  }

  /** What a successor may rely on: what is on disk. */
  get trusted(): Pick<SegmentHeader, 'previousLength' | 'previousChecksum'> {
    return { previousLength: this.#synced.length, previousChecksum: this.#synced.lastChecksum };
  }

  async append(record: Uint8Array, sync: boolean): Promise<void> {
    stampRecord(record, this.records, this.#synced.records, this.#seed, this.#tools.checksum);
    try {
      await this.#file.append(record, sync);
    } catch (error) {
      this.#torn = true;
      this.#doubtful ||= sync;
      throw error;
    }
    this.#good = { length: this.length + record.length, records: this.records + 1, lastChecksum: recordChecksum(record, 0) };
    if (sync) this.#synced = this.#good;
  }

  async sync(): Promise<void> {
    if (this.#synced === this.#good) return;
    try {
      await this.#file.sync();
    } catch (error) {
      this.#doubtful = true;
      throw error;
    }
    this.#synced = this.#good;
  }

  async cutBack(): Promise<void> {
    // A successor may be on disk from the first attempt to replace it on: it must stay as that one knows it.
    this.#givenUp = true;
    await this.#file.truncate(this.length);
    this.#givenUp = false;
    this.#torn = false;
    this.#doubtful = false;
  }

  /** The good records that a successor cannot rely on, each as it was appended. */
  async untrusted(): Promise<Uint8Array[]> {
    if (this.#synced === this.#good) return [];
    const { files, checksum } = this.#tools;
    const { length: start, records: before } = this.#synced;
    const bytes = await files.read(pathOf(this.#tools, this.number), start, this.length - start);
    const records: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += recordLength(bytes, at)) {
      if (!looksLikeRecord(bytes, at, bytes.length - at) || !hasRightChecksum(bytes, at, this.#seed, checksum)) break;
      records.push(bytes.subarray(at, at + recordLength(bytes, at)));
    }
    if (records.length === this.records - before) return records;
    throw new LithifyError(
      'LITHIFY_WAL',
      `${this.name}: the disk lost writes that were not synced yet; close the store and open it again.`,
    );
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function pathOf({ directory }: WriterTools, number: number): string {
  return `${directory}/${segmentName(number)}`;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What stays behind here all the same, the next attempt removes, and an open in between knows how to take it. */
async function discard(tools: WriterTools, file: AppendFile, path: string): Promise<void> {
  await file.close().catch(() => undefined);
  await tools.files.remove(path).catch(() => undefined);
}
