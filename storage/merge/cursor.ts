/**
 * What a step came to: `entry`, the fields describe one; `end`, there are no more (for good, until a seek);
 * `needsBlock`, the way on leads over a block that is not in memory: `fill` or `fillSync`, then step again.
 */
export const Step = { entry: 0, end: 1, needsBlock: 2 } as const;
export type Step = (typeof Step)[keyof typeof Step];

/**
 * A walk over entries in one direction: forward by (key ascending, sequence descending), in reverse by exactly the
 * opposite, (key descending, sequence ascending). Memtables, runs of tables and merges of them all look like this.
 *
 * It is made for loops that allocate nothing: an entry is not an object but ranges in `bytes`, readable after a step
 * that gave `entry` and until the next `step` or `seek`. The bytes themselves stay as they are for as long as somebody
 * refers to them (only cursors over an arena reuse theirs; see run-cursor.ts).
 *
 * A new cursor stands before its first entry. `step` never reads from the store and throws only LITHIFY_CORRUPTION or
 * LITHIFY_SST; a `fill` that failed changes nothing and can be tried again.
 */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** Equals `keyEnd` in tables and memtables alike, so that key and value can be copied as one range. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** One of EntryKind. */
  readonly kind: number;
  readonly seq: number;
  step(): Step;
  /** Loads what the last step lacked. Does nothing when nothing is lacking. */
  fill(): Promise<void>;
  fillSync(): void;
  /**
   * Forward: the next step gives the first entry whose key is at least `target`. In reverse: the first one, in this
   * order, whose key is at most `target`. Either way, also backwards, and within the bounds the cursor was made with.
   */
  seek(target: Uint8Array): void;
}

/** Moves to the next entry, reading in this thread; false at the end. */
export function nextSync(cursor: Cursor): boolean {
  let step = cursor.step();
  while (step === Step.needsBlock) {
    cursor.fillSync();
    step = cursor.step();
  }
  return step === Step.entry;
}

/** Moves to the next entry; false at the end. */
export async function next(cursor: Cursor): Promise<boolean> {
  let step = cursor.step();
  while (step === Step.needsBlock) {
    await cursor.fill();
    step = cursor.step();
  }
  return step === Step.entry;
}
