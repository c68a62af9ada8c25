import type { LogRecord, NewRecord, Offset, PartitionOffsets } from '../../../index.ts';
import type { Retention } from './retentions.ts';

const utf8 = new TextEncoder();

/** Of one partition: everything that was produced, and what of it may be gone, or is. */
export class PartitionModel {
  readonly topic: string;
  readonly partition: number;
  /** By offset; the last of them may still be on their way. */
  readonly produced: LogRecord[] = [];
  /** Those below this are acknowledged. */
  acknowledged: Offset = 0;
  /** Some strategy had no need of them. */
  readonly #dispensable = new Set<Offset>();
  /** Were not there when somebody read. */
  readonly #gone = new Set<Offset>();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get next(): Offset {
    return this.produced.length;
  }

  add({ key, value, headers = [], timestamp }: NewRecord): LogRecord {
    const { topic, partition, next: offset } = this;
    const bytes = typeof value === 'string' ? utf8.encode(value) : value;
    const record = { topic, partition, offset, key, value: bytes, headers, ...(timestamp !== undefined && { timestamp }) };
    this.produced.push(record);
    return record;
  }

  /** What was never acknowledged, and a crash took. */
  cut(next: Offset): void {
    for (const { offset } of this.produced.splice(next)) this.#dispensable.delete(offset);
    this.acknowledged = next;
  }

  /** From now on a compaction may take whatever this retention does not keep. */
  mayCompact({ keeps }: Retention): void {
    const kept = new Set(keeps(this.produced));
    for (const record of this.produced) if (!kept.has(record)) this.#dispensable.add(record.offset);
  }

  /** Those that must be there whatever was compacted meanwhile. */
  get indispensable(): LogRecord[] {
    return this.produced.filter(({ offset }) => !this.#dispensable.has(offset));
  }

  /** What is wrong with what a reader saw that began at `from` and read up to `to`; absent: to what it saw last. undefined: nothing. */
  faultIn(seen: readonly LogRecord[], from: Offset, to?: Offset): string | undefined {
    let last = from - 1;
    for (const record of seen) {
      const { offset } = record;
      if (offset <= last) return `offset ${offset} came after ${last}`;
      if (describe(record) !== describe(this.produced[offset]))
        return `offset ${offset} is ${describe(record)}, and was produced as ${describe(this.produced[offset])}`;
      if (this.#gone.has(offset)) return `offset ${offset} came back after it had been compacted away`;
      last = offset;
    }
    const end = to ?? last;
    const given = new Set(seen.map(({ offset }) => offset));
    const missed = this.indispensable.find(({ offset }) => offset >= from && offset < end && !given.has(offset));
    return missed && `offset ${missed.offset} (key ${missed.key}) was left out, of ${[...given].join()}`;
  }

  /** What a reader of everything from `from` on did not see is not there any more. */
  noteGone(seen: readonly LogRecord[], from: Offset, to: Offset): void {
    const given = new Set(seen.map(({ offset }) => offset));
    for (let offset = from; offset < to; offset++) if (!given.has(offset)) this.#gone.add(offset);
  }

  faultInOffsets({ beginning, end, next }: PartitionOffsets): string | undefined {
    if (next !== this.next) return `the next offset is ${next}, and ${this.next} were given`;
    const kept = this.indispensable;
    if (kept.length > 0 && !(beginning !== undefined && beginning <= kept[0].offset)) return `it begins at ${beginning}`;
    if (kept.length > 0 && !(end !== undefined && end >= (kept.at(-1)?.offset ?? 0))) return `it ends at ${end}`;
    if ((beginning === undefined) !== (end === undefined) || (end ?? 0) < (beginning ?? 0)) return `it goes from ${beginning} to ${end}`;
    return end !== undefined && end >= next ? `it ends at ${end}, before the next offset ${next} was given` : undefined;
  }
}

/** One life of a topic, from when it is made until it is dropped. */
export class TopicModel {
  readonly name: string;
  readonly partitions: readonly PartitionModel[];
  /** By group and partition. */
  readonly groups = new Map<string, Offset>();

  constructor(name: string, partitions: number) {
    this.name = name;
    this.partitions = Array.from({ length: partitions }, (_, partition) => new PartitionModel(name, partition));
  }

  partitionOf({ key, partition }: NewRecord): PartitionModel {
    return this.partitions[partition ?? Number(key % BigInt(this.partitions.length))];
  }
}

/** Everything of a record, as a text to compare. */
export function describe(record: LogRecord | undefined): string {
  if (record === undefined) return 'nothing';
  const { topic, partition, offset, key, value, headers, timestamp, ...rest } = record;
  const head = headers.map((header) => `${header.key}=${Buffer.from(header.value).toString('hex')}`).join();
  return `${topic}/${partition}/${offset} ${key} [${head}] ${timestamp} ${value.length}:${Buffer.from(value).toString('base64')}${Object.keys(rest)}`;
}
