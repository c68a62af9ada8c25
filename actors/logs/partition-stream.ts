import { LithifyError } from '../../protocol/errors.ts';
import type { LogRecord, Offset } from '../../protocol/log.ts';
import type { PartitionSource, RecordBatch, TailWaiter } from './partition-source.ts';
import type { Start } from './subscribe-options.ts';

/** One partition on its way from where it was told to start to the end, and on from there; one call at a time. */
export class PartitionStream {
  readonly #source: PartitionSource;
  readonly #onNews: () => void;
  /** A time that is still to be looked up. */
  #time: number | undefined;
  /** Everything below has been given, or was not asked for. */
  #position: Offset;
  #waiter: TailWaiter | undefined;

  constructor(source: PartitionSource, start: Start, onNews: () => void) {
    this.#source = source;
    this.#onNews = onNews;
    const isOffset = start !== 'end' && 'offset' in start;
    // What a call of subscribe does not see yet comes later: the end is where it is now, not at the first pull.
    this.#position = isOffset ? start.offset : source.offsets().next;
    this.#time = start !== 'end' && 'time' in start ? start.time : undefined;
  }

  /** It has given all there was, and will tell of more. */
  get isWaiting(): boolean {
    return this.#waiter !== undefined;
  }

  /** There are records that it has not given. */
  get isBehind(): boolean {
    const { end, next } = this.#source.offsets();
    return end !== undefined && end >= this.#position && next > this.#position;
  }

  /** The next records, at least one; undefined: it is at the end, and calls `onNews` once when there is more. */
  async read(): Promise<readonly LogRecord[] | undefined> {
    if (this.#time !== undefined) await this.#locate(this.#time);
    for (;;) {
      const batch = await this.#source.read(this.#position);
      if (batch === undefined) return this.#watch();
      this.#position = this.#checked(batch).next;
      if (batch.records.length > 0) return batch.records;
    }
  }

  stopWaiting(): void {
    this.#waiter?.cancel();
    this.#waiter = undefined;
  }

  async #locate(time: number): Promise<void> {
    this.#position = (await this.#source.seekTime(time)) ?? this.#position;
    this.#time = undefined;
  }

  #watch(): undefined {
    const waiter = this.#source.wait(this.#position);
    this.#waiter = waiter;
    const wake = () => {
      if (this.#waiter !== waiter) return;
      this.#waiter = undefined;
      this.#onNews();
    };
    waiter.ready.then(wake, wake);
    // It may have come while the answer that there is none was on its way.
    if (this.isBehind) this.stopWaiting();
  }

  /** Everything that a subscription promises about order hangs on this. */
  #checked(batch: RecordBatch): RecordBatch {
    const { records, next } = batch;
    const first = records[0]?.offset ?? this.#position;
    const last = records.at(-1)?.offset ?? this.#position;
    if (first >= this.#position && last >= first && next > last) return batch;
    const { topic, partition } = this.#source;
    const details = { topic, partition, from: this.#position, first, last, next };
    throw new LithifyError('LITHIFY_INTERNAL', `Reading partition ${partition} of topic '${topic}' from ${this.#position} went astray.`, {
      details,
    });
  }
}
