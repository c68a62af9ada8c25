import { LithifyError } from '../../protocol/errors.ts';
import type { AppendFile, Files } from '../../protocol/runtime.ts';
import type { Checksum } from '../jobs/job.ts';
import { hasRightChecksum, looksLikeRecord, recordChecksum, recordLength, stampRecord } from './record.ts';
import { encodeHeader, SEGMENT_HEADER_BYTES, type SegmentHeader, seedOf, segmentName } from './segment.ts';

/** Where a segment stands that is to be continued. */
export interface SegmentEnd {
  readonly number: number;
  readonly end: number;
  readonly records: number;
  /** Of the last record; of the header, if there is none. */
  readonly lastChecksum: number;
  readonly seed: number;
}

/** What a successor's header says of its predecessor. */
export type SegmentClaim = Omit<SegmentHeader, 'segment' | 'salt'>;

export interface WriterTools {
  readonly files: Files;
  readonly directory: string;
  readonly checksum: Checksum;
}

/** The segment that is written to. After a failure it takes nothing until `cutBack`, or has to be given up. */
export class SegmentWriter {
  readonly number: number;
  readonly #tools: WriterTools;
  readonly #file: AppendFile;
  readonly #seed: number;
  /** The good records: where they end, and how many they are. */
  #good: SegmentClaim;
  /** The part of them that is on disk for certain. */
  #synced: SegmentClaim;
  /** Beyond the good records there may be the rest of a failed append. */
  #torn = false;
  /** A sync failed: the system may have dropped what was not on disk, and may call the next sync a success. */
  #doubtful = false;

  private constructor(tools: WriterTools, file: AppendFile, { number, end, records, lastChecksum, seed }: SegmentEnd) {
    this.#tools = tools;
    this.#file = file;
    this.number = number;
    this.#seed = seed;
    this.#good = this.#synced = { previousLength: end, previousRecords: records, previousChecksum: lastChecksum };
  }

  /** In place of whatever an earlier attempt left under this number. */
  static async create(tools: WriterTools, header: SegmentHeader): Promise<SegmentWriter> {
    const path = pathOf(tools, header.segment);
    await tools.files.remove(path);
    const file = await tools.files.createAppend(path);
    const bytes = encodeHeader(header, tools.checksum);
    try {
      await file.append(bytes, true);
    } catch (error) {
      await discard(tools, file, header.segment);
      throw error;
    }
    const seed = seedOf(bytes);
    return new SegmentWriter(tools, file, { number: header.segment, end: SEGMENT_HEADER_BYTES, records: 0, lastChecksum: seed, seed });
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
    return this.#good.previousLength;
  }
  get records(): number {
    return this.#good.previousRecords;
  }
  get isSuspect(): boolean {
    return this.#torn || this.#doubtful;
  }
  /** Can it go on after `cutBack`? Not if acknowledged records may be missing. */
  get canBeCut(): boolean {
    return !this.#doubtful || this.#synced === this.#good;
  }

  /** What a successor may rely on. */
  get trusted(): SegmentClaim {
    return this.#doubtful ? this.#synced : this.#good;
  }

  async append(record: Uint8Array, sync: boolean): Promise<void> {
    stampRecord(record, this.records, this.#synced.previousRecords, this.#seed, this.#tools.checksum);
    try {
      await this.#file.append(record, sync);
    } catch (error) {
      this.#torn = true;
      this.#doubtful ||= sync;
      throw error;
    }
    this.#good = {
      previousLength: this.length + record.length,
      previousRecords: this.records + 1,
      previousChecksum: recordChecksum(record, 0),
    };
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
    await this.#file.truncate(this.length);
    this.#torn = false;
    this.#doubtful = false;
  }

  /** The good records that a successor cannot rely on, each as it was appended. */
  async untrusted(): Promise<Uint8Array[]> {
    if (this.canBeCut) return [];
    const { files, checksum } = this.#tools;
    const { previousLength: start, previousRecords: before } = this.#synced;
    const bytes = await files.read(pathOf(this.#tools, this.number), start, this.length - start);
    const records: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += recordLength(bytes, at)) {
      if (!looksLikeRecord(bytes, at, bytes.length - at) || !hasRightChecksum(bytes, at, this.#seed, checksum)) break;
      records.push(bytes.subarray(at, at + recordLength(bytes, at)));
    }
    if (records.length === this.records - before) return records;
    throw new LithifyError('LITHIFY_WAL', `${this.name}: the disk lost writes that were not synced yet; close the store and open it again.`);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Gives the segment up, as if it had not been begun. */
  discard(): Promise<void> {
    return discard(this.#tools, this.#file, this.number);
  }
}

function pathOf({ directory }: WriterTools, number: number): string {
  return `${directory}/${segmentName(number)}`;
}

/** What stays behind here is harmless: a segment without a record, at the end of the log, is passed over by the next open. */
async function discard(tools: WriterTools, file: AppendFile, number: number): Promise<void> {
  await file.close().catch(() => undefined);
  await tools.files.remove(pathOf(tools, number)).catch(() => undefined);
}
