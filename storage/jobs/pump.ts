import { EntryKind } from '../entry.ts';
import type { Cursor } from '../merge/cursor.ts';
import { Step } from '../merge/cursor.ts';
import { type Retention, Verdict } from '../merge/retention.ts';
import { sameRange } from '../merge/same-key.ts';
import type { TableWriter } from '../sst/table-writer.ts';

/** Why the pump stands still. `block`: the cursor lacks one. `wait`: the store does not take more now. `turn`: it has moved a block's worth. */
export const Stop = { block: 0, wait: 1, turn: 2, end: 3, boundary: 4 } as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** What a block needs for an entry beside key and value, about. */
const ENTRY_OVERHEAD = 10;

/**
 * Moves entries from a cursor to a writer, in one synchronous loop that allocates nothing per entry; everything that
 * takes time is a reason to stop, and is its driver's business.
 */
export class Pump {
  readonly #cursor: Cursor;
  readonly #retention: Retention;
  readonly #writer: TableWriter;
  /** Range deletes want to know every key. */
  readonly #entersKeys: boolean;
  /** The store took the tombstone above the cursor's entry, and no more: the entry itself is still to be written. */
  #owesEntry = false;
  /** Bytes to move between two turns. */
  readonly #budget: number;
  #left: number;
  #lastBytes = new Uint8Array(0);
  #lastStart = 0;
  #lastEnd = 0;
  /** Taken from the cursor; of them `bytes` of keys and values. */
  entries = 0;
  bytes = 0;
  /** Stop at the next user key, but not before the first: every run makes progress. */
  yielding = false;
  /** The key that it stopped at. */
  resumeAt: Uint8Array | undefined;
  /** What `wait` waits for. */
  pending: Promise<void> | undefined;

  constructor(cursor: Cursor, retention: Retention, writer: TableWriter, budget: number) {
    this.#cursor = cursor;
    this.#retention = retention;
    this.#writer = writer;
    this.#entersKeys = retention.wantsKeys;
    this.#budget = budget;
    this.#left = budget;
  }

  run(): Stop {
    const cursor = this.#cursor;
    const retention = this.#retention;
    if (this.#owesEntry && this.#writeEntry()) return Stop.wait;
    let step = cursor.step();
    while (step === Step.entry) {
      const { bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq } = cursor;
      const newKey = this.entries === 0 || !sameRange(this.#lastBytes, this.#lastStart, this.#lastEnd, bytes, keyStart, keyEnd);
      if (newKey && this.yielding && this.entries > 0) {
        this.resumeAt = bytes.slice(keyStart, keyEnd);
        return Stop.boundary;
      }
      this.#lastBytes = bytes as Uint8Array<ArrayBuffer>;
      this.#lastStart = keyStart;
      this.#lastEnd = keyEnd;
      this.entries++;
      const size = keyEnd - keyStart + valueEnd - valueStart;
      this.bytes += size;
      this.#left -= size + ENTRY_OVERHEAD;
      if (newKey && this.#entersKeys) retention.enter(bytes, keyStart, keyEnd);
      const verdict = retention.judge(newKey, kind, seq);
      if (verdict === Verdict.keep) {
        this.pending = this.#writer.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq);
        if (this.pending !== undefined) return Stop.wait;
      } else if (verdict === Verdict.keepBelow && (this.#writeTombstone() || this.#writeEntry())) {
        return Stop.wait;
      }
      if (this.#left <= 0) {
        this.#left = this.#budget;
        return Stop.turn;
      }
      step = cursor.step();
    }
    return step === Step.end ? Stop.end : Stop.block;
  }

  /** Above the cursor's entry, of the same key. true: the store has to be waited for. */
  #writeTombstone(): boolean {
    const { bytes, keyStart, keyEnd } = this.#cursor;
    this.#owesEntry = true;
    this.pending = this.#writer.add(bytes, keyStart, keyEnd, keyEnd, keyEnd, EntryKind.delete, this.#retention.tombstone);
    return this.pending !== undefined;
  }

  #writeEntry(): boolean {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq } = this.#cursor;
    this.#owesEntry = false;
    this.pending = this.#writer.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq);
    return this.pending !== undefined;
  }
}
