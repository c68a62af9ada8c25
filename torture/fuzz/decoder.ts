import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { LithifyError } from '../../protocol/errors.ts';
import { writeU32 } from '../../storage/little-endian.ts';
import type { Meter } from './meter.ts';

/** Something that reads what others wrote, and what must hold of it whatever they wrote. */
export interface Decoder<Input> {
  readonly name: string;
  /** What of the engine is attacked, by exported name. */
  readonly covers: readonly string[];
  /** Made through the real encoders. */
  readonly samples: () => readonly Input[] | Promise<readonly Input[]>;
  /** Decodes and looks at the result: throws `Broken` where that cannot be, and what the decoder throws where it refuses. */
  readonly decode: (input: Input, meter: Meter) => unknown;
  /** The same input with a checksum that is right again: what a defect of a writer, or malice, would make. */
  readonly reseal?: (input: Input) => Input;
  /** Without a new checksum nothing but a sample may be taken for good. */
  readonly isSealed?: boolean;
  /** How it refuses; default: by a LithifyError. */
  readonly isRefusal?: (error: unknown) => boolean;
  /** Bytes and steps that it takes whatever the input is. */
  readonly room?: number;
}

/** A decoder gave what it must not give. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** The documented answer of a decoder that has no error for it: these bytes are none. */
export class NotOne extends Error {
  override readonly name = 'NotOne';
}

export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Broken(what);
}

export function mustEqual(found: unknown, expected: unknown, what: string): void {
  must(isDeepStrictEqual(found, expected), what);
}

/** An error of our own; LITHIFY_INTERNAL is not one that bytes may cause. */
export function isCoded(error: unknown): boolean {
  return error instanceof LithifyError && error.code !== 'LITHIFY_INTERNAL';
}

/** Made when it is first asked for: to import a table of decoders costs nothing. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Writes the CRC-32 of bytes[from, to) to where it belongs; as it is where there is no room. */
export function resealed(bytes: Uint8Array, at: number, from: number, to: number): Uint8Array {
  const copy = bytes.slice();
  if (at >= 0 && from <= to && at + 4 <= copy.length && to <= copy.length) writeU32(copy, at, crc32(copy.subarray(from, to)));
  return copy;
}

/** Of a block: its last four bytes, over all before. */
export function resealedBlock(block: Uint8Array): Uint8Array {
  return resealed(block, block.length - 4, 0, block.length - 4);
}
