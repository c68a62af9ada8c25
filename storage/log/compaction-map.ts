import { MAX_U64, type Offset } from '../../protocol/log.ts';
import { FlatOffsets, NO_OFFSET } from './strategies/flat-offsets.ts';

/** Key → smallest offset to keep. As data, so that it can cross threads. Made by strategies, read through `minimumIn`. */
export type CompactionMap =
  /** Open addressing over u64 keys; layout in flat-offsets.ts. */
  | { readonly kind: 'flat'; readonly buffer: ArrayBufferLike; readonly slots: number; readonly size: number }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<bigint | string, Offset> };

/** Entries to take between two turns at the event loop: well under a millisecond. */
const ENTRIES_AT_ONCE = 1024;

/** Flat where all keys are u64, which is read faster and shared between threads instead of copied. `turn`: in-process. */
export async function compactionMapOf(
  entries: ReadonlyMap<bigint | string, Offset>,
  turn?: () => Promise<void> | undefined,
): Promise<CompactionMap> {
  const flat = FlatOffsets.create(entries.size);
  for (const [key, offset] of entries) {
    if (typeof key === 'string' || key < 0n || key > MAX_U64) return { kind: 'map', entries };
    flat.set(Number(key & 0xffffffffn), Number(key >> 32n), offset);
    const pause = flat.size % ENTRIES_AT_ONCE === 0 ? turn?.() : undefined;
    if (pause !== undefined) await pause;
  }
  return flatMapOf(flat);
}

export function flatMapOf(offsets: FlatOffsets): CompactionMap {
  return { kind: 'flat', ...offsets.share() };
}

/** The smallest offset that is kept of a key; undefined: nothing is known about it, so all of it is kept. */
export function minimumIn(map: CompactionMap, key: bigint | string): Offset | undefined {
  if (map.kind === 'map') return map.entries.get(key);
  if (typeof key === 'string' || key < 0n || key > MAX_U64) return undefined;
  const offset = FlatOffsets.attach(map).get(Number(key & 0xffffffffn), Number(key >> 32n));
  return offset === NO_OFFSET ? undefined : offset;
}

/** All of it, for those who want to look; a loop over records asks FlatOffsets itself. */
export function entriesOf(map: CompactionMap): ReadonlyMap<bigint | string, Offset> {
  return map.kind === 'map' ? map.entries : new Map(FlatOffsets.attach(map).entries());
}
