import type { PartitionSource, RecordBatch, TailWaiter } from '../../../actors/logs/partition-source.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import type { LogRecord, Offset, PartitionOffsets } from '../../../protocol/log.ts';

interface Waiter {
  readonly from: Offset;
  readonly resolve: () => void;
}

/** A topic partition as arrays: blocks of history, behind them memory. Reading a block can be made to take long. */
export class ModelPartition implements PartitionSource {
  readonly topic: string;
  readonly partition: number;
  /** All that was ever produced. */
  readonly produced: LogRecord[] = [];
  /** Memory gives so many at a time. */
  memoryBatch = 3;
  /** A failure that reading meets from this offset on. */
  damaged: Offset | undefined;
  reads = 0;
  #blocks: LogRecord[][] = [];
  #memory: LogRecord[] = [];
  #agedTo = 0;
  #gone: LithifyError | undefined;
  readonly #waiters = new Set<Waiter>();
  /** Reads that were begun and not let through yet. */
  #held: (() => void)[] | undefined;

  constructor(topic = 'topic', partition = 0) {
    this.topic = topic;
    this.partition = partition;
  }

  get waiters(): number {
    return this.#waiters.size;
  }

  get heldReads(): number {
    return this.#held?.length ?? 0;
  }

  /** What a reader that begins now would get. */
  get kept(): LogRecord[] {
    return [...this.#blocks.flat(), ...this.#memory];
  }

  produce(count: number, timestamp?: number): LogRecord[] {
    const records = Array.from({ length: count }, () => this.#append(timestamp));
    for (const waiter of [...this.#waiters]) {
      if (waiter.from < this.produced.length) this.#wake(waiter);
    }
    return records;
  }

  /** Moves the oldest records from memory to history, as blocks of so many. */
  age(count: number, blockRecords: number): void {
    const aged = this.#memory.splice(0, count);
    if (aged.length === 0) return;
    this.#agedTo = aged[aged.length - 1].offset + 1;
    this.#blocks.push(...blocksOf(aged, blockRecords));
  }

  /** Drops records of history and cuts the rest into new blocks. */
  compact(keep: (record: LogRecord) => boolean, blockRecords: number): void {
    this.#blocks = blocksOf(this.#blocks.flat().filter(keep), blockRecords);
  }

  end(code: 'LITHIFY_NOT_FOUND' | 'LITHIFY_CLOSED'): void {
    this.#gone = new LithifyError(code, 'It is gone.');
    for (const waiter of [...this.#waiters]) this.#wake(waiter);
  }

  /** Reads take until `letThrough`. */
  hold(): void {
    this.#held ??= [];
  }

  letThrough(count = Number.POSITIVE_INFINITY): void {
    for (const go of this.#held?.splice(0, count) ?? []) go();
  }

  letAllThrough(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const go of held ?? []) go();
  }

  read(from: Offset): Promise<RecordBatch | undefined> | RecordBatch | undefined {
    this.reads++;
    if (this.#gone !== undefined) throw this.#gone;
    const batch = this.#batchAt(from);
    const held = this.#held;
    if (held === undefined) return batch !== undefined && from < this.#agedTo ? Promise.resolve(batch) : batch;
    return new Promise((resolve) => held.push(() => resolve(batch)));
  }

  async seekTime(ms: number): Promise<Offset | undefined> {
    return this.kept.find(({ timestamp }) => timestamp !== undefined && timestamp >= ms)?.offset;
  }

  wait(from: Offset): TailWaiter {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { from, resolve };
    this.#waiters.add(waiter);
    return { ready: promise, cancel: () => this.#waiters.delete(waiter) };
  }

  offsets(): PartitionOffsets {
    if (this.#gone !== undefined) throw this.#gone;
    const { kept } = this;
    return { beginning: kept[0]?.offset, end: kept.at(-1)?.offset, next: this.produced.length };
  }

  #batchAt(from: Offset): RecordBatch | undefined {
    if (this.damaged !== undefined && from >= this.damaged) throw new LithifyError('LITHIFY_CORRUPTION', 'A block is damaged.');
    const block = this.#blocks.find((records) => records[records.length - 1].offset >= from);
    const records = (block ?? this.#memory.slice(0)).filter(({ offset }) => offset >= from).slice(0, block ? undefined : this.memoryBatch);
    if (records.length > 0) return { records, next: records[records.length - 1].offset + 1 };
    return from < this.produced.length ? { records, next: this.produced.length } : undefined;
  }

  #append(timestamp: number | undefined): LogRecord {
    const { topic, partition } = this;
    const offset = this.produced.length;
    const rest = { key: BigInt(offset), value: new Uint8Array(), headers: [], ...(timestamp !== undefined && { timestamp }) };
    const record = { topic, partition, offset, ...rest };
    this.produced.push(record);
    this.#memory.push(record);
    return record;
  }

  #wake(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    waiter.resolve();
  }
}

function blocksOf(records: readonly LogRecord[], size: number): LogRecord[][] {
  const count = Math.ceil(records.length / size);
  return Array.from({ length: count }, (_, at) => records.slice(at * size, (at + 1) * size));
}
