import { EntryKind } from '../entry.ts';
import { stripeOf } from '../range-deletes/coverage.ts';
import type { RangeDeletes } from '../range-deletes/range-deletes.ts';
import { CoverWalk } from './cover-walk.ts';

/** What becomes of a version. `keepBelow`: it stays, and the tombstone at `Retention.tombstone` stays above it. */
export const Verdict = { drop: 0, keep: 1, keepBelow: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/**
 * Which versions of a key a compaction keeps. Snapshots cut the sequences into stripes: two versions in one stripe are
 * seen by the same snapshots, so that only the newer of them can be seen by anybody (LevelDB's and RocksDB's rule). The
 * newest of each stripe stays, unless a range delete of its stripe is newer still. Where nothing older can exist below
 * the output, a tombstone stays only above an older version that a snapshot keeps: it hides nothing else.
 */
export class Retention {
  readonly #snapshots: readonly number[];
  readonly #dropTombstones: boolean;
  readonly #covers: CoverWalk | undefined;
  readonly #deletedTo: Float64Array;
  /** Of the version of the current key that was looked at last. */
  #stripe = 0;
  /** The tombstone of the current key that waits for something to hide; 0: none. Sequences begin at 1. */
  #waiting = 0;
  /** Of the tombstone that `keepBelow` is about. */
  tombstone = 0;

  /** `snapshots`: sequences that somebody reads at, ascending. Everybody else reads at the newest. */
  constructor(snapshots: readonly number[], dropTombstones: boolean, rangeDeletes?: RangeDeletes) {
    this.#snapshots = snapshots;
    this.#dropTombstones = dropTombstones;
    this.#covers = rangeDeletes === undefined || rangeDeletes.size === 0 ? undefined : new CoverWalk(rangeDeletes, snapshots);
    this.#deletedTo = this.#covers?.deletedTo ?? new Float64Array(snapshots.length + 1);
  }

  /** Keys must be entered, in order, before their versions are judged. */
  get wantsKeys(): boolean {
    return this.#covers !== undefined;
  }

  enter(bytes: Uint8Array, start: number, end: number): void {
    this.#covers?.moveTo(bytes, start, end);
  }

  /** To be asked about every version in entry order; `newKey`: the newest one of its key. */
  judge(newKey: boolean, kind: number, seq: number): Verdict {
    if (newKey) this.#waiting = 0;
    const stripe = this.#snapshots.length === 0 ? 0 : stripeOf(this.#snapshots, seq);
    const shadowed = !newKey && stripe === this.#stripe;
    this.#stripe = stripe;
    if (shadowed || seq < this.#deletedTo[stripe]) return Verdict.drop;
    if (kind === EntryKind.put) return this.#waiting === 0 ? Verdict.keep : this.#keepBelow();
    // It stands among the range deletes, which are kept elsewhere.
    if (kind === EntryKind.rangeDelete) return Verdict.drop;
    if (!this.#dropTombstones) return Verdict.keep;
    this.#waiting = seq;
    return Verdict.drop;
  }

  #keepBelow(): Verdict {
    this.tombstone = this.#waiting;
    this.#waiting = 0;
    return Verdict.keepBelow;
  }
}
