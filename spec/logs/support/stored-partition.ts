import { PartitionReader } from '../../../actors/logs/partition-reader.ts';
import type { TailWaiter } from '../../../actors/logs/partition-source.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import type { LogRecord, NewRecord, Offset } from '../../../protocol/log.ts';
import { LogTable } from '../../../storage/log/log-table.ts';
import type { LogPart, LogState, StagedValue } from '../../../storage/log/part.ts';
import { writeStaged } from '../../../storage/log/staged-values.ts';
import { frames, PartBench, type Stored, TOPIC, tableOf } from '../../log/support/parts.ts';
import { checksum } from '../../support/tables.ts';

const ID = { topic: 3, partition: 1 };

interface Kept {
  readonly stored: Stored;
  readonly record: LogRecord;
}

/** One partition as an engine keeps it, log tables and parts, without the engine. */
export class StoredPartition {
  readonly bench = new PartBench();
  /** Block size of the parts to come. */
  blockBytes = 120;
  leases = 0;
  turns = 0;
  /** What was produced and not compacted away. */
  kept: Kept[] = [];
  /** Produced or not: what readers may see ends here. */
  next: Offset = 0;
  #tables: LogTable[] = [LogTable.create(1 << 20)];
  #state: LogState = { ...ID, parts: [], agedTo: 0 };
  #gone: LithifyError | undefined;
  #deletable: LogPart[] = [];
  readonly #waiting = new Set<{ from: Offset; resolve: () => void }>();

  reader(): PartitionReader {
    return new PartitionReader({
      ...{ ...ID, name: TOPIC, blocks: this.bench.reader() },
      state: () => this.state,
      tables: () => this.#tables,
      offsets: () => {
        const { next, kept } = this;
        return { beginning: this.state && kept[0]?.record.offset, end: kept.at(-1)?.record.offset, next };
      },
      lease: () => {
        this.leases++;
        return { release: () => this.#release() };
      },
      turn: async () => void this.turns++,
      wait: (from) => this.#wait(from),
    });
  }

  get state(): LogState {
    if (this.#gone !== undefined) throw this.#gone;
    return this.#state;
  }

  get records(): LogRecord[] {
    return this.kept.map(({ record }) => record);
  }

  get reads(): number {
    return this.bench.blobs.reads.length;
  }

  get waiters(): number {
    return this.#waiting.size;
  }

  produce(...records: readonly NewRecord[]): void {
    for (const record of records) this.#append(record, undefined);
    this.#committed();
  }

  async produceStaged(value: Uint8Array, timestamp?: number): Promise<void> {
    const staged = await writeStaged({ blobs: this.bench.blobs, checksum }, this.bench.nextId++, value, 100);
    this.#append({ key: 1n, value, ...(timestamp !== undefined && { timestamp }) }, staged);
    this.#committed();
  }

  /** Records that are in memory and not committed yet. */
  apply(record: NewRecord): void {
    this.#append(record, undefined);
    this.kept.pop();
    this.next--;
  }

  /** The table is full: the next records go into another. */
  seal(): void {
    this.#tables = [...this.#tables, LogTable.create(1 << 20)];
  }

  /** Writes the oldest records of memory as a part; the tables keep them for now. */
  async age(to: Offset = this.next): Promise<void> {
    const from = this.#state.agedTo;
    if (to <= from) return;
    const parts = await this.bench.age(this.#tables, [{ ...ID, from, to }], { blockBytes: this.blockBytes });
    this.#state = { ...ID, parts: [...this.#state.parts, ...parts], agedTo: to };
  }

  /** Lets go of sealed tables whose records are all in parts. */
  dropAged(): void {
    const { agedTo } = this.#state;
    this.#tables = this.#tables.filter((table, at) => {
      const tail = table.tail(ID.topic, ID.partition);
      return at === this.#tables.length - 1 || (tail !== undefined && tail.last >= agedTo);
    });
  }

  /** Prepares what takes the parts' place, without what goes; the swap itself is one step. */
  async compaction(keep: (offset: Offset) => boolean): Promise<(options?: { evenWhenLeased?: boolean }) => void> {
    const { parts, agedTo } = this.#state;
    const left = this.kept.filter(({ stored }) => stored.offset < agedTo && keep(stored.offset)).map(({ stored }) => stored);
    const bench = this.bench;
    const range = { ...ID, from: 0, to: agedTo };
    const made = left.length === 0 ? [] : await bench.age([tableOf(left)], [range], { blockBytes: this.blockBytes });
    return ({ evenWhenLeased = false } = {}) => {
      this.#state = { ...this.#state, parts: [...made, ...this.#state.parts.filter((part) => !parts.includes(part))] };
      this.kept = this.kept.filter(({ stored }) => stored.offset >= agedTo || keep(stored.offset));
      this.#deletable.push(...parts);
      if (this.leases === 0 || evenWhenLeased) this.#delete();
    };
  }

  async compact(keep: (offset: Offset) => boolean): Promise<void> {
    (await this.compaction(keep))();
  }

  end(code: 'LITHIFY_NOT_FOUND' | 'LITHIFY_CLOSED'): void {
    this.#gone = new LithifyError(code, 'It is gone.');
    for (const part of this.#state.parts) this.bench.blobs.visible.delete(part.blob.id);
  }

  #append(record: NewRecord, staged: StagedValue | undefined): void {
    const offset = this.next++;
    const { key, timestamp } = record;
    const bytes = typeof record.value === 'string' ? new TextEncoder().encode(record.value) : record.value;
    const stored = {
      ...ID,
      key,
      value: staged ? new Uint8Array() : bytes,
      offset,
      ...(timestamp !== undefined && { timestamp }),
      ...(staged && { staged }),
    };
    const encoded = frames([stored]);
    this.#tables.at(-1)?.append(encoded, 0, encoded.length);
    const rest = { key, value: new Uint8Array(bytes), headers: [], ...(timestamp !== undefined && { timestamp }) };
    this.kept.push({ stored, record: { topic: TOPIC, partition: ID.partition, offset, ...rest } });
  }

  #committed(): void {
    for (const waiter of [...this.#waiting]) {
      if (waiter.from >= this.next) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  #wait(from: Offset): TailWaiter {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { from, resolve };
    this.#waiting.add(waiter);
    return { ready: promise, cancel: () => this.#waiting.delete(waiter) };
  }

  #release(): void {
    if (--this.leases === 0) this.#delete();
  }

  #delete(): void {
    for (const { blob } of this.#deletable.splice(0)) this.bench.blobs.visible.delete(blob.id);
  }
}
