/**
 * A sensor fleet's writes, as a pure function of the seed and the write's number: nothing has to be remembered to say
 * later what must be in the store. Write n (from 0) updates or deletes one sensor and leaves version n + 1 there.
 */
export interface Workload {
  readonly seed: number;
  readonly writes: number;
  readonly keys: number;
  readonly valueBytes: number;
  /** Writes that go together, whole or not at all. */
  readonly batch: number;
}

export type Operation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array };

/** Versions are kept in 32 bits, and two arrays of them in memory. */
export const LIMITS = { writes: 4_000_000_000, keys: 100_000_000, minValueBytes: 16, maxValueBytes: 65_536, maxBatch: 10_000 } as const;

const DELETES_ONE_IN = 20;

/** A well mixed 32-bit number (the finalizer of MurmurHash3). */
function mix(seed: number, n: number): number {
  let h = Math.imul(n, 0x9e3779b1) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function keyOf({ seed, keys }: Workload, write: number): number {
  return mix(seed, write) % keys;
}

export function deletes({ seed }: Workload, write: number): boolean {
  return mix(seed ^ 0x5bd1e995, write) % DELETES_ONE_IN === 0;
}

const PREFIX = Buffer.from('sensor/');
const KEY_DIGITS = 9;
export const KEY_BYTES = PREFIX.length + KEY_DIGITS;

function writeDigits(into: Uint8Array, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let at = offset + digits - 1; at >= offset; at--) {
    const tenth = Math.floor(rest / 10);
    into[at] = 48 + rest - tenth * 10;
    rest = tenth;
  }
}

export function writeKey(into: Uint8Array, offset: number, key: number): void {
  into.set(PREFIX, offset);
  writeDigits(into, offset + PREFIX.length, KEY_DIGITS, key);
}

export function keyText(key: number): string {
  return `sensor/${String(key).padStart(KEY_DIGITS, '0')}`;
}

/** The sensor's number, or -1 for a key that the fleet never writes. */
export function keyNumber(key: Uint8Array): number {
  if (key.length !== KEY_BYTES) return -1;
  const number = readDigits(key, PREFIX.length, KEY_DIGITS);
  return number !== -1 && Buffer.from(keyText(number)).equals(key) ? number : -1;
}

const VERSION_DIGITS = 10;
const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** `v` + version + `;` + characters that nothing compresses away, other ones for every key and version. */
export function writeValue(into: Uint8Array, offset: number, { seed, valueBytes }: Workload, key: number, version: number): void {
  into[offset] = 0x76;
  writeDigits(into, offset + 1, VERSION_DIGITS, version);
  into[offset + VERSION_DIGITS + 1] = 0x3b;
  writeNoise(into, offset + VERSION_DIGITS + 2, offset + valueBytes, mix(seed ^ key, version) | 1);
}

/** Xorshift: every step gives 32 bits, which are five characters of 6 bits (measured: a tenth of what a write costs). */
function writeNoise(into: Uint8Array, from: number, to: number, seed: number): void {
  let state = seed;
  for (let at = from; at < to; at += 5) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const end = at + 5 < to ? at + 5 : to;
    for (let bits = state, put = at; put < end; put++, bits >>>= 6) into[put] = ALPHABET[bits & 63] ?? 0;
  }
}

/** The version that a value says it is, or -1. */
export function versionOf(value: Uint8Array): number {
  return value[0] === 0x76 ? readDigits(value, 1, VERSION_DIGITS) : -1;
}

function readDigits(from: Uint8Array, offset: number, digits: number): number {
  let value = 0;
  for (let at = offset; at < offset + digits; at++) {
    const digit = (from[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Writes `from` up to `to` as one batch; keys and values are views of one allocation. */
export function operations(workload: Workload, from: number, to: number): Operation[] {
  const stride = KEY_BYTES + workload.valueBytes;
  const bytes = new Uint8Array(stride * (to - from));
  const batch: Operation[] = [];
  for (let write = from, at = 0; write < to; write++, at += stride) {
    const number = keyOf(workload, write);
    writeKey(bytes, at, number);
    const key = bytes.subarray(at, at + KEY_BYTES);
    if (deletes(workload, write)) {
      batch.push({ type: 'del', key });
      continue;
    }
    writeValue(bytes, at + KEY_BYTES, workload, number, write + 1);
    batch.push({ type: 'put', key, value: bytes.subarray(at + KEY_BYTES, at + stride) });
  }
  return batch;
}
