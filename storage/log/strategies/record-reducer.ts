import type { LogRecord, Offset } from '../../../protocol/log.ts';
import type { CompactionMap } from '../compaction-map.ts';
import type { PartCursor } from '../part-cursor.ts';
import { RecordView } from '../record.ts';
import type { Reducer } from './flat-reducers.ts';
import type { GuardedStrategy } from './guarded-strategy.ts';
import type { RecordReader } from './record-reader.ts';

/** What a user's strategy knows half-way; it cannot leave its thread. */
export interface RecordState {
  readonly state: unknown;
  readonly next: Offset;
  readonly overflowAt: Offset | undefined;
}

/** In-process, a function of the user's may take its time: the event loop is asked about every so many records. */
const RECORDS_BETWEEN_TURNS = 16;

/** A strategy of the user's over whole records, values included. */
export class RecordReducer implements Reducer {
  readonly #strategy: GuardedStrategy;
  readonly #records: RecordReader;
  readonly #turn: (() => Promise<void> | undefined) | undefined;
  readonly #state: unknown;
  readonly #view = new RecordView();
  overflowAt: Offset | undefined;
  next: Offset;
  records = 0;

  constructor(
    strategy: GuardedStrategy,
    records: RecordReader,
    { state, next, overflowAt }: RecordState,
    turn?: () => Promise<void> | undefined,
  ) {
    this.#strategy = strategy;
    this.#records = records;
    this.#state = state;
    this.next = next;
    this.overflowAt = overflowAt;
    this.#turn = turn;
  }

  async reduceBlock(cursor: PartCursor): Promise<void> {
    const view = this.#view;
    while (cursor.next(view)) {
      const { staged } = cursor;
      this.#reduce(staged === undefined ? this.#records.read(view) : await this.#records.of(view, staged));
      const turn = this.records % RECORDS_BETWEEN_TURNS === 0 ? this.#turn?.() : undefined;
      if (turn !== undefined) await turn;
    }
  }

  collect(turn?: () => Promise<void> | undefined): Promise<CompactionMap> {
    return this.#strategy.collect(this.#state, turn);
  }

  share(): undefined {
    return undefined;
  }

  halfWay(): RecordState {
    return { state: this.#state, next: this.next, overflowAt: this.overflowAt };
  }

  #reduce(record: LogRecord): void {
    const key = this.#strategy.key(record);
    if (key !== undefined && this.#strategy.reduce(this.#state, key, record)) this.overflowAt ??= record.offset;
    this.records++;
    this.next = record.offset + 1;
  }
}
