import { LithifyError } from '../protocol/errors.ts';
import { compareBytes, type KeyRange, MAX_KEY_BYTES } from '../storage/entry.ts';

export function refuseLongKey(key: Uint8Array): void {
  if (key.length <= MAX_KEY_BYTES) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A key of ${key.length} bytes is over the limit of ${MAX_KEY_BYTES}.`, {
    details: { bytes: key.length, limit: MAX_KEY_BYTES },
  });
}

export function isEmpty({ gte, lt }: KeyRange): boolean {
  return lt !== undefined && (gte === undefined ? lt.length === 0 : compareBytes(gte, lt) >= 0);
}
