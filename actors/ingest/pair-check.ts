import { LithifyError } from '../../protocol/errors.ts';
import { compareBytes } from '../../storage/entry.ts';
import { faultInPair } from '../../storage/ingest/packed-pairs.ts';
import { copyBytes } from '../../storage/sst/copy-bytes.ts';

/** Looks at pairs one by one, in their order, and says exactly which one cannot be taken. */
export class PairCheck {
  readonly #maxBytes: number;
  /** A copy of the last key: the caller's bytes are only lent. */
  #last = new Uint8Array(64);
  #lastLength = -1;
  #position = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** LITHIFY_INVALID_ARGUMENT: not a pair of bytes, too long, or not behind the one before. */
  check(pair: unknown): asserts pair is readonly [Uint8Array, Uint8Array] {
    const position = this.#position++;
    if (!isPair(pair)) throw refused(position, `is ${describe(pair)}, not a key and a value of bytes`);
    const [key, value] = pair;
    const fault = faultInPair(key, value, this.#maxBytes);
    if (fault !== undefined) throw refused(position, `(key ${keyText(key)}) cannot be taken: ${fault}`);
    if (this.#lastLength >= 0) this.#assertBehind(key, position);
    this.#remember(key);
  }

  #assertBehind(key: Uint8Array, position: number): void {
    const last = this.#last.subarray(0, this.#lastLength);
    const order = compareBytes(last, key);
    if (order < 0) return;
    const what = order === 0 ? 'is the same as' : 'comes before';
    throw refused(
      position,
      `has the key ${keyText(key)}, which ${what} ${keyText(last)} of the pair before; keys must ascend by their bytes`,
    );
  }

  #remember(key: Uint8Array): void {
    if (key.length > this.#last.length) this.#last = new Uint8Array(2 * key.length);
    copyBytes(this.#last, 0, key, 0, key.length);
    this.#lastLength = key.length;
  }
}

function isPair(pair: unknown): pair is readonly [Uint8Array, Uint8Array] {
  return Array.isArray(pair) && pair.length === 2 && pair[0] instanceof Uint8Array && pair[1] instanceof Uint8Array;
}

function refused(position: number, what: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Pair ${position} (from 0) ${what}. Nothing was taken in.`, {
    details: { position },
  });
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, 3).map(typeOf).join(', ')}${value.length > 3 ? ', …' : ''}]`;
  return typeOf(value);
}

function typeOf(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  return value === null ? 'null' : typeof value;
}

const SHOWN_BYTES = 32;

/** As text where it is text, in hexadecimal where not; long keys are cut. */
export function keyText(key: Uint8Array): string {
  const shown = key.subarray(0, SHOWN_BYTES);
  const isText = shown.every((byte) => byte >= 32 && byte < 127);
  const text = isText
    ? JSON.stringify(String.fromCharCode(...shown))
    : `0x${Array.from(shown, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  return key.length > SHOWN_BYTES ? `${text}… (${key.length} bytes)` : text;
}
