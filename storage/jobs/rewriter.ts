import type { Offset } from '../../protocol/log.ts';
import { type AgeLimits, ageCell } from '../log/age-cells.ts';
import { type BlobExtent, type LogPart, oldestTombstoneOf, type PartitionId, type StagedValue } from '../log/part.ts';
import type { PartCursor } from '../log/part-cursor.ts';
import type { PartWriter } from '../log/part-writer.ts';
import { RecordView } from '../log/record.ts';
import { type RecordFilter, Verdict } from '../log/record-filter.ts';
import type { RecordReader } from '../log/strategies/record-reader.ts';

/** Why the rewriter stands still. `ask`: a function of the user's must see the record. `wait`: the store does not take more now. */
export const Halt = { block: 0, wait: 1, ask: 2 } as const;
export type Halt = (typeof Halt)[keyof typeof Halt];

export interface RewriterOptions {
  readonly writer: PartWriter;
  readonly filter: RecordFilter;
  readonly records: RecordReader;
  readonly partition: PartitionId;
  readonly partBytes: number;
  readonly ages: AgeLimits & { readonly newest: number };
}

/** What an index takes of a part: a little for itself, and an entry a block. */
const INDEX_BYTES = 64;
const INDEX_ENTRY_BYTES = 40;

/** Copies what the filter keeps, byte by byte, in one synchronous loop that makes nothing for a record. */
export class Rewriter {
  readonly #options: RewriterOptions;
  readonly #view = new RecordView();
  #cursor: PartCursor | undefined;
  /** Of the part that records come from. */
  #agedAt = Number.NEGATIVE_INFINITY;
  #isUntimed = false;
  #cell = Number.NEGATIVE_INFINITY;
  /** What is known of its tombstones, where the filter does not look for them. */
  #tombstone = Number.POSITIVE_INFINITY;
  /** Of the part under way: of those that its records came from. */
  #outAgedAt = Number.NEGATIVE_INFINITY;
  #outUntimed = false;
  #outCell = Number.NEGATIVE_INFINITY;
  #outTombstone = Number.POSITIVE_INFINITY;
  #outUntimedTombstone = false;
  /** Where the value is of the record that is asked about. */
  #asked: StagedValue | undefined;
  readonly parts: LogPart[] = [];
  readonly dropped: BlobExtent[] = [];
  recordsIn = 0;
  recordsOut = 0;
  /** What `wait` waits for. */
  pending: Promise<void> | undefined;

  constructor(options: RewriterOptions) {
    this.#options = options;
    options.writer.begin(options.partition);
  }

  /** Where the next record may be. */
  get next(): Offset {
    return this.#view.offset + 1;
  }

  /** Records come from this part now. */
  enter(part: LogPart, cursor: PartCursor): void {
    const { ages, filter } = this.#options;
    this.#cursor = cursor;
    this.#tombstone = filter.marksTombstones ? Number.POSITIVE_INFINITY : oldestTombstoneOf(part);
    this.#agedAt = part.agedAt;
    this.#isUntimed = part.untimed > 0;
    this.#cell = ageCell(part.agedAt, ages, ages.newest);
    const mayJoin = this.#cell === this.#outCell || !(this.#isUntimed || this.#outUntimed);
    if (this.#outAgedAt !== Number.NEGATIVE_INFINITY && !mayJoin) this.#endPart();
  }

  /** All of the part goes; nobody has read it. */
  skip(part: LogPart): void {
    this.recordsIn += part.records;
    this.dropped.push(...part.staged);
  }

  /** Before a block's records are copied: would the part grow too large? */
  isFullFor(bytes: number): boolean {
    const { writer, partBytes } = this.#options;
    if (writer.blocks === 0) return false;
    return writer.bytes + bytes + INDEX_BYTES + INDEX_ENTRY_BYTES * (writer.blocks + 2) > partBytes;
  }

  run(): Halt {
    const view = this.#view;
    const agedAt = this.#agedAt;
    const cursor = this.#cursor;
    const { filter } = this.#options;
    while (cursor?.next(view)) {
      const { staged } = cursor;
      this.recordsIn++;
      const verdict = filter.judge(view, staged !== undefined, agedAt);
      if (verdict === Verdict.ask) {
        this.#asked = staged;
        return Halt.ask;
      }
      if (verdict === Verdict.drop) this.#drop(staged);
      else if (this.#keep(staged, verdict)) return Halt.wait;
    }
    return Halt.block;
  }

  /** After `ask`. */
  async answer(): Promise<void> {
    const { filter, records } = this.#options;
    const record = await records.of(this.#view, this.#asked);
    const verdict = filter.answer(record, this.#view, this.#agedAt);
    if (verdict === Verdict.drop) this.#drop(this.#asked);
    else if (this.#keep(this.#asked, verdict)) await this.pending;
  }

  /** Makes what was written durable. */
  async finish(): Promise<void> {
    this.#endPart();
    this.parts.push(...(await this.#options.writer.close()));
  }

  #drop(staged: StagedValue | undefined): void {
    if (staged !== undefined) this.dropped.push(staged);
  }

  /** true: wait before the next. */
  #keep(staged: StagedValue | undefined, verdict: Verdict): boolean {
    const { bytes, start, end } = this.#view;
    if (verdict === Verdict.tombstone) this.#noteTombstone();
    else if (this.#tombstone < this.#outTombstone) this.#outTombstone = this.#tombstone;
    this.recordsOut++;
    if (this.#outAgedAt < this.#agedAt) this.#outAgedAt = this.#agedAt;
    this.#outUntimed ||= this.#isUntimed;
    this.#outCell = this.#cell;
    this.pending = this.#options.writer.add(bytes, start, end, staged, this.#view);
    return this.pending !== undefined;
  }

  #noteTombstone(): void {
    const { timestamp } = this.#view;
    if (Number.isNaN(timestamp)) this.#outUntimedTombstone = true;
    else if (timestamp < this.#outTombstone) this.#outTombstone = timestamp;
  }

  #endPart(): void {
    const { writer, partition } = this.#options;
    const agedAt = this.#outAgedAt;
    const oldestTombstone = Math.min(this.#outTombstone, this.#outUntimedTombstone ? agedAt : Number.POSITIVE_INFINITY);
    writer.endPart({ agedAt, compacted: true, ...(Number.isFinite(oldestTombstone) && { oldestTombstone }) });
    this.#outTombstone = Number.POSITIVE_INFINITY;
    this.#outUntimedTombstone = false;
    writer.begin(partition);
    this.#outAgedAt = Number.NEGATIVE_INFINITY;
    this.#outUntimed = false;
  }
}
