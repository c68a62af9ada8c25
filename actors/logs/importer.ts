import { LithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type { LogTopic } from '../../storage/log/catalog.ts';
import { FrameBuilder } from '../../storage/log/frame-builder.ts';
import type { StagedValue } from '../../storage/log/part.ts';
import type { RecordView } from '../../storage/log/record.ts';
import { type DamagedStretch, FileScan } from '../../storage/log/streambed/scan.ts';
import { TopicScan } from '../../storage/log/streambed/topic-scan.ts';
import { joined } from '../../storage/log/words.ts';
import type { Core } from '../core.ts';
import { type Producer, stageAbove } from './producer.ts';

/** A file of streambed-logged. */
export interface StreambedFile {
  /** What is said of it. */
  readonly name: string;
  /** Its bytes; each piece is asked for when the one before was taken. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What importing files takes; all of it may be left out. */
export interface ImportOptions {
  /** Bytes that are no record, or one that cannot be taken in; what is good around them is kept. Called as they are met. */
  readonly onDamage?: (stretch: DamagedStretch) => void;
}

/** What was taken in. */
export interface Imported {
  /** How many. */
  readonly records: number;
  /** Of these records, as they stand in the files. */
  readonly bytes: number;
  /** Offset of the first; absent: there were no records. */
  readonly first?: Offset;
  /** Offset of the last; absent: there were no records. */
  readonly last?: Offset;
  /** Records that stood in a second file as well, byte for byte. */
  readonly duplicates: number;
  /** Stretches that `onDamage` was told of. */
  readonly damaged: number;
}

/** What an import needs of its topic. */
export interface ImportTarget {
  readonly core: Core;
  readonly producer: Producer;
  /** The topic, made if it is missing: called when there is a record. */
  ensure(): Promise<LogTopic>;
  /** The next offset that a record would get. */
  next(topic: LogTopic): Offset;
  /** Resolves when the compactor lets producers go on. */
  waitForRoom(topic: LogTopic): Promise<void>;
}

/** Bytes of records that one commit takes at once. */
const BATCH_BYTES = 256 * 1024;
const PARTITION = 0;

/** Takes records over as they are: bytes, offsets, timestamps and all. A failure leaves those before it written. */
export class Importer {
  readonly #target: ImportTarget;
  readonly #options: ImportOptions;
  readonly #scan: TopicScan;
  readonly #batchBytes: number;
  readonly #stageAbove: number;
  readonly #frames = new FrameBuilder();
  #staged: StagedValue[] = [];
  #topic: LogTopic | undefined;
  #records = 0;
  #bytes = 0;
  #damaged = 0;
  #first: Offset | undefined;
  #last: Offset | undefined;

  /** `files` in the order in which that system reads them: ancient history, history, active. */
  constructor(target: ImportTarget, files: readonly StreambedFile[], options: ImportOptions) {
    const { core } = target;
    this.#target = target;
    this.#options = options;
    this.#scan = new TopicScan(files.map(({ name, chunks }) => new FileScan(name, chunks, { turn: () => core.runtime.turn() })));
    this.#batchBytes = Math.min(BATCH_BYTES, Math.floor(core.options.memtableBytes / 4));
    this.#stageAbove = stageAbove(core.options);
  }

  async run(): Promise<Imported> {
    try {
      for (let step = await this.#scan.next(); step !== 'end'; step = await this.#scan.next()) {
        if (step === 'record') await this.#take();
        else if (this.#scan.damage !== undefined) this.#report(this.#scan.damage);
      }
    } finally {
      await this.#scan.close();
      // Also after a file that cannot be read on: what was good before it is kept.
      await this.#flush();
    }
    const [first, last] = [this.#first, this.#last];
    return {
      ...{ records: this.#records, bytes: this.#bytes, duplicates: this.#scan.duplicates, damaged: this.#damaged },
      ...(first !== undefined && last !== undefined && { first, last }),
    };
  }

  async #take(): Promise<void> {
    const { view } = this.#scan;
    if (view.offset >= Number.MAX_SAFE_INTEGER) return this.#report(this.#tooHigh(view));
    const topic = this.#topic ?? (await this.#begin(view.offset));
    const size = view.end - view.start;
    const isLarge = view.valueEnd - view.valueStart > this.#stageAbove;
    if (this.#frames.length + (isLarge ? 0 : size) > this.#batchBytes) await this.#flush();
    const staged = isLarge ? await this.#stage(view) : undefined;
    this.#frames.copy(topic.id, PARTITION, view, staged);
    this.#first ??= view.offset;
    this.#last = view.offset;
    this.#records++;
    this.#bytes += size;
  }

  /** Everything that can be refused is, before the first record is written. */
  async #begin(first: Offset): Promise<LogTopic> {
    const topic = await this.#target.ensure();
    const { name, partitions } = topic;
    if (partitions !== 1)
      throw refused(`has ${partitions} partitions, and that system knows one only; import under another name`, { topic: name, partitions });
    const next = this.#target.next(topic);
    if (first < next) {
      const what = `goes on at offset ${next}, and the files begin with ${first}; import under another name, or drop it before`;
      throw refused(what, { topic: name, next, first });
    }
    this.#topic = topic;
    return topic;
  }

  async #stage(view: RecordView): Promise<StagedValue> {
    const staged = await this.#target.producer.stage(view.bytes.subarray(view.valueStart, view.valueEnd));
    this.#staged.push(staged);
    return staged;
  }

  async #flush(): Promise<void> {
    const topic = this.#topic;
    if (topic === undefined || this.#frames.count === 0) return;
    await this.#target.waitForRoom(topic);
    const staged = this.#staged;
    this.#staged = [];
    const written = this.#target.producer.copy(this.#frames, staged);
    // They are copied; after a failure they must not be tried again, since the large values are given back then.
    this.#frames.reset();
    await written;
  }

  #tooHigh({ start, end, offsetLow, offsetHigh }: RecordView): DamagedStretch {
    const { file = '', position } = this.#scan;
    const reason = `A whole record whose offset ${joined(offsetLow, offsetHigh)} is too high for JavaScript to count`;
    return { file, offset: position, bytes: end - start, reason };
  }

  #report(stretch: DamagedStretch): void {
    this.#damaged++;
    this.#options.onDamage?.(stretch);
  }
}

function refused(what: string, details: { topic: string; [detail: string]: string | number }): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Topic '${details.topic}' ${what}.`, { details });
}
