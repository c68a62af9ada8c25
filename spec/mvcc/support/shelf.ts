import type { Scan } from '../../../actors/scan.ts';
import { Scans } from '../../../actors/scans.ts';
import { Snapshots } from '../../../actors/snapshots.ts';
import type { BlobStore } from '../../../storage/blobs/blob-store.ts';
import { Memtable } from '../../../storage/memtable/memtable.ts';
import type { ReadView } from '../../../storage/read/view.ts';
import { TableReader } from '../../../storage/sst/table-reader.ts';
import { LEVELS, type Version, type VersionEdit } from '../../../storage/tablet/contract.ts';
import { VersionLeases } from '../../../storage/tablet/leases.ts';
import { EMPTY_EDIT } from '../../../storage/tablet/manifest-state.ts';
import { applyEdit, emptyVersion, tablesAt } from '../../../storage/tablet/version.ts';
import { GroupBuilder } from '../../../storage/wal/group.ts';
import { kept } from '../../support/retained.ts';
import { Bench, checksum, type Entry } from '../../support/tables.ts';

const LAST = LEVELS - 1;
/** A table of a few entries, so that every few steps lead to another. */
const SMALLEST = { blockBytes: 40, tableBytes: 100, bloomBitsPerKey: 10 };

/**
 * A store whose entries can be brought from memtable to minor to last level at any moment, without an engine. A blob is
 * deleted as soon as it is garbage and nobody holds it: whoever reads more than it holds finds that out.
 */
export class Shelf {
  readonly bench = new Bench();
  readonly snapshots = new Snapshots({ now: () => 0, whereabouts: undefined, onAdvanced: () => {} });
  readonly leases = new VersionLeases(
    () => 0,
    (free) => {
      for (const { id } of free) this.bench.blobs.visible.delete(id);
    },
  );
  readonly scans: Scans;
  readonly tables: TableReader;
  /** Reads of blocks wait for this. */
  gate: Promise<void> | undefined;
  /** How often a scan has taken a view. */
  anchored = 0;
  lastSequence = 0;
  #version: Version = emptyVersion();
  /** Newest first. */
  #memtables: { readonly memtable: Memtable; readonly entries: Entry[] }[] = [];
  #inTables: Entry[] = [];
  #nextMemtable = 1;

  constructor() {
    const { blobs } = this.bench;
    // The methods of a fake, one of them replaced: it has no others.
    const held = Object.assign(Object.create(blobs), {
      read: async (id: number, block: number) => {
        await this.gate;
        return blobs.read(id, block);
      },
    }) as BlobStore;
    this.tables = new TableReader({ blobs: held, checksum });
    this.scans = new Scans({
      view: () => this.view,
      lease: () => {
        this.anchored++;
        return this.leases.acquire(this.#version, 'iterator');
      },
      snapshots: this.snapshots,
    });
    this.seal();
  }

  get view(): ReadView {
    return { memtables: this.#memtables.map(({ memtable }) => memtable), version: this.#version };
  }

  open(bounds: { gte?: Uint8Array; lt?: Uint8Array; reverse?: boolean } = {}, sequence = this.lastSequence): Scan {
    return this.scans.open({ reverse: false, ...bounds }, sequence, this.tables);
  }

  /** All at once. */
  write(pairs: readonly Omit<Entry, 'seq'>[]): void {
    if (pairs.length === 0) return;
    const builder = new GroupBuilder();
    for (const { key, value } of pairs) value === undefined ? builder.delete(key) : builder.put(key, value);
    const [{ memtable, entries }] = this.#memtables;
    memtable.apply(builder.group(this.lastSequence + 1));
    for (const pair of pairs) entries.push({ ...pair, seq: ++this.lastSequence });
  }

  seal(): void {
    this.#memtables = [{ memtable: Memtable.create(this.#nextMemtable++, 1 << 16), entries: [] }, ...this.#memtables];
  }

  /** The oldest sealed memtable becomes a minor. */
  async flush(): Promise<void> {
    const oldest = this.#memtables.at(-1);
    if (oldest === undefined || this.#memtables.length === 1) return;
    const entries = kept(oldest.entries, this.snapshots.sequences, false);
    const added = await this.bench.write(entries, { ...SMALLEST, tableBytes: 1 << 20 });
    this.#apply({ ...EMPTY_EDIT, added: added.map((table) => ({ place: 'minor', table })) });
    this.#inTables.push(...entries);
    this.#memtables = this.#memtables.slice(0, -1);
    this.scans.flushed(oldest.memtable.number);
  }

  /** All tables become new ones in the last level. */
  async compact(): Promise<void> {
    const places = ['minor', LAST - 1, LAST] as const;
    const removed = places.flatMap((place) => tablesAt(this.#version, place).map((table) => ({ place, table })));
    const entries = kept(this.#inTables, this.snapshots.sequences, true);
    const added = await this.bench.write(entries, SMALLEST);
    this.#apply({
      ...EMPTY_EDIT,
      added: added.map((table) => ({ place: LAST, table })),
      removed: removed.map(({ place, table }) => ({ place, id: table.id })),
      garbage: removed.map(({ table: { id, blocks, bytes } }) => ({ id, blocks, bytes })),
    });
    this.#inTables = entries;
  }

  /** The last level goes one up: other places, the same tables. */
  move(): void {
    const from = tablesAt(this.#version, LAST).length > 0 ? LAST : LAST - 1;
    const tables = tablesAt(this.#version, from);
    const to = from === LAST ? LAST - 1 : LAST;
    this.#apply({
      ...EMPTY_EDIT,
      added: tables.map((table) => ({ place: to, table })),
      removed: tables.map(({ id }) => ({ place: from, id })),
    });
  }

  #apply(edit: VersionEdit): void {
    this.scans.replacing(edit);
    this.#version = applyEdit(this.#version, edit);
    for (const garbage of edit.garbage) {
      this.leases.retire(garbage, 0, this.#version.number);
      if (!this.leases.isPinned(garbage.id)) this.bench.blobs.visible.delete(garbage.id);
    }
  }
}
