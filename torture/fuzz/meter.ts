import { crc32 } from 'node:zlib';

/** What one input may cost, whatever numbers it holds. */
export interface Allowance {
  /** Bytes that one go may allocate. */
  readonly allocated: number;
  /** Bytes that may be summed up, and steps that may be taken. */
  readonly steps: number;
}

/** Steps and bytes for each byte of input; and what anybody may take, such as a first buffer. */
const PER_BYTE = 64;
const FOR_ALL = 64 * 1024;

export function allowanceFor(inputBytes: number, room = 0): Allowance {
  const most = PER_BYTE * inputBytes + FOR_ALL;
  return { allocated: most + room, steps: most + room };
}

/** An input cost more than its length is worth. */
export class Unbounded extends Error {
  override readonly name = 'Unbounded';
}

/** Counts what a decoder does, and stops one that does not end. */
export class Meter {
  readonly #most: number;
  steps = 0;

  constructor({ steps }: Allowance) {
    this.#most = steps;
  }

  step(count = 1): void {
    this.steps += count;
    this.check();
  }

  /** A decoder that goes on over damage may have swallowed what a step threw. */
  check(): void {
    if (this.steps > this.#most) throw new Unbounded(`${this.steps} steps, where ${this.#most} are allowed`);
  }

  /** The store's checksum; every byte that it is over is a step. */
  readonly checksum = (bytes: Uint8Array, seed?: number): number => {
    this.step(bytes.length);
    return crc32(bytes, seed);
  };
}
