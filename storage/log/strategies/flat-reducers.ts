import type { Offset } from '../../../protocol/log.ts';
import { type CompactionMap, flatMapOf } from '../compaction-map.ts';
import type { PartCursor } from '../part-cursor.ts';
import { RecordView } from '../record.ts';
import type { StrategySpec } from '../strategy.ts';
import { FlatOffsets, type SharedOffsets } from './flat-offsets.ts';
import { FlatQueues, type QueueLimits, type SharedQueues } from './flat-queues.ts';

/** A strategy's work on the records of one pass. */
export interface Reducer {
  /** Of the first record that there was no room for. */
  readonly overflowAt: Offset | undefined;
  /** Where the next record may be. */
  readonly next: Offset;
  /** Reduced so far. */
  readonly records: number;
  /** Reduces what is left of the cursor's block. */
  reduceBlock(cursor: PartCursor): Promise<void> | undefined;
  /** `turn`: in-process. */
  collect(turn?: () => Promise<void> | undefined): Promise<CompactionMap>;
  /** What goes on in another thread; undefined: it cannot. */
  share(): FlatState | undefined;
}

/** A built-in strategy's state, half-way. `maxKeys`, `n`: as the table was made for. */
export type FlatState =
  | { readonly kind: 'key'; readonly maxKeys: number; readonly table: SharedOffsets }
  | { readonly kind: 'nth'; readonly limits: QueueLimits; readonly table: SharedQueues };

export interface FlatPass {
  /** Records that there are to reduce; there cannot be more keys. */
  readonly records: number;
  /** Where the pass begins. 0: it is the first one. */
  readonly from: Offset;
  readonly resume?: { readonly state: FlatState; readonly next: Offset; readonly overflowAt?: Offset };
}

/** Built-in strategies over records as they lie in blocks: nothing is made for a record. */
export function flatReducer(spec: Extract<StrategySpec, { kind: 'key' | 'nth' }>, pass: FlatPass): Reducer {
  const reducer = spec.kind === 'key' ? new KeyReducer(spec, pass) : new NthReducer(spec, pass);
  reducer.next = pass.resume?.next ?? pass.from;
  reducer.overflowAt = pass.resume?.overflowAt;
  return reducer;
}

class KeyReducer implements Reducer {
  readonly #table: FlatOffsets;
  readonly #view = new RecordView();
  overflowAt: Offset | undefined;
  next: Offset = 0;
  records = 0;

  constructor({ maxKeys }: { maxKeys: number }, { records, resume }: FlatPass) {
    const state = resume?.state;
    this.#table = state?.kind === 'key' ? FlatOffsets.attach(state.table, state.maxKeys) : FlatOffsets.create(Math.min(maxKeys, records));
  }

  reduceBlock(cursor: PartCursor): undefined {
    const view = this.#view;
    const table = this.#table;
    while (cursor.next(view)) {
      if (!table.set(view.keyLow, view.keyHigh, view.offset)) this.overflowAt ??= view.offset;
      this.records++;
    }
    this.next = view.offset + 1;
  }

  async collect(): Promise<CompactionMap> {
    return flatMapOf(this.#table);
  }

  share(): FlatState {
    return { kind: 'key', maxKeys: this.#table.maxKeys, table: this.#table.share() };
  }
}

class NthReducer implements Reducer {
  readonly #table: FlatQueues;
  readonly #limits: QueueLimits;
  readonly #isLater: boolean;
  readonly #emptyCuts: boolean;
  readonly #view = new RecordView();
  overflowAt: Offset | undefined;
  next: Offset = 0;
  records = 0;

  constructor(spec: Extract<StrategySpec, { kind: 'nth' }>, { records, from, resume }: FlatPass) {
    const state = resume?.state;
    // One more than there are records is as good as any greater n: no queue is ever full.
    this.#limits = state?.kind === 'nth' ? state.limits : { maxKeys: Math.min(spec.maxKeys, records), n: Math.min(spec.n, records + 1) };
    this.#table = state?.kind === 'nth' ? FlatQueues.attach(state.table, this.#limits) : FlatQueues.create(this.#limits);
    this.#isLater = from > 0;
    this.#emptyCuts = spec.emptyIsTombstone === true;
  }

  reduceBlock(cursor: PartCursor): undefined {
    const view = this.#view;
    const table = this.#table;
    while (cursor.next(view)) {
      const cuts = this.#emptyCuts && view.valueStart === view.valueEnd && cursor.staged === undefined;
      if (!table.push(view.keyLow, view.keyHigh, view.offset, cuts)) this.overflowAt ??= view.offset;
      this.records++;
    }
    this.next = view.offset + 1;
  }

  async collect(turn?: () => Promise<void> | undefined): Promise<CompactionMap> {
    return flatMapOf(await this.#table.collect(this.#isLater, turn));
  }

  share(): FlatState {
    return { kind: 'nth', limits: this.#limits, table: this.#table.share() };
  }
}
