import type { MemtableNumber } from '../protocol/messages.ts';
import type { Memtable } from '../storage/memtable/memtable.ts';
import type { ReadView } from '../storage/read/view.ts';
import type { TableReader } from '../storage/sst/table-reader.ts';
import type { VersionEdit } from '../storage/tablet/contract.ts';
import type { VersionLease } from '../storage/tablet/leases.ts';
import { type Moorings, Scan, type ScanBounds } from './scan.ts';
import type { Snapshots } from './snapshots.ts';

interface ScansParts {
  readonly view: () => ReadView;
  readonly lease: () => VersionLease;
  readonly snapshots: Snapshots;
}

/**
 * The scans that are open, told when what they read through is replaced: an iterator that nobody calls then pins no memory
 * and no blobs, only the versions that it sees. Each is told once, however often things change until its next step.
 */
export class Scans {
  readonly #parts: ScansParts;
  /** Those that keep memtables and tables. */
  readonly #anchored = new Set<Scan>();

  constructor(parts: ScansParts) {
    this.#parts = parts;
  }

  /** What is visible at the sequence, for which the same goes as for `Snapshots.hold`. Release it. */
  open(bounds: ScanBounds, sequence: number, tables: TableReader): Scan {
    const hold = this.#parts.snapshots.hold(sequence, 'iterator');
    return new Scan({ moorings: this.#moorings, tables, hold, bounds: copyOf(bounds) });
  }

  /** This is about to be applied. Told before, so that what it makes garbage is never pinned by an idle scan. */
  replacing({ removed, garbage, log }: VersionEdit): void {
    // A move makes no garbage, and outputs that were given up never were in a version.
    if (garbage.length > 0 && (removed.length > 0 || log !== undefined)) this.leaveAll();
  }

  /** This memtable is a table now. */
  flushed(memtable: MemtableNumber): void {
    for (const scan of this.#anchored) if (scan.oldestMemtable <= memtable) scan.leave();
  }

  leaveAll(): void {
    for (const scan of this.#anchored) scan.leave();
  }

  readonly #moorings: Moorings = {
    anchor: (scan) => {
      this.#anchored.add(scan);
      return { view: upTo(scan.sequence, this.#parts.view()), lease: this.#parts.lease() };
    },
    left: (scan) => void this.#anchored.delete(scan),
  };
}

/** Without memtables that came after this sequence: one that goes on at an old moment has no use for them. */
function upTo(sequence: number, view: ReadView): ReadView {
  const isSeen = ({ entries, firstSequence }: Memtable) => entries > 0 && firstSequence <= sequence;
  return view.memtables.every(isSeen) ? view : { memtables: view.memtables.filter(isSeen), version: view.version };
}

/**
 * They are looked at as long as the scan is open, and may be in a buffer that its caller uses again. `slice` would do for
 * arrays, but of a Node Buffer it is a view.
 */
function copyOf({ gte, lt, reverse }: ScanBounds): ScanBounds {
  if (gte === undefined && lt === undefined) return { reverse };
  return { reverse, ...(gte && { gte: new Uint8Array(gte) }), ...(lt && { lt: new Uint8Array(lt) }) };
}
