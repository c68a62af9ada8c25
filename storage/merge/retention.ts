import { EntryKind } from '../entry.ts';

/**
 * Which versions of a key a compaction keeps. Snapshots cut the sequences into stripes: two versions in one stripe are
 * seen by the same snapshots, so that only the newer of them can be seen by anybody (LevelDB's and RocksDB's rule). The
 * newest of each stripe stays. A tombstone goes if nothing older can exist below the output and no snapshot reads from
 * before it: then there is nothing left that it could hide.
 */
export class Retention {
  readonly #snapshots: readonly number[];
  /** Tombstones up to this sequence may go. */
  readonly #tombstonesUpTo: number;
  /** Of the version of the current key that was looked at last. */
  #stripe = 0;

  /** `snapshots`: sequences that somebody reads at, ascending. Everybody else reads at the newest. */
  constructor(snapshots: readonly number[], dropTombstones: boolean) {
    this.#snapshots = snapshots;
    this.#tombstonesUpTo = dropTombstones ? (snapshots[0] ?? Infinity) : -1;
  }

  /** To be asked about every version in entry order; `newKey`: the newest one of its key. */
  keeps(newKey: boolean, kind: number, seq: number): boolean {
    const stripe = this.#snapshots.length === 0 ? 0 : this.#stripeOf(seq);
    const shadowed = !newKey && stripe === this.#stripe;
    this.#stripe = stripe;
    if (shadowed) return false;
    return kind !== EntryKind.delete || seq > this.#tombstonesUpTo;
  }

  /** How many snapshots do not see this sequence. */
  #stripeOf(seq: number): number {
    let stripe = this.#snapshots.length;
    while (stripe > 0 && this.#snapshots[stripe - 1] >= seq) stripe--;
    return stripe;
  }
}
