import fc from 'fast-check';
import { compareBytes, type KeyRange } from '../../../storage/entry.ts';
import { EMPTY_CATALOG } from '../../../storage/log/catalog.ts';
import { Memtable } from '../../../storage/memtable/memtable.ts';
import { type RangeDelete, RangeDeletes } from '../../../storage/range-deletes/range-deletes.ts';
import type { ReadView } from '../../../storage/read/view.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import { LEVELS } from '../../../storage/tablet/contract.ts';
import { GroupBuilder } from '../../../storage/wal/group.ts';
import { anyKey, type Bench, type Entry } from '../../support/tables.ts';

/** One write. The sequence of the first is 1, of the next 2, and so on. */
export type Write = Entry | RangeDelete;

export const isRangeDelete = (write: Write): write is RangeDelete => 'start' in write;

const point = fc.record({ key: anyKey, value: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined, freq: 4 }) });
/** Every third or so has no end; many overlap, some are empty. */
export const anyRange = fc
  .record({ start: anyKey, end: fc.option(anyKey, { nil: undefined, freq: 2 }) })
  .map(({ start, end }) => ({ start, ...(end && { end }) }));

export const anyWrites = fc
  .array(fc.oneof({ weight: 8, arbitrary: point }, { weight: 1, arbitrary: anyRange.filter(hasKeys) }), {
    minLength: 1,
    maxLength: 120,
    size: 'max',
  })
  .map((list): Write[] => list.map((write, index) => ({ ...write, seq: index + 1 })));

export function hasKeys({ start, end }: { start: Uint8Array; end?: Uint8Array }): boolean {
  return end === undefined || compareBytes(start, end) < 0;
}

export function covers({ start, end }: RangeDelete, key: Uint8Array): boolean {
  return compareBytes(start, key) <= 0 && (end === undefined || compareBytes(key, end) < 0);
}

/** What is seen at a sequence, told slowly: every key by itself. */
export function visibleAt(writes: readonly Write[], seq: number): Entry[] {
  const seen = writes.filter((write) => write.seq <= seq);
  const deletes = seen.filter(isRangeDelete);
  const newest = new Map<string, Entry>();
  for (const write of seen) if (!isRangeDelete(write)) newest.set(write.key.join(), write);
  return [...newest.values()]
    .filter(({ key, seq: at, value }) => value !== undefined && !deletes.some((one) => one.seq > at && covers(one, key)))
    .sort((a, b) => compareBytes(a.key, b.key));
}

/** In the order of the scan, from the target on. */
export function within(entries: readonly Entry[], { gte, lt, reverse }: KeyRange & { reverse: boolean }, target?: Uint8Array): Entry[] {
  const inside = entries.filter(({ key }) => (!gte || compareBytes(key, gte) >= 0) && (!lt || compareBytes(key, lt) < 0));
  const ordered = reverse ? inside.reverse() : inside;
  if (target === undefined) return ordered;
  return ordered.filter(({ key }) => (reverse ? compareBytes(key, target) <= 0 : compareBytes(key, target) >= 0));
}

/** How much of a history lies where; the rest is in the active memtable. Shares of its writes, oldest first. */
export interface Places {
  readonly level: number;
  readonly minors: readonly [number, number];
  readonly sealed: number;
  /** The level has been compacted with all range deletes up to the end of this part. */
  readonly cleared: 'not' | 'level' | 'minors';
}
const share = fc.nat(3);
export const anyPlaces: fc.Arbitrary<Places> = fc.record({
  level: share,
  minors: fc.tuple(share, share),
  sealed: share,
  cleared: fc.constantFrom('not', 'not', 'level', 'minors'),
});

/** A table of a few entries, so that a level has several. */
const SMALLEST = { blockBytes: 40, tableBytes: 100, bloomBitsPerKey: 10 };

/** The history as a reader finds it, and the first sequence that it can be read at. */
export async function viewOf(bench: Bench, writes: readonly Write[], places: Places): Promise<{ view: ReadView; readableFrom: number }> {
  const [level, first, second, sealed, active] = parts(writes, [places.level, ...places.minors, places.sealed, 3]);
  const flushed = [...level, ...first, ...second];
  const rangeDeletes = flushed.filter(isRangeDelete);
  const clearedTo = places.cleared === 'not' ? 0 : ((places.cleared === 'level' ? level : flushed).at(-1)?.seq ?? 0);
  const levels: TableMeta[][] = Array.from({ length: LEVELS }, () => []);
  const left = pointsOf(level).filter(
    ({ key, seq }) => !rangeDeletes.some((one) => one.seq > seq && one.seq <= clearedTo && covers(one, key)),
  );
  levels[4] = (await bench.write(left, SMALLEST)).map((table) => ({ ...table, ...(clearedTo > 0 && { clearedTo }) }));
  const minors = [...(await bench.write(pointsOf(second), SMALLEST)), ...(await bench.write(pointsOf(first), SMALLEST))];
  const version = { number: 1, minors, levels, logs: EMPTY_CATALOG, rangeDeletes: RangeDeletes.of(rangeDeletes) };
  return { view: { memtables: [memtableOf(active), memtableOf(sealed)], version }, readableFrom: clearedTo };
}

export function memtableOf(writes: readonly Write[]): Memtable {
  const memtable = Memtable.create(1, 1 << 16);
  if (writes.length === 0) return memtable;
  memtable.apply(builderOf(writes).group(writes[0].seq));
  return memtable;
}

export function builderOf(writes: readonly Write[]): GroupBuilder {
  const builder = new GroupBuilder();
  for (const write of writes) {
    if (isRangeDelete(write)) builder.deleteRange(write.start, write.end);
    else if (write.value === undefined) builder.delete(write.key);
    else builder.put(write.key, write.value);
  }
  return builder;
}

function pointsOf(writes: readonly Write[]): Entry[] {
  return writes.filter((write): write is Entry => !isRangeDelete(write));
}

function parts(writes: readonly Write[], shares: readonly number[]): Write[][] {
  const all = shares.reduce((sum, one) => sum + one, 0);
  let before = 0;
  return shares.map((one) => {
    const from = Math.floor((writes.length * before) / all);
    before += one;
    return writes.slice(from, Math.floor((writes.length * before) / all));
  });
}
