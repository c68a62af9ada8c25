import type { LogEntry } from './subjects/log.ts';
import type { Pair } from './subjects/subject.ts';

export const KEY_BYTES = 16;
export const VALUE_BYTES = 100;
export const ENTRY_BYTES = KEY_BYTES + VALUE_BYTES;

/** Half of every value is random and the other half repeats it: RocksDB's `db_bench` does the same by default. */
const COMPRESSIBLE_PART = 2;
const POOL_VALUES = 4096;

/**
 * The same entries for everybody: the n-th key is 16 hexadecimal digits that look random, and no two are alike; the
 * n-th value is one of a pool. Nothing here is measured; callers make what they need before they start the clock.
 */
export class Data {
  readonly #pool = makePool();

  key(n: number): Uint8Array {
    return encodeKey(keyNumber(n));
  }

  value(n: number): Uint8Array {
    return this.#pool[n % POOL_VALUES];
  }

  /** Small values are the random part of the others. At most VALUE_BYTES. */
  smallValue(n: number, bytes: number): Uint8Array {
    return this.value(n).subarray(0, bytes);
  }

  record(n: number, valueBytes: number): LogEntry {
    return { key: keyNumber(n), value: this.smallValue(n, valueBytes) };
  }

  records(start: number, count: number, valueBytes: number): LogEntry[] {
    return Array.from({ length: count }, (_, i) => this.record(start + i, valueBytes));
  }

  pair(n: number): Pair {
    return [this.key(n), this.value(n)];
  }

  pairs(start: number, count: number): Pair[] {
    return Array.from({ length: count }, (_, i) => this.pair(start + i));
  }
}

/** A bijection on 64 bits (the finaliser of SplitMix64, Steele et al. 2014), so that different n give different keys. */
export function keyNumber(n: number): bigint {
  let x = BigInt.asUintN(64, (BigInt(n) + 1n) * 0x9e3779b97f4a7c15n);
  x = BigInt.asUintN(64, (x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = BigInt.asUintN(64, (x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return x ^ (x >> 31n);
}

const DIGITS = new TextEncoder().encode('0123456789abcdef');

export function encodeKey(number: bigint): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  writeKey(key, 0, number);
  return key;
}

export function writeKey(target: Uint8Array, at: number, number: bigint): void {
  let high = Number(number >> 32n);
  let low = Number(number & 0xffffffffn);
  for (let i = 7; i >= 0; i--) {
    target[at + i] = DIGITS[high & 15];
    target[at + 8 + i] = DIGITS[low & 15];
    high >>>= 4;
    low >>>= 4;
  }
}

/** Mulberry32: numbers from 0 up to 1, the same in every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makePool(): Uint8Array[] {
  const next = random(1);
  const part = VALUE_BYTES / COMPRESSIBLE_PART;
  return Array.from({ length: POOL_VALUES }, () => {
    const value = new Uint8Array(VALUE_BYTES);
    for (let i = 0; i < VALUE_BYTES; i++) value[i] = i < part ? Math.floor(next() * 256) : value[i - part];
    return value;
  });
}
