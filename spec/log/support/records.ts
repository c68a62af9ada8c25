import fc from 'fast-check';
import type { NewRecord } from '../../../protocol/log.ts';
import { encodable } from '../../../storage/log/new-record.ts';
import { encodedSize, encodeRecord } from '../../../storage/log/record.ts';

/** What a producer may hand over; times to the millisecond, over all dates that JavaScript knows. */
export const newRecords: fc.Arbitrary<NewRecord> = fc.record(
  {
    key: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(300).map(BigInt)),
    value: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme' })),
    headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 140 }), value: fc.uint8Array({ maxLength: 140 }) }), {
      maxLength: 3,
    }),
    timestamp: fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.6e12, max: 1.8e12 })),
  },
  { requiredKeys: ['key', 'value'] },
);

export const offsets = fc.oneof(fc.maxSafeNat(), fc.nat(300));

export function encoded(record: NewRecord, offset: number): Uint8Array {
  const ready = encodable(record);
  const bytes = new Uint8Array(encodedSize(ready, offset));
  encodeRecord(bytes, 0, ready, offset);
  return bytes;
}

export function joinedBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.slice()).toString('hex');
}

/** Reproducible bytes that look like nothing. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
