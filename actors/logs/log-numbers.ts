import type { Offset, TopicId } from '../../protocol/log.ts';
import type { LogCatalog } from '../../storage/log/catalog.ts';
import type { FrameBuilder, Numbered } from '../../storage/log/frame-builder.ts';
import type { LogTable } from '../../storage/log/log-table.ts';
import { type PartitionId, partitionNumber } from '../../storage/log/part.ts';

/**
 * The next offset of every partition, twice: as committed, and as promised to records that wait for their commit. When
 * a group is refused those behind it are numbered anew, so that offsets have no gaps but those that compactions make and
 * imports bring.
 */
export class LogNumbers {
  readonly #committed = new Map<number, Offset>();
  readonly #promised = new Map<number, Offset>();

  /** What the manifest and the replayed log know. */
  static of(catalog: LogCatalog, tables: readonly LogTable[]): LogNumbers {
    const numbers = new LogNumbers();
    for (const { topic, partition, agedTo } of catalog.partitions.values())
      numbers.#committed.set(partitionNumber(topic, partition), agedTo);
    for (const table of tables) {
      for (const { topic, partition, last } of table.tails()) {
        const key = partitionNumber(topic, partition);
        numbers.#committed.set(key, Math.max(numbers.#committed.get(key) ?? 0, last + 1));
      }
    }
    return numbers;
  }

  /** One above the newest record that is acknowledged, or about to be. */
  next(topic: TopicId, partition: number): Offset {
    return this.#committed.get(partitionNumber(topic, partition)) ?? 0;
  }

  promise(topic: TopicId, partition: number): Offset {
    const offset = this.#promisedNext(topic, partition);
    this.#promised.set(partitionNumber(topic, partition), offset + 1);
    return offset;
  }

  /** Were these offsets given to nobody yet, not even promised? */
  areFree(numbered: readonly Numbered[]): boolean {
    return numbered.every(({ topic, partition, base }) => base >= this.#promisedNext(topic, partition));
  }

  /** Records that come with their offsets have these; what follows is numbered behind them. */
  reserve(numbered: readonly Numbered[]): void {
    for (const { topic, partition, next } of numbered) this.#promised.set(partitionNumber(topic, partition), next);
  }

  /** Will these be the next ones? */
  areNext(numbered: readonly Numbered[]): boolean {
    for (const { topic, partition, base } of numbered) if (base !== this.next(topic, partition)) return false;
    return true;
  }

  commit(numbered: readonly Numbered[]): void {
    for (const { topic, partition, next } of numbered) this.#committed.set(partitionNumber(topic, partition), next);
  }

  /** After a refusal: `queued` are the groups that still wait, oldest first. */
  renumber(queued: Iterable<FrameBuilder>): void {
    this.#promised.clear();
    for (const frames of queued) {
      if (frames.isFixed) this.reserve(frames.numbered);
      else frames.renumber((numbered) => this.#promiseMany(numbered));
    }
  }

  #promiseMany({ topic, partition, count }: PartitionId & { count: number }): Offset {
    const base = this.#promisedNext(topic, partition);
    this.#promised.set(partitionNumber(topic, partition), base + count);
    return base;
  }

  #promisedNext(topic: TopicId, partition: number): Offset {
    return this.#promised.get(partitionNumber(topic, partition)) ?? this.next(topic, partition);
  }
}
