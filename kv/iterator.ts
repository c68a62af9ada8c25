import { AbstractIterator, type AbstractIteratorOptions } from 'abstract-level';
import { type Cursor, next, Step } from '../storage/merge/cursor.ts';
import type { Copies } from './copies.ts';
import type { Level } from './level.ts';
import { halfOpen, type LevelRange } from './range.ts';
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
}

/** What an iterator needs of its database. */
export interface IteratorParts {
  readonly open: (range: ReturnType<typeof halfOpen> & { reverse: boolean; fillCache: boolean }) => { cursor: Cursor; release(): void };
  readonly copies: Copies;
  readonly turn: () => Promise<void>;
}

/** How many entries one turn of the event loop may cost. */
const ENTRIES_PER_TURN = 1000;

/** Entries of one fixed view, decoded block by block in this thread. */
export class LevelIterator<K, V> extends AbstractIterator<Level<K, V>, K, V> {
  readonly #cursor: Cursor;
  readonly #release: () => void;
  readonly #copies: Copies;
  readonly #turn: () => Promise<void>;
  /** Entries given since the event loop last had a turn. */
  #sinceTurn = 0;
  /** undefined: not asked for. */
  readonly #keys: Format | undefined;
  readonly #values: Format | undefined;

  constructor(db: Level<K, V>, options: LevelIteratorOptions, { open, copies, turn }: IteratorParts) {
    // abstract-level has normalised them already; its public type asks for the form that users write.
    super(db, options as unknown as AbstractIteratorOptions<K, V>);
    const { cursor, release } = open({ ...halfOpen(options), reverse: options.reverse, fillCache: options.fillCache === true });
    this.#cursor = cursor;
    this.#release = release;
    this.#copies = copies;
    this.#turn = turn;
    this.#keys = options.keys ? options.keyEncoding : undefined;
    this.#values = options.values ? options.valueEncoding : undefined;
  }

  /** abstract-level awaits whatever it gets: an entry that is in memory needs no promise. */
  _next(): [K, V] | undefined | Promise<[K, V] | undefined> {
    if (++this.#sinceTurn > ENTRIES_PER_TURN) return this.#nextAfterTurn();
    const step = this.#cursor.step();
    if (step === Step.entry) return this.#entry();
    return step === Step.end ? undefined : this.#nextFilled();
  }

  async _nextv(size: number): Promise<[K, V][]> {
    if (this.#sinceTurn >= ENTRIES_PER_TURN) await this.#takeTurn();
    const entries: [K, V][] = [];
    const wanted = Math.min(size, ENTRIES_PER_TURN);
    while (entries.length < wanted) {
      const step = this.#cursor.step();
      if (step === Step.entry) entries.push(this.#entry());
      else if (step === Step.end) break;
      // What is there is given before the store is waited for.
      else if (entries.length > 0 && entries.length * 2 > wanted) return entries;
      else await this.#cursor.fill();
    }
    this.#sinceTurn += entries.length;
    return entries;
  }

  _seek(target: TextOrBytes): void {
    this.#cursor.seek(toBytes(target));
  }

  async _close(): Promise<void> {
    this.#release();
  }

  async #takeTurn(): Promise<void> {
    this.#sinceTurn = 0;
    await this.#turn();
  }

  async #nextAfterTurn(): Promise<[K, V] | undefined> {
    await this.#takeTurn();
    return (await next(this.#cursor)) ? this.#entry() : undefined;
  }

  async #nextFilled(): Promise<[K, V] | undefined> {
    await this.#cursor.fill();
    return (await next(this.#cursor)) ? this.#entry() : undefined;
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
