import { crc32c, POLYNOMIAL } from '../crc32c.ts';

/** Registers are kept for every so many bytes; the window slides by multiples of it. */
export const STEP_BYTES = 64;
/** Longer ranges than any record cannot be asked for: four digits to the base 256. */
const DIGITS = 4;

/** A CRC of 32 bits with its bits reflected, such as CRC-32 and CRC-32C. */
export interface Crc {
  readonly polynomial: number;
  /** Of bytes[start, end), continued from what it was before, signed or not. */
  sum(bytes: Uint8Array, start: number, end: number, before: number): number;
}

const CRC32C: Crc = { polynomial: POLYNOMIAL, sum: crc32c };

/**
 * The CRC of any range of a growing array, at a price that does not depend on the range: every byte is taken into account
 * once, however many ranges are asked for. A checksum is linear: the register behind a range is the register behind all
 * bytes to its end, less what those before its beginning have become meanwhile, which is a multiplication by x^(8 · length)
 * modulo the polynomial. (Source: `crc32_combine` of zlib.) A range takes about 0.4 µs.
 */
export class ChecksumIndex {
  /** The register before byte 64 · i. Where it began does not matter, as long as all go on from one another. */
  #registers = new Int32Array(1024);
  #known = 0;
  readonly #crc: Crc;
  readonly #powers: Int32Array;

  /** Default: CRC-32C. */
  constructor(crc: Crc = CRC32C) {
    this.#crc = crc;
    this.#powers = powersOf(crc.polynomial);
  }

  /** Takes whole steps only; what is left over follows with the next call. */
  extend(bytes: Uint8Array, end: number): void {
    const last = Math.floor(end / STEP_BYTES);
    if (last >= this.#registers.length) this.#grow(last + 1);
    const registers = this.#registers;
    for (let i = this.#known; i < last; i++) {
      registers[i + 1] = ~this.#crc.sum(bytes, i * STEP_BYTES, (i + 1) * STEP_BYTES, ~registers[i]);
    }
    this.#known = Math.max(this.#known, last);
  }

  /** Of bytes[start, end), continued from `seed`: as `sum` would give it. */
  checksum(bytes: Uint8Array, start: number, end: number, seed = 0): number {
    this.extend(bytes, end);
    const before = this.#registerAt(bytes, start) ^ ~seed; // the register that the checksum begins with
    return ~(this.#registerAt(bytes, end) ^ this.#behind(before, end - start)) >>> 0;
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
    return ~this.#crc.sum(bytes, step * STEP_BYTES, at, ~this.#registers[step]);
  }

  /** What a register becomes when `length` zero bytes follow. */
  #behind(register: number, length: number): number {
    const powers = this.#powers;
    let shifted = register;
    let rest = length;
    for (let digit = 0; rest > 0; digit++, rest >>>= 8) {
      if ((rest & 255) !== 0) shifted = times(shifted, powers[digit * 256 + (rest & 255)], this.#crc.polynomial);
    }
    return shifted;
  }

  #grow(length: number): void {
    const larger = new Int32Array(Math.max(length + 1, 2 * this.#registers.length));
    larger.set(this.#registers);
    this.#registers = larger;
  }
}

/** Product of polynomials modulo the CRC's; x^0 is the top bit. */
function times(a: number, b: number, polynomial: number): number {
  let product = 0;
  let [factor, bits] = [b, a];
  for (; bits !== 0; bits <<= 1) {
    product ^= factor & (bits >> 31);
    factor = (factor >>> 1) ^ (polynomial & -(factor & 1));
  }
  return product;
}

const POWERS = new Map<number, Int32Array>();

function powersOf(polynomial: number): Int32Array {
  const known = POWERS.get(polynomial) ?? makePowers(polynomial);
  POWERS.set(polynomial, known);
  return known;
}

/** x^(8 · d · 256^i) at 256 · i + d. */
function makePowers(polynomial: number): Int32Array {
  const powers = new Int32Array(DIGITS * 256);
  let unit = 1 << 23; // x^8
  for (let digit = 0; digit < DIGITS; digit++) {
    const first = digit * 256;
    powers[first] = 1 << 31;
    for (let i = 1; i < 256; i++) powers[first + i] = times(powers[first + i - 1], unit, polynomial);
    unit = times(powers[first + 255], unit, polynomial);
  }
  return powers;
}
