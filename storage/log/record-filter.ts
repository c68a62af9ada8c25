import { type LogRecord, MAX_U64, type Offset } from '../../protocol/log.ts';
import type { CompactionMap } from './compaction-map.ts';
import type { LogPart } from './part.ts';
import type { RecordView } from './record.ts';
import { FlatOffsets, NO_OFFSET } from './strategies/flat-offsets.ts';
import type { GuardedStrategy } from './strategies/guarded-strategy.ts';

/** `ask`: a function of the user's must see the record first. `tombstone`: kept, but a later compaction may drop it. */
export const Verdict = { drop: 0, keep: 1, ask: 2, tombstone: 3 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export interface FilterOptions {
  readonly map?: CompactionMap;
  /** Whose functions say what a record's key is, and which are tombstones. */
  readonly strategy?: GuardedStrategy;
  readonly emptyIsTombstone: boolean;
  readonly olderThan?: number;
  readonly tombstonesOlderThan?: number;
  readonly keepFrom?: Offset;
  /** The map is of one pass of several: of a key that it does not have, another pass decides. */
  readonly isOneOfSeveral?: boolean;
}

/** What goes and what stays in a rewrite (RewriteRules in job.ts). Makes nothing for a record unless it has to ask. */
export class RecordFilter {
  readonly #flat: FlatOffsets | undefined;
  readonly #entries: ReadonlyMap<bigint | string, Offset> | undefined;
  readonly #strategy: GuardedStrategy | undefined;
  readonly #emptyIsTombstone: boolean;
  readonly #olderThan: number;
  readonly #tombstonesOlderThan: number;
  readonly #keepFrom: Offset;
  readonly #isOneOfSeveral: boolean;
  /** Does it say which of the records that it keeps are tombstones? */
  readonly marksTombstones: boolean;
  /** Records below it go, to keep the log's size. */
  floor: Offset = 0;

  constructor({ map, strategy, emptyIsTombstone, olderThan, tombstonesOlderThan, keepFrom, isOneOfSeveral }: FilterOptions) {
    this.#flat = map?.kind === 'flat' ? FlatOffsets.attach(map) : undefined;
    this.#entries = map?.kind === 'map' ? map.entries : undefined;
    this.#strategy = strategy;
    this.#emptyIsTombstone = emptyIsTombstone;
    this.#olderThan = olderThan ?? Number.NEGATIVE_INFINITY;
    this.#tombstonesOlderThan = tombstonesOlderThan ?? Number.NEGATIVE_INFINITY;
    this.#keepFrom = keepFrom ?? Number.POSITIVE_INFINITY;
    this.#isOneOfSeveral = isOneOfSeveral ?? false;
    this.marksTombstones = map !== undefined;
  }

  /** `agedAt`: of its part. */
  judge(view: RecordView, isStaged: boolean, agedAt: number): Verdict {
    const { offset } = view;
    if (offset >= this.#keepFrom) return this.#judgeKept(view, isStaged);
    const time = timeOf(view, agedAt);
    if (offset < this.floor || time < this.#olderThan) return Verdict.drop;
    if (this.#strategy?.hasOwnKey && (this.#flat ?? this.#entries) !== undefined) return Verdict.ask;
    const minimum = this.#minimumOfView(view);
    if (offset < minimum) return Verdict.drop;
    if (!this.#mayGo(offset, minimum)) return Verdict.keep;
    const verdict = this.#judgeKept(view, isStaged);
    return verdict === Verdict.tombstone && offset === minimum && time < this.#tombstonesOlderThan ? Verdict.drop : verdict;
  }

  /** The answer where `judge` asked. `record`: what the view points at. */
  answer(record: LogRecord, view: RecordView, agedAt: number): Verdict {
    const { offset } = record;
    const isHeld = offset >= this.#keepFrom;
    const key = this.#strategy === undefined ? record.key : this.#strategy.key(record);
    if (key === undefined) return Verdict.keep;
    const minimum = this.#minimumOf(key);
    if (!isHeld && offset < minimum) return Verdict.drop;
    if (!(isHeld || this.#mayGo(offset, minimum)) || !this.#strategy?.tombstone(record)) return Verdict.keep;
    return !isHeld && offset === minimum && timeOf(view, agedAt) < this.#tombstonesOlderThan ? Verdict.drop : Verdict.tombstone;
  }

  /** Is it a tombstone, of a record that stays at least until that is known? */
  #judgeKept({ valueStart, valueEnd }: RecordView, isStaged: boolean): Verdict {
    if (this.#strategy?.hasTombstones === true) return Verdict.ask;
    return this.#emptyIsTombstone && valueStart === valueEnd && !isStaged ? Verdict.tombstone : Verdict.keep;
  }

  /** Would a tombstone go, now or in another pass, once it is old enough? Not while there may be older records of its key. */
  #mayGo(offset: Offset, minimum: Offset): boolean {
    return offset === minimum || (minimum === NO_OFFSET && this.#isOneOfSeveral);
  }

  /** Can it be seen from outside that every record of the part goes? */
  dropsAll({ lastOffset, maxTimestamp, untimed, agedAt }: LogPart): boolean {
    if (lastOffset >= this.#keepFrom) return false;
    const newest = Math.max(maxTimestamp ?? Number.NEGATIVE_INFINITY, untimed > 0 ? agedAt : Number.NEGATIVE_INFINITY);
    return lastOffset < this.floor || newest < this.#olderThan;
  }

  /** NO_OFFSET, which is below all offsets: nothing is known about the key. */
  #minimumOfView(view: RecordView): Offset {
    if (this.#flat !== undefined) return this.#flat.get(view.keyLow, view.keyHigh);
    return this.#entries?.get(view.key) ?? NO_OFFSET;
  }

  #minimumOf(key: bigint | string): Offset {
    if (this.#flat === undefined) return this.#entries?.get(key) ?? NO_OFFSET;
    if (typeof key === 'string' || key < 0n || key > MAX_U64) return NO_OFFSET;
    return this.#flat.get(Number(key & 0xffffffffn), Number(key >> 32n));
  }
}

function timeOf({ timestamp }: RecordView, agedAt: number): number {
  return Number.isNaN(timestamp) ? agedAt : timestamp;
}
