import { crc32c, POLYNOMIAL } from '../crc32c.ts';

/** Registers are kept for every so many bytes; the window slides by multiples of it. */
export const STEP_BYTES = 64;
/** Longer ranges than any record cannot be asked for: four digits to the base 256. */
const DIGITS = 4;

/**
 * CRC-32C of any range of a growing array, at a price that does not depend on the range: every byte is taken into account
 * once, however many ranges are asked for. A checksum is linear: the register behind a range is the register behind all
 * bytes to its end, less what those before its beginning have become meanwhile, which is a multiplication by x^(8 · length)
 * modulo the polynomial. (Source: `crc32_combine` of zlib.) A range takes about 0.4 µs.
 */
export class ChecksumIndex {
  /** The register before byte 64 · i. Where it began does not matter, as long as all go on from one another. */
  #registers = new Int32Array(1024);
  #known = 0;

  /** Takes whole steps only; what is left over follows with the next call. */
  extend(bytes: Uint8Array, end: number): void {
    const last = Math.floor(end / STEP_BYTES);
    if (last >= this.#registers.length) this.#grow(last + 1);
    const registers = this.#registers;
    for (let i = this.#known; i < last; i++) {
      registers[i + 1] = ~crc32c(bytes, i * STEP_BYTES, (i + 1) * STEP_BYTES, ~registers[i]);
    }
    this.#known = Math.max(this.#known, last);
  }

  /** CRC-32C of bytes[start, end). */
  checksum(bytes: Uint8Array, start: number, end: number): number {
    this.extend(bytes, end);
    const before = this.#registerAt(bytes, start) ^ -1; // -1: the register that a checksum begins with
    return ~(this.#registerAt(bytes, end) ^ behind(before, end - start)) >>> 0;
  }

  /** The bytes have moved to the front by so many steps. */
  slide(steps: number): void {
    if (steps > this.#known) {
      this.#known = 0;
      return;
    }
    this.#registers.copyWithin(0, steps, this.#known + 1);
    this.#known -= steps;
  }

  #registerAt(bytes: Uint8Array, at: number): number {
    const step = Math.floor(at / STEP_BYTES);
    return ~crc32c(bytes, step * STEP_BYTES, at, ~this.#registers[step]);
  }

  #grow(length: number): void {
    const larger = new Int32Array(Math.max(length + 1, 2 * this.#registers.length));
    larger.set(this.#registers);
    this.#registers = larger;
  }
}

/** What a register becomes when `length` zero bytes follow. */
function behind(register: number, length: number): number {
  let shifted = register;
  let rest = length;
  for (let digit = 0; rest > 0; digit++, rest >>>= 8) {
    if ((rest & 255) !== 0) shifted = times(shifted, POWERS[digit * 256 + (rest & 255)]);
  }
  return shifted;
}

/** Product of polynomials modulo the CRC's; x^0 is the top bit. */
function times(a: number, b: number): number {
  let product = 0;
  let [factor, bits] = [b, a];
  for (; bits !== 0; bits <<= 1) {
    product ^= factor & (bits >> 31);
    factor = (factor >>> 1) ^ (POLYNOMIAL & -(factor & 1));
  }
  return product;
}

/** x^(8 · d · 256^i) at 256 · i + d. */
const POWERS = makePowers();

function makePowers(): Int32Array {
  const powers = new Int32Array(DIGITS * 256);
  let unit = 1 << 23; // x^8
  for (let digit = 0; digit < DIGITS; digit++) {
    const first = digit * 256;
    powers[first] = 1 << 31;
    for (let i = 1; i < 256; i++) powers[first + i] = times(powers[first + i - 1], unit);
    unit = times(powers[first + 255], unit);
  }
  return powers;
}
