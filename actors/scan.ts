import type { KeyRange } from '../storage/entry.ts';
import { type Cursor, Step } from '../storage/merge/cursor.ts';
import { type ReadView, scanOf } from '../storage/read/view.ts';
import type { TableReader } from '../storage/sst/table-reader.ts';
import type { VersionLease } from '../storage/tablet/leases.ts';
import { NO_ENTRIES, Parked } from './parked.ts';
import type { SnapshotHold } from './snapshots.ts';

export interface ScanBounds extends KeyRange {
  readonly reverse: boolean;
}

/** What a scan reads through: its memtables stay in memory and its tables on disk until the lease is released. */
export interface Anchor {
  readonly view: ReadView;
  readonly lease: VersionLease;
}

/** Where scans get what they read through. */
export interface Moorings {
  /** What there is at this moment, for this scan until it has `left`. */
  anchor(scan: Scan): Anchor;
  left(scan: Scan): void;
}

interface ScanParts {
  readonly moorings: Moorings;
  readonly tables: TableReader;
  /** Keeps the versions that the scan sees. */
  readonly hold: SnapshotHold;
  readonly bounds: ScanBounds;
}

/**
 * A cursor over one moment that can let go of what it reads through, at any time and also when nobody calls it: every
 * version that it sees is held, so its next step finds it in what is there by then and goes on behind the key where it
 * stood. In between it is one call more an entry than the cursor beneath: beside its 85 ns that could not be measured.
 */
export class Scan implements Cursor {
  readonly #parts: ScanParts;
  #anchor: Anchor | undefined;
  /** Over the anchor's view; parked when there is none. */
  #at: Cursor;
  /** What `#at` was made for: all, or what was left when the one before it was let go of. */
  #left: ScanBounds;
  /** Where to begin in that; undefined: at its beginning. */
  #target: Uint8Array | undefined;
  /** `#at` has given an entry, since its beginning or since the last seek. */
  #hasGiven = false;
  #hasEnded = false;
  /** The last step came to a block that it lacks. */
  #isLacking = false;
  /** The entry that it is parked on has not been given yet. */
  #isPending = false;
  /** Fills under way: what they read must stay. */
  #fills = 0;
  /** To be left when these have ended. */
  #isOverdue = false;
  #isReleased = false;

  constructor(parts: ScanParts) {
    this.#parts = parts;
    this.#left = parts.bounds;
    this.#anchor = parts.moorings.anchor(this);
    this.#at = this.#open(this.#anchor);
  }

  get bytes(): Uint8Array {
    return this.#at.bytes;
  }
  get keyStart(): number {
    return this.#at.keyStart;
  }
  get keyEnd(): number {
    return this.#at.keyEnd;
  }
  get valueStart(): number {
    return this.#at.valueStart;
  }
  get valueEnd(): number {
    return this.#at.valueEnd;
  }
  get kind(): number {
    return this.#at.kind;
  }
  get seq(): number {
    return this.#at.seq;
  }

  step(): Step {
    const step = this.#at.step();
    if (step === Step.entry) this.#hasGiven = true;
    else if (step === Step.end) this.#hasEnded = true;
    else this.#isLacking = true;
    return step;
  }

  async fill(): Promise<void> {
    this.#fills++;
    try {
      await this.#at.fill();
      // What must leave gets on before it does: where every fill meets a commit, it would never come to an entry.
      while (this.#isOverdue && this.#isLacking && this.#fills === 1 && !this.#isReleased) {
        this.#isLacking = false;
        this.#isPending = this.step() === Step.entry;
        if (this.#isLacking) await this.#at.fill();
      }
    } finally {
      this.#fills--;
      this.#isLacking = false;
      if (this.#isOverdue) this.leave();
    }
  }

  fillSync(): void {
    this.#at.fillSync();
    this.#isLacking = false;
  }

  seek(target: Uint8Array): void {
    const isNarrowed = this.#left !== this.#parts.bounds;
    this.#left = this.#parts.bounds;
    this.#target = new Uint8Array(target);
    this.#hasGiven = this.#hasEnded = this.#isLacking = this.#isPending = false;
    if (this.#anchor === undefined) this.#park();
    else if (isNarrowed) this.#at = this.#open(this.#anchor);
    else this.#at.seek(this.#target);
  }

  /** The moment that it shows. */
  get sequence(): number {
    return this.#parts.hold.sequence;
  }

  /** The oldest memtable that it keeps in memory. */
  get oldestMemtable(): number {
    return this.#anchor?.view.memtables.at(-1)?.number ?? Number.POSITIVE_INFINITY;
  }

  /** Lets go of memtables and tables: at once, or when the last fill has ended. */
  leave(): void {
    this.#isOverdue = this.#fills > 0;
    if (this.#isOverdue || this.#anchor === undefined) return;
    const { lease } = this.#anchor;
    this.#park();
    this.#anchor = undefined;
    this.#parts.moorings.left(this);
    lease.release();
  }

  /** There are no more entries from here on. Releasing twice is fine. */
  release(): void {
    this.#isReleased = true;
    this.leave();
    this.#parts.hold.release();
  }

  #open({ view }: Anchor): Cursor {
    const cursor = scanOf(view, this.#parts.tables, this.sequence, this.#left);
    if (this.#target !== undefined) cursor.seek(this.#target);
    return cursor;
  }

  #park(): void {
    this.#at = this.#isReleased ? NO_ENTRIES : new Parked(this.#hasGiven ? this.#at : undefined, () => this.#resume());
  }

  /** Goes on in what is there now. */
  #resume(): Step {
    if (this.#hasEnded || this.#isReleased) return Step.end;
    if (this.#isPending) {
      this.#isPending = false;
      return Step.entry;
    }
    if (this.#hasGiven) {
      this.#left = leftBehind(this.#at, this.#parts.bounds);
      this.#target = undefined;
      this.#hasGiven = false;
    }
    this.#anchor = this.#parts.moorings.anchor(this);
    this.#at = this.#open(this.#anchor);
    return this.#at.step();
  }
}

/** What is left of the range behind the entry that a cursor stands on. */
function leftBehind({ bytes, keyStart, keyEnd }: Cursor, bounds: ScanBounds): ScanBounds {
  if (bounds.reverse) return { ...bounds, lt: new Uint8Array(bytes.subarray(keyStart, keyEnd)) };
  // Right behind a key comes the same with a zero byte.
  const gte = new Uint8Array(keyEnd - keyStart + 1);
  gte.set(bytes.subarray(keyStart, keyEnd));
  return { ...bounds, gte };
}
