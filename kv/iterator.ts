import { AbstractIterator, type AbstractIteratorOptions } from 'abstract-level';
import { type Cursor, next, Step } from '../storage/merge/cursor.ts';
import type { Level } from './level.ts';
import { halfOpen, type LevelRange } from './range.ts';

export interface LevelIteratorOptions extends LevelRange {
  readonly reverse: boolean;
  readonly limit: number;
  readonly keys: boolean;
  readonly values: boolean;
}

/** How many entries one turn of the event loop may cost. */
const ENTRIES_PER_TURN = 1000;

/** Entries of one fixed view, decoded block by block in this thread. */
export class LevelIterator<K, V> extends AbstractIterator<Level<K, V>, K, V> {
  readonly #cursor: Cursor;
  readonly #release: () => void;
  readonly #keys: boolean;
  readonly #values: boolean;

  constructor(db: Level<K, V>, options: LevelIteratorOptions, open: (range: ReturnType<typeof halfOpen> & { reverse: boolean }) => { cursor: Cursor; release(): void }) {
    // abstract-level has normalised them already; its public type asks for the form that users write.
    super(db, options as unknown as AbstractIteratorOptions<K, V>);
    const { cursor, release } = open({ ...halfOpen(options), reverse: options.reverse });
    this.#cursor = cursor;
    this.#release = release;
    this.#keys = options.keys;
    this.#values = options.values;
  }

  async _next(): Promise<[K, V] | undefined> {
    return (await next(this.#cursor)) ? this.#entry() : undefined;
  }

  async _nextv(size: number): Promise<[K, V][]> {
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
    return entries;
  }

  _seek(target: Uint8Array): void {
    this.#cursor.seek(target);
  }

  async _close(): Promise<void> {
    this.#release();
  }

  /** Copies: what the cursor stands on is shared with every other reader. */
  #entry(): [K, V] {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = this.#cursor;
    const key = this.#keys ? bytes.slice(keyStart, keyEnd) : undefined;
    const value = this.#values ? bytes.slice(valueStart, valueEnd) : undefined;
    // abstract-level decodes these bytes to K and V before anybody sees them.
    return [key, value] as unknown as [K, V];
  }
}
