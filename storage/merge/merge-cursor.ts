import { compareRanges } from '../entry.ts';
import { type Cursor, Step } from './cursor.ts';

export interface MergeOptions {
  readonly reverse?: boolean;
  /** Leading bytes that all keys of all inputs have in common; comparing starts after them. Default 0. */
  readonly skip?: number;
}

/** All cursors as one, in their common order. A single one is given back as it is. */
export function mergeCursors(cursors: readonly Cursor[], options: MergeOptions = {}): Cursor {
  return cursors.length === 1 ? cursors[0] : new MergeCursor(cursors, options);
}

/**
 * A loser tree (Knuth, TAOCP 5.4.1): each inner node keeps the input that lost there, so that going on after an entry
 * costs one comparison a level and touches no sibling. Comparisons are of six key bytes held as one number (exact in a
 * double; negated in reverse), and look at keys and sequences only when those are equal.
 */
export class MergeCursor implements Cursor {
  readonly #cursors: readonly Cursor[];
  readonly #direction: 1 | -1;
  readonly #skip: number;
  /** An input that is at its end has Infinity. */
  readonly #prefixes: Float64Array;
  /** #losers[0] is unused; node n has the children 2n and 2n + 1, and input i is the leaf `inputs + i`. */
  readonly #losers: Int32Array;
  #winner = 0;
  #at: Cursor;
  /** 1: the input stands on its first entry, or has none. */
  readonly #primed: Uint8Array;
  #built = false;

  constructor(cursors: readonly Cursor[], options: MergeOptions) {
    this.#cursors = cursors;
    this.#direction = options.reverse ? -1 : 1;
    this.#skip = options.skip ?? 0;
    this.#prefixes = new Float64Array(Math.max(1, cursors.length)).fill(Infinity);
    this.#losers = new Int32Array(Math.max(1, cursors.length));
    this.#primed = new Uint8Array(cursors.length);
    this.#at = cursors[0] ?? EMPTY;
  }

  get bytes(): Uint8Array {
    return this.#at.bytes;
  }
  get keyStart(): number {
    return this.#at.keyStart;
  }
  get keyEnd(): number {
    return this.#at.keyEnd;
  }
  get valueStart(): number {
    return this.#at.valueStart;
  }
  get valueEnd(): number {
    return this.#at.valueEnd;
  }
  get kind(): number {
    return this.#at.kind;
  }
  get seq(): number {
    return this.#at.seq;
  }

  step(): Step {
    if (!this.#built) return this.#start();
    const winner = this.#winner;
    const prefix = this.#prefixes[winner];
    if (prefix === Infinity) return Step.end;
    const step = this.#at.step();
    if (step === Step.needsBlock) return step;
    this.#prefixes[winner] = step === Step.end ? Infinity : this.#prefixOf(this.#at);
    return this.#replay(winner);
  }

  /** All inputs that lack a block at the beginning get it together; later there is only one. */
  async fill(): Promise<void> {
    await Promise.all(this.#built ? [this.#at.fill()] : this.#cursors.map((cursor) => cursor.fill()));
  }

  fillSync(): void {
    if (this.#built) this.#at.fillSync();
    else for (const cursor of this.#cursors) cursor.fillSync();
  }

  seek(target: Uint8Array): void {
    for (const cursor of this.#cursors) cursor.seek(target);
    this.#primed.fill(0);
    this.#built = false;
  }

  #start(): Step {
    let lacking = false;
    for (const [input, cursor] of this.#cursors.entries()) {
      if (this.#primed[input] === 1) continue;
      const step = cursor.step();
      if (step === Step.needsBlock) {
        lacking = true;
        continue;
      }
      this.#primed[input] = 1;
      this.#prefixes[input] = step === Step.end ? Infinity : this.#prefixOf(cursor);
    }
    if (lacking) return Step.needsBlock;
    this.#built = true;
    return this.#settle(this.#cursors.length === 0 ? 0 : this.#build(1));
  }

  /** Plays all games below the node; the input that wins them. */
  #build(node: number): number {
    const inputs = this.#cursors.length;
    if (node >= inputs) return node - inputs;
    const left = this.#build(node * 2);
    const right = this.#build(node * 2 + 1);
    const leftWins = this.#isBefore(left, right);
    this.#losers[node] = leftWins ? right : left;
    return leftWins ? left : right;
  }

  /** Plays the games on the way from this input's leaf to the root again. */
  #replay(input: number): Step {
    const losers = this.#losers;
    const prefixes = this.#prefixes;
    let winner = input;
    let prefix = prefixes[winner];
    for (let node = (winner + this.#cursors.length) >>> 1; node > 0; node >>>= 1) {
      const other = losers[node];
      const otherPrefix = prefixes[other];
      if (otherPrefix < prefix || (otherPrefix === prefix && this.#isBefore(other, winner))) {
        losers[node] = winner;
        winner = other;
        prefix = otherPrefix;
      }
    }
    return this.#settle(winner);
  }

  #settle(winner: number): Step {
    this.#winner = winner;
    if (this.#prefixes[winner] === Infinity) return Step.end;
    this.#at = this.#cursors[winner];
    return Step.entry;
  }

  #isBefore(left: number, right: number): boolean {
    const difference = this.#prefixes[left] - this.#prefixes[right];
    // Infinity - Infinity is NaN: two inputs at their ends, in whichever order.
    if (difference !== 0) return !(difference > 0);
    const a = this.#cursors[left];
    const b = this.#cursors[right];
    const skip = this.#skip;
    const order = compareRanges(a.bytes, a.keyStart + skip, a.keyEnd, b.bytes, b.keyStart + skip, b.keyEnd) || b.seq - a.seq;
    return order === 0 ? left < right : order * this.#direction < 0;
  }

  /** Shorter keys are filled up with zeros: then prefixes may be equal although the keys are not. */
  #prefixOf(cursor: Cursor): number {
    const { bytes } = cursor;
    const at = cursor.keyStart + this.#skip;
    const end = cursor.keyEnd;
    if (at + PREFIX_BYTES > end) return this.#shortPrefix(bytes, at, end);
    const high = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    const low = (bytes[at + 3] << 16) | (bytes[at + 4] << 8) | bytes[at + 5];
    return (high * 2 ** 24 + low) * this.#direction;
  }

  #shortPrefix(bytes: Uint8Array, start: number, end: number): number {
    let prefix = 0;
    for (let at = start; at < start + PREFIX_BYTES; at++) prefix = prefix * 256 + (at < end ? bytes[at] : 0);
    return prefix * this.#direction;
  }
}

const PREFIX_BYTES = 6;

/** How many leading bytes all keys between these two have in common. */
export function commonPrefix(minKey: Uint8Array, maxKey: Uint8Array): number {
  const most = Math.min(minKey.length, maxKey.length);
  let length = 0;
  while (length < most && minKey[length] === maxKey[length]) length++;
  return length;
}

/** What a merge of nothing stands on. */
const EMPTY: Cursor = {
  bytes: new Uint8Array(0),
  keyStart: 0,
  keyEnd: 0,
  valueStart: 0,
  valueEnd: 0,
  kind: 0,
  seq: 0,
  step: () => Step.end,
  fill: async () => {},
  fillSync: () => {},
  seek: () => {},
};
