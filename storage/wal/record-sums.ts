import type { Checksum } from '../jobs/job.ts';
import { ChecksumIndex } from '../log/streambed/checksum-index.ts';
import { hasRightChecksum, recordChecksum, recordLength } from './record.ts';

/** Of CRC-32. */
const POLYNOMIAL = 0xedb88320;
const FIRST_CREDIT = 4 * 1024 * 1024;

/**
 * Whether what looks like a record has the right checksum, for who searches bytes for records. Those that claim one at
 * every place, each as long as the way to the end (a value that somebody stored may hold such), would be summed up as often:
 * hours for a segment of 64 MiB. What is summed up in vain is limited, therefore; what comes then costs the same whatever its
 * length.
 */
export class RecordSums {
  readonly #bytes: Uint8Array;
  readonly #checksum: Checksum;
  readonly #index: ChecksumIndex;
  #credit: number;

  /** `credit`: bytes that may be summed up in vain before the index is made. */
  constructor(bytes: Uint8Array, checksum: Checksum, credit = FIRST_CREDIT) {
    this.#bytes = bytes;
    this.#checksum = checksum;
    this.#credit = credit;
    const sum = (all: Uint8Array, start: number, end: number, before: number) => checksum(all.subarray(start, end), before >>> 0);
    this.#index = new ChecksumIndex({ polynomial: POLYNOMIAL, sum });
  }

  /** Makes the index up to here, for who wants to do it in parts. */
  extend(end: number): void {
    this.#index.extend(this.#bytes, end);
  }

  /** Needs the whole record. */
  isRight(at: number, seed: number): boolean {
    const length = recordLength(this.#bytes, at);
    if (this.#credit <= 0) return this.#index.checksum(this.#bytes, at + 4, at + length, seed) === recordChecksum(this.#bytes, at);
    const isRight = hasRightChecksum(this.#bytes, at, seed, this.#checksum);
    if (!isRight) this.#credit -= length;
    return isRight;
  }
}
