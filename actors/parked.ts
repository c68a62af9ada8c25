import { type Cursor, Step } from '../storage/merge/cursor.ts';

/**
 * Where a scan stands while it reads through no view: on the entry that it gave last, which stays readable. What it keeps
 * alive for that is at most twice the entry.
 */
export class Parked implements Cursor {
  readonly bytes: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly kind: number;
  readonly seq: number;
  readonly #resume: () => Step;

  /** `on`: undefined, there is no entry. `resume` takes another cursor's place and steps it. */
  constructor(on: Cursor | undefined, resume: () => Step) {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq } = on ?? NOWHERE;
    const isCopied = 2 * (valueEnd - keyStart) < bytes.buffer.byteLength;
    const shift = isCopied ? keyStart : 0;
    this.bytes = isCopied ? new Uint8Array(bytes.subarray(keyStart, valueEnd)) : bytes;
    this.keyStart = keyStart - shift;
    this.keyEnd = keyEnd - shift;
    this.valueStart = valueStart - shift;
    this.valueEnd = valueEnd - shift;
    this.kind = kind;
    this.seq = seq;
    this.#resume = resume;
  }

  step(): Step {
    return this.#resume();
  }

  async fill(): Promise<void> {}

  fillSync(): void {}

  seek(): void {}
}

const NOWHERE = { bytes: new Uint8Array(0), keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0, kind: 0, seq: 0 };

/** Nothing there, and nothing will be. */
export const NO_ENTRIES = new Parked(undefined, () => Step.end);
