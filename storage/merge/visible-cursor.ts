import { EntryKind } from '../entry.ts';
import { type Cursor, Step } from './cursor.ts';
import { sameRange } from './same-key.ts';

/** What a reader at sequence `seq` sees of a cursor: of every key the newest version up to it, unless that is a delete. */
export function visibleCursor(source: Cursor, seq: number, options: { readonly reverse?: boolean } = {}): Cursor {
  return options.reverse ? new ReverseVisibleCursor(source, seq) : new ForwardVisibleCursor(source, seq);
}

/** An entry taken down by its ranges; its bytes stay as they are (see Cursor). */
class TakenEntry {
  bytes: Uint8Array = new Uint8Array(0);
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  kind = 0;
  seq = 0;

  take(from: Cursor): void {
    this.bytes = from.bytes;
    this.keyStart = from.keyStart;
    this.keyEnd = from.keyEnd;
    this.valueStart = from.valueStart;
    this.valueEnd = from.valueEnd;
    this.kind = from.kind;
    this.seq = from.seq;
  }

  hasKeyOf(other: Cursor): boolean {
    return sameRange(this.bytes, this.keyStart, this.keyEnd, other.bytes, other.keyStart, other.keyEnd);
  }
}

/**
 * Versions of a key come newest first: the first one that is not too new decides, the others are passed over. Where a block is
 * lacking the fields are those of the key that was decided last: whoever goes on with another cursor goes on behind it.
 */
class ForwardVisibleCursor extends TakenEntry implements Cursor {
  readonly #source: Cursor;
  readonly #seq: number;
  /** The key of the fields has been decided. */
  #decided = false;

  constructor(source: Cursor, seq: number) {
    super();
    this.#source = source;
    this.#seq = seq;
  }

  step(): Step {
    const source = this.#source;
    while (true) {
      const step = source.step();
      if (step !== Step.entry) return step;
      if (source.seq > this.#seq || (this.#decided && this.hasKeyOf(source))) continue;
      this.take(source);
      this.#decided = true;
      if (this.kind === EntryKind.put) return Step.entry;
    }
  }

  fill(): Promise<void> {
    return this.#source.fill();
  }
  fillSync(): void {
    this.#source.fillSync();
  }
  seek(target: Uint8Array): void {
    this.#decided = false;
    this.#source.seek(target);
  }
}

/**
 * Versions come oldest first: the last one that is not too new decides, which shows only when the next key begins. Where a
 * block is lacking the fields are those of the entry that was given last.
 */
class ReverseVisibleCursor extends TakenEntry implements Cursor {
  readonly #source: Cursor;
  readonly #seq: number;
  readonly #candidate = new TakenEntry();
  #hasCandidate = false;

  constructor(source: Cursor, seq: number) {
    super();
    this.#source = source;
    this.#seq = seq;
  }

  step(): Step {
    const source = this.#source;
    const candidate = this.#candidate;
    while (true) {
      const step = source.step();
      if (step === Step.needsBlock) return step;
      if (step === Step.end) return this.#giveLast();
      if (source.seq > this.#seq) continue;
      const visible = this.#hasCandidate && candidate.kind === EntryKind.put && !candidate.hasKeyOf(source);
      if (visible) this.#give();
      candidate.take(source);
      this.#hasCandidate = true;
      if (visible) return Step.entry;
    }
  }

  fill(): Promise<void> {
    return this.#source.fill();
  }
  fillSync(): void {
    this.#source.fillSync();
  }
  seek(target: Uint8Array): void {
    this.#hasCandidate = false;
    this.#source.seek(target);
  }

  #give(): void {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq } = this.#candidate;
    this.bytes = bytes;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.kind = kind;
    this.seq = seq;
  }

  #giveLast(): Step {
    if (!this.#hasCandidate) return Step.end;
    this.#hasCandidate = false;
    if (this.#candidate.kind !== EntryKind.put) return Step.end;
    this.#give();
    return Step.entry;
  }
}
