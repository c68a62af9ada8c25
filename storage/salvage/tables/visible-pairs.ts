import { EntryKind } from '../../entry.ts';
import { type Cursor, Step } from '../../merge/cursor.ts';
import { mergeCursors } from '../../merge/merge-cursor.ts';
import { sameRange } from '../../merge/same-key.ts';
import type { RangeDeletes } from '../../range-deletes/range-deletes.ts';
import type { KeyLosses } from './key-losses.ts';

export interface VisibleOptions {
  /** Where two have the same key and sequence, the one that comes first here counts. */
  readonly cursors: readonly Cursor[];
  readonly rangeDeletes: RangeDeletes;
  readonly losses: KeyLosses;
  readonly keepStale: boolean;
  readonly turn: () => Promise<void>;
}

/** So many entries are looked at without giving the event loop its turn. */
const ENTRIES_PER_TURN = 4096;

/** Of every key, ascending, the newest version that is left, unless that is a deletion. Key and value are views of what stays as it is. */
export async function* visiblePairs(options: VisibleOptions): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
  const { cursors, rangeDeletes, losses, keepStale, turn } = options;
  const all = mergeCursors(cursors);
  /** The key before; none has this length. */
  let [last, lastStart, lastEnd] = [NOTHING, 0, -1];
  for (let count = 1; ; count++) {
    const step = all.step();
    if (step === Step.end) return;
    if (count % ENTRIES_PER_TURN === 0) await turn();
    if (step === Step.needsBlock) {
      await all.fill();
      continue;
    }
    const { bytes, keyStart, keyEnd, valueEnd, kind, seq } = all;
    if (sameRange(bytes, keyStart, keyEnd, last, lastStart, lastEnd)) continue;
    last = bytes;
    lastStart = keyStart;
    lastEnd = keyEnd;
    // A range delete in the log is a deletion of its first key too.
    if (kind !== EntryKind.put) continue;
    const key = bytes.subarray(keyStart, keyEnd);
    if (rangeDeletes.size > 0 && rangeDeletes.coverOf(key) > seq) continue;
    if (losses.isStale(key, seq) && !keepStale) continue;
    yield [key, bytes.subarray(keyEnd, valueEnd)];
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
