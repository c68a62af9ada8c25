import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { Files } from '../../protocol/runtime.ts';
import type { Checksum } from '../jobs/job.ts';
import { type OnGroup, type Replayed, replay, type TornTail } from './replay.ts';
import { segmentName, segmentNumber } from './segment.ts';
import { SegmentWriter, type WriterTools } from './segment-writer.ts';

export interface WalTools {
  readonly checksum: Checksum;
  /** Called while opening, every millisecond or two. */
  readonly turn: () => Promise<void>;
  /** Uniform in [0, 1): salts the segments, see segment.ts. Absent: no salt. */
  readonly random?: () => number;
}

/** What opening found. */
export interface Recovery {
  readonly groups: number;
  readonly entries: number;
  /** 0: there were no groups. */
  readonly lastSequence: number;
  /** Present if the log ended in writes that no sync covered and that were not whole; they were cut off. */
  readonly torn?: TornTail;
  /** Names in the directory that are none of ours. They are left alone. */
  readonly ignored: readonly string[];
}

/**
 * The write-ahead log: numbered segment files in one directory, the last of which is written to. What was appended
 * with `sync` is replayed by every later open, whole, in order; what was appended without, by every later open unless
 * the machine (not only the process) failed. After a failure nothing is written before the log is whole again: cut back,
 * or continued in a new segment that says where the old one ends. Calls may overlap; they take effect one by one.
 */
