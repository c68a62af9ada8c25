import { AbstractIterator, type AbstractIteratorOptions, type AbstractSnapshot } from 'abstract-level';
import { NO_ENTRIES } from '../actors/parked.ts';
import { compareBytes, type KeyRange } from '../storage/entry.ts';
import { type Cursor, next, Step } from '../storage/merge/cursor.ts';
import type { Copies } from './copies.ts';
import { aborted } from './level-errors.ts';
import { halfOpen, type LevelRange } from './range.ts';
import type { Moment, ScanRange } from './source.ts';
import { type Format, fromBytes, type TextOrBytes, toBytes } from './text.ts';

export interface LevelIteratorOptions extends LevelRange {
  readonly reverse: boolean;
  readonly limit: number;
  readonly keys: boolean;
  readonly values: boolean;
  readonly keyEncoding: Format;
  readonly valueEncoding: Format;
  /** Keep the blocks that are read in the block cache; as in classic-level, scans do not unless asked to. */
  readonly fillCache?: boolean;
  readonly snapshot?: AbstractSnapshot | null;
  readonly signal?: AbortSignal | null;
}

/** What an iterator needs of its database. */
export interface IteratorParts {
  /** undefined: now. */
  readonly at: Moment | undefined;
  readonly open: (range: ScanRange) => { cursor: Cursor; release(): void };
  readonly copies: Copies;
  readonly turn: () => Promise<void>;
}

/** How many entries one turn of the event loop may cost. */
const ENTRIES_PER_TURN = 1000;

/** Entries of one fixed view, decoded block by block in this thread. */
export class LevelIterator<K, V> extends AbstractIterator<object, K, V> {
  readonly #range: KeyRange;
  readonly #scan: Cursor;
  /** The scan, or nothing after a seek beyond the range. */
  #cursor: Cursor;
  readonly #release: () => void;
  readonly #copies: Copies;
  readonly #turn: () => Promise<void>;
  /** Entries given since the event loop last had a turn. */
  #sinceTurn = 0;
  /** undefined: not asked for. */
  readonly #keys: Format | undefined;
  readonly #values: Format | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor(db: object, options: LevelIteratorOptions, { at, open, copies, turn }: IteratorParts) {
    // abstract-level has normalised them already; its public type asks for the form that users write.
    super(db, options as unknown as AbstractIteratorOptions<K, V>);
    const { reverse, fillCache } = options;
    this.#range = halfOpen(options);
    const { cursor, release } = open({ ...this.#range, reverse, fillCache: fillCache === true, ...(at && { at }) });
    this.#scan = this.#cursor = cursor;
    this.#release = release;
    this.#copies = copies;
    this.#turn = turn;
    this.#keys = options.keys ? options.keyEncoding : undefined;
    this.#values = options.values ? options.valueEncoding : undefined;
    this.#signal = options.signal ?? undefined;
  }

  /** abstract-level awaits whatever it gets: an entry that is in memory needs no promise. */
  _next(): [K, V] | undefined | Promise<[K, V] | undefined> {
    if (++this.#sinceTurn > ENTRIES_PER_TURN || this.#signal !== undefined) return this.#nextLater();
    const step = this.#cursor.step();
    if (step === Step.entry) return this.#entry();
    return step === Step.end ? undefined : this.#nextFilled();
  }

  async _nextv(size: number): Promise<[K, V][]> {
    if (this.#sinceTurn >= ENTRIES_PER_TURN) await this.#takeTurn();
    if (this.#signal !== undefined) await this.#heard(this.#signal);
    const entries: [K, V][] = [];
    const wanted = Math.min(size, ENTRIES_PER_TURN);
    while (entries.length < wanted) {
      const step = this.#cursor.step();
      if (step === Step.entry) entries.push(this.#entry());
      else if (step === Step.end) break;
      // What is there is given before the store is waited for.
      else if (entries.length > 0 && entries.length * 2 > wanted) return entries;
      else await this.#filled();
    }
    this.#sinceTurn += entries.length;
    return entries;
  }

  /** Beyond the range there is nothing, as in classic-level: the iterator is at its end until it is sent back into it. */
  _seek(target: TextOrBytes): void {
    const key = toBytes(target);
    const { gte, lt } = this.#range;
    const isWithin = (gte === undefined || compareBytes(key, gte) >= 0) && (lt === undefined || compareBytes(key, lt) < 0);
    this.#cursor = isWithin ? this.#scan : NO_ENTRIES;
    this.#cursor.seek(key);
  }

  async _close(): Promise<void> {
    this.#release();
  }

  async #takeTurn(): Promise<void> {
    this.#sinceTurn = 0;
    await this.#turn();
  }

  async #nextLater(): Promise<[K, V] | undefined> {
    if (this.#sinceTurn > ENTRIES_PER_TURN) await this.#takeTurn();
    if (this.#signal !== undefined) await this.#heard(this.#signal);
    const step = this.#cursor.step();
    if (step === Step.entry) return this.#entry();
    return step === Step.end ? undefined : this.#nextFilled();
  }

  async #nextFilled(): Promise<[K, V] | undefined> {
    await this.#filled();
    return (await next(this.#cursor)) ? this.#entry() : undefined;
  }

  async #filled(): Promise<void> {
    await this.#cursor.fill();
    if (this.#signal?.aborted) throw aborted();
  }

  /** Whoever calls gets to abort what is in memory already, too. */
  async #heard(signal: AbortSignal): Promise<void> {
    await undefined;
    if (signal.aborted) throw aborted();
  }

  #entry(): [K, V] {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = this.#cursor;
    const key = this.#keys && this.#given(this.#keys, bytes, keyStart, keyEnd);
    const value = this.#values && this.#given(this.#values, bytes, valueStart, valueEnd);
    // abstract-level decodes them to K and V before anybody sees them.
    return [key, value] as unknown as [K, V];
  }

  /** What the cursor stands on is shared with every other reader. */
  #given(format: Format, bytes: Uint8Array, start: number, end: number): TextOrBytes {
    return format === 'utf8' ? fromBytes(bytes, start, end) : this.#copies.of(bytes, start, end);
  }
}
