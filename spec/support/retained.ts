import fc from 'fast-check';
import { compareBytes, EntryKind } from '../../storage/entry.ts';
import { Retention, Verdict } from '../../storage/merge/retention.ts';
import { type RangeDelete, RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { anyKey, type Entry, hex, ordered } from './tables.ts';

/** What Retention keeps of these entries, as a pump asks it. */
export function kept(
  entries: readonly Entry[],
  snapshots: readonly number[],
  dropTombstones: boolean,
  rangeDeletes: readonly RangeDelete[] = [],
): Entry[] {
  const retention = new Retention(snapshots, dropTombstones, RangeDeletes.of(rangeDeletes));
  const found: Entry[] = [];
  let last: string | undefined;
  for (const entry of ordered(entries)) {
    const { key, seq, value } = entry;
    const newKey = hex(key) !== last;
    last = hex(key);
    if (newKey) retention.enter(key, 0, key.length);
    const verdict = retention.judge(newKey, value === undefined ? EntryKind.delete : EntryKind.put, seq);
    if (verdict === Verdict.keepBelow) found.push({ key, seq: retention.tombstone, value: undefined });
    if (verdict !== Verdict.drop) found.push(entry);
  }
  return found;
}

/** What a reader at this sequence sees, in key order: the naive way. */
export function visible(entries: readonly Entry[], seq: number, rangeDeletes: readonly RangeDelete[] = []): Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const other = newest.get(hex(entry.key));
    if (entry.seq <= seq && (other === undefined || other.seq < entry.seq)) newest.set(hex(entry.key), entry);
  }
  return ordered([...newest.values()].filter((entry) => entry.value !== undefined && !isHidden(entry, seq, rangeDeletes)));
}

function isHidden({ key, seq }: Entry, at: number, rangeDeletes: readonly RangeDelete[]): boolean {
  return rangeDeletes.some((one) => seq < one.seq && one.seq <= at && covers(one, key));
}

export function covers({ start, end }: RangeDelete, key: Uint8Array): boolean {
  return compareBytes(start, key) <= 0 && (end === undefined || compareBytes(key, end) < 0);
}

/** Ascending. */
export const anySnapshots: fc.Arbitrary<number[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 260 }), { maxLength: 6 })
  .map((list) => list.sort((a, b) => a - b));

/** To go with `anyEntries`, whose sequences are doubled (`spread`): these have odd ones, each once. Some cover nothing. */
export const anyRangeDeletes: fc.Arbitrary<RangeDelete[]> = fc
  .uniqueArray(fc.tuple(fc.nat(125), anyKey, fc.option(anyKey, { nil: undefined })), { maxLength: 8, selector: ([seq]) => seq })
  .map((list) => list.map(([seq, start, end]) => ({ start, ...(end && { end }), seq: 2 * seq + 1 })));

export function spread(entries: readonly Entry[]): Entry[] {
  return entries.map((entry) => ({ ...entry, seq: 2 * entry.seq }));
}