export class Wal {
  readonly recovery: Recovery;
  readonly #tools: WriterTools;
  readonly #random: () => number;
  /** Bytes by number, ascending; the current one is the last. */
  readonly #segments: Map<number, number>;
  /** Deleted as far as the log is concerned, but still there. */
  readonly #obsolete: Set<number>;
  #writer: SegmentWriter;
  #previous: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(tools: WriterTools, random: () => number, writer: SegmentWriter, found: Opened) {
    this.#tools = tools;
    this.#random = random;
    this.#writer = writer;
    this.#segments = new Map(found.replayed.segments.map(({ number, bytes }) => [number, bytes]));
    this.#segments.set(writer.number, writer.length);
    this.#obsolete = new Set(found.obsolete);
    const { groups, entries, lastSequence, torn } = found.replayed;
    this.recovery = { groups, entries, lastSequence, ignored: found.ignored, ...(torn && { torn }) };
  }

  /**
   * Replays segments `floor` and up (the first ever is 1) and deletes those below. `onGroup` gets every group, with
   * bytes that are good until it returns or its promise resolves. Rejects with LITHIFY_CORRUPTION (`details`: file, offset,
   * expected, found), with LITHIFY_WAL for what a later version wrote or what cannot be read; then nothing was changed.
   */
  static async open(files: Files, directory: string, tools: WalTools, onGroup: OnGroup, { floor }: { floor: number }): Promise<Wal> {
    const { checksum, turn, random = () => 0 } = tools;
    const writerTools: WriterTools = { files, directory, checksum };
    const lowest = Math.max(1, floor);
    try {
      await files.makeDirectory(directory);
      const names = await files.list(directory);
      const numbers = names.map(segmentNumber).filter((number) => number !== undefined);
      const kept = numbers.filter((number) => number >= lowest);
      const replayed = await replay({ files, checksum, turn }, directory, kept, lowest, onGroup);
      const writer = await openWriter(writerTools, replayed, lowest, random);
      const ignored = names.filter((name) => segmentNumber(name) === undefined);
      const wal = new Wal(writerTools, random, writer, { replayed, ignored, obsolete: numbers.filter((number) => number < lowest) });
      await wal.dropBelow(lowest);
      return wal;
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_WAL', `Opening the log in ${directory}`, { directory });
    }
  }

  /** Files of the log, and their bytes. */
  get segments(): number {
    return this.#segments.size;
  }
  get bytes(): number {
    let total = 0;
    for (const bytes of this.#segments.values()) total += bytes;
    return total;
  }
  /** Number of the segment that the next record goes to. */
  get current(): number {
    return this.#writer.number;
  }
  /** Did the last write fail, so that the next one repairs the log first? */
  get isBroken(): boolean {
    return this.#writer.isSuspect;
  }

  /**
   * Writes a sealed group; its bytes get their place and checksum here. Rejects with LITHIFY_DISK_FULL or LITHIFY_WAL;
   * then the log is as it was, or the next call makes it so before it writes: a failed record can come back only if the
   * process dies before.
   */
  append(record: Uint8Array, sync: boolean): Promise<void> {
    return this.#write('Writing', async () => {
      await this.#writer.append(record, sync);
      this.#segments.set(this.#writer.number, this.#writer.length);
    });
  }

  /** Makes everything durable that was appended without `sync`. */
  sync(): Promise<void> {
    return this.#write('Syncing', () => this.#writer.sync());
  }

  /**
   * Begins a new segment (unless the current one is empty) and gives its number: what is appended from now on is in it
   * or later. If it fails, the log goes on with the old segment.
   */
  rotate(): Promise<number> {
    return this.#write('Rotating', async () => {
      if (this.#writer.records === 0) return this.#writer.number;
      await this.#writer.sync();
      await this.#beginNext();
      return this.#writer.number;
    });
  }

  /** Deletes segments below `floor`, never the current one. Gives the numbers that could not be deleted; the next call tries again. */
  async dropBelow(floor: number): Promise<readonly number[]> {
    for (const number of this.#segments.keys()) {
      if (number >= floor || number === this.#writer.number) continue;
      this.#segments.delete(number);
      this.#obsolete.add(number);
    }
    // Oldest first (a set keeps the order in which they came), so that a crash leaves no hole.
    for (const number of this.#obsolete) {
      try {
        await this.#tools.files.remove(`${this.#tools.directory}/${segmentName(number)}`);
        this.#obsolete.delete(number);
      } catch {
        break;
      }
    }
    return [...this.#obsolete];
  }

  /** Syncs and closes. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return void (await this.#previous);
    const closing = this.#oneByOne('Closing', async () => {
      try {
        if (this.#writer.isSuspect) await this.#repair();
        await this.#writer.sync();
      } finally {
        await this.#writer.close();
      }
    });
    this.#closed = true;
    await closing;
  }

  async #repair(): Promise<void> {
    if (this.#writer.canBeCut) {
      try {
        return await this.#writer.cutBack();
      } catch {
        // A file that cannot even be cut is given up; if there can be no new one either, that is the error to tell.
      }
    }
    await this.#beginNext(await this.#writer.untrusted());
  }

  /** `moved`: the old segment is given up, and these records of it are not safe there. */
  async #beginNext(moved?: readonly Uint8Array[]): Promise<void> {
    const old = this.#writer;
    const salt = Math.floor(this.#random() * 2 ** 32);
    const header = { segment: old.number + 1, ...old.trusted, salt, ...(moved && { moved: moved.length }) };
    this.#writer = await SegmentWriter.create(this.#tools, header, moved);
    this.#segments.set(this.#writer.number, this.#writer.length);
    // Everything in it that counts is on disk; an error here changes nothing.
    await old.close().catch(() => undefined);
  }

  /** Nothing is written before the log is whole; after a failure it is made whole at once, as far as that can be. */
  #write<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.#oneByOne(what, async () => {
      if (this.#writer.isSuspect) await this.#repair();
      try {
        return await run();
      } catch (error) {
        // What cannot be repaired now, the next call tries again, and reports.
        if (this.#writer.isSuspect) await this.#repair().catch(() => undefined);
        throw error;
      }
    });
  }

  #oneByOne<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new LithifyError('LITHIFY_CLOSED', 'The log is closed.'));
    const done = this.#previous.then(run).catch((error: unknown) => {
      const file = this.#writer.name;
      throw asLithifyError(error, 'LITHIFY_WAL', `${what} the log (${file})`, { file, offset: this.#writer.length });
    });
    this.#previous = done.catch(() => undefined);
    return done;
  }
}

interface Opened {
  readonly replayed: Replayed;
  readonly obsolete: readonly number[];
  readonly ignored: readonly string[];
}

/** Goes on with the last segment; an opening that writes nothing leaves no trace. */
async function openWriter(tools: WriterTools, { last, abandoned }: Replayed, floor: number, random: () => number): Promise<SegmentWriter> {
  if (abandoned !== undefined) await tools.files.remove(`${tools.directory}/${segmentName(abandoned)}`);
  if (last !== undefined) return SegmentWriter.resume(tools, last);
  const salt = Math.floor(random() * 2 ** 32);
  return SegmentWriter.create(tools, { segment: floor, previousLength: 0, previousChecksum: 0, salt });
}
