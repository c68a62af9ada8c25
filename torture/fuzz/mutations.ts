import type { Random } from '../../testing/random.ts';

/** Bytes into other bytes; never changes what it is given. `others`: further valid samples, to splice in. */
type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

/** Where counters, signs and lengths turn over. */
const BOUNDARIES: readonly bigint[] = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_fffen,
  0xffff_ffffn,
].concat([2n ** 48n - 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]);
const MOST_NOISE = 600;
const MOST_IN_A_ROW = 4;

const MUTATIONS: readonly Mutation[] = [
  flipped,
  replaced,
  truncated,
  beheaded,
  extended,
  spliced,
  duplicated,
  swapped,
  removed,
  numbered,
  varinted,
];

/** One of the samples after one to four mutations; now and then nothing of it is left. */
export function mutated(random: Random, samples: readonly Uint8Array[]): Uint8Array {
  if (random.chance(0.05)) return noise(random, random.below(MOST_NOISE));
  let bytes = random.pick(samples);
  for (let left = 1 + random.below(MOST_IN_A_ROW); left > 0; left--) bytes = random.pick(MUTATIONS)(bytes, random, samples);
  return bytes;
}

export function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

export function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)] ^= 1 << random.below(8);
  return copy;
}

function replaced(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)] = random.pick([0, 1, 127, 128, 254, 255, random.below(256)]);
  return copy;
}

function truncated(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1));
}

function beheaded(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(random.below(Math.min(bytes.length, 16) + 1));
}

function extended(bytes: Uint8Array, random: Random): Uint8Array {
  const more = 1 + random.below(64);
  return joined(bytes, random.chance(0.5) ? new Uint8Array(more) : noise(random, more));
}

/** A stretch of another sample in place of one of this. */
function spliced(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const [from, to] = stretchOf(bytes, random);
  const other = random.pick(others);
  return joined(bytes.subarray(0, from), other.subarray(...stretchOf(other, random)), bytes.subarray(to));
}

function duplicated(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = stretchOf(bytes, random);
  return joined(bytes.subarray(0, to), bytes.subarray(from));
}

function swapped(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = stretchOf(bytes, random);
  const middle = from + random.below(to - from + 1);
  return joined(bytes.subarray(0, from), bytes.subarray(middle, to), bytes.subarray(from, middle), bytes.subarray(to));
}

function removed(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = stretchOf(bytes, random);
  return joined(bytes.subarray(0, from), bytes.subarray(to));
}

/** What may be a count, a length or an offset gets a value at which something turns over. */
function numbered(bytes: Uint8Array, random: Random): Uint8Array {
  const width = random.pick([1, 2, 4, 6, 8]);
  if (bytes.length < width) return bytes.slice();
  const copy = bytes.slice();
  const at = random.below(copy.length - width + 1);
  const value = random.pick(BOUNDARIES);
  const isLittle = random.chance(0.7);
  for (let i = 0; i < width; i++) copy[at + (isLittle ? i : width - 1 - i)] = Number((value >> BigInt(8 * i)) & 255n);
  return copy;
}

/** The same for a varint, over-long ones among them. */
function varinted(bytes: Uint8Array, random: Random): Uint8Array {
  const varint: number[] = [];
  let rest = random.pick(BOUNDARIES);
  for (; rest > 127n; rest >>= 7n) varint.push(Number(rest & 127n) | 128);
  varint.push(Number(rest));
  if (random.chance(0.2)) varint.splice(-1, 1, varint[varint.length - 1] | 128, 0);
  const at = random.below(bytes.length + 1);
  const over = random.chance(0.5) ? 1 : varint.length;
  return joined(bytes.subarray(0, at), Uint8Array.from(varint), bytes.subarray(Math.min(bytes.length, at + over)));
}

function stretchOf(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.below(random.pick([2, 5, 17, 65, bytes.length + 1])))];
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
