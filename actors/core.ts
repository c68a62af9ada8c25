import type { TabletEvent } from '../machines/tablet.ts';
import type { WriterEvent } from '../machines/writer.ts';
import { codeOf, isDiskFull, type LithifyError } from '../protocol/errors.ts';
import type { BlobId, MemtableNumber } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { BlobStore } from '../storage/blobs/blob-store.ts';
import type { Numbered } from '../storage/log/frame-builder.ts';
import { PartReader } from '../storage/log/part-reader.ts';
import type { ReadView } from '../storage/read/view.ts';
import { BlockCache } from '../storage/sst/block-cache.ts';
import type { TableShape } from '../storage/sst/table.ts';
import { TableReader } from '../storage/sst/table-reader.ts';
import type { Garbage } from '../storage/tablet/contract.ts';
import type { VersionLease } from '../storage/tablet/leases.ts';
import { planOptions } from '../storage/tablet/plan-options.ts';
import { TabletState } from '../storage/tablet/tablet-state.ts';
import type { Wal } from '../storage/wal/wal.ts';
import { Clearing } from './clearing.ts';
import { CommitQueue } from './commit-queue.ts';
import type { EventHub } from './events.ts';
import { type IngestSurroundings, Ingests } from './ingest/ingests.ts';
import { LogNumbers } from './logs/log-numbers.ts';
import { Topics } from './logs/topics.ts';
import type { Memtables } from './memtables.ts';
import { discardOrphans } from './orphans.ts';
import { type Load, type Pressure, pressureOf, slowdownOf } from './pressure.ts';
import { type Replayed, replay } from './replay.ts';
import { Scans } from './scans.ts';
import { readAt, Snapshots } from './snapshots.ts';
import { Store } from './store.ts';
import { Tablet } from './tablet.ts';
import { Throttle } from './throttle.ts';
import { whereabouts } from './whereabouts.ts';
import { Writer } from './writer.ts';
import { WritersRoom } from './writers-room.ts';

const BLOOM_BITS_PER_KEY = 10;
/** While writers are being slowed, after so many bytes it is looked at how much. */
const MOST_BETWEEN_LOOKS = 256 * 1024;
/** The log must not take the room that flushes need, or LevelDB to be opened again. */
const DISK_FULL: Pressure = {
  cause: 'disk',
  reason: 'the disk is full, and what is in memory has no room there',
  clearedBy: ['flush', 'plan', 'slice', 'collect', 'storage'],
};

/** What the core tells its owner. */
export interface CoreListener extends IngestSurroundings {
  /** There may be work: a commit, a seal. */
  onWork(): void;
  /** LevelDB may be poisoned. */
  onStorageFailed(error: LithifyError): void;
  /** The last lease of these obsolete blobs has gone. */
  onDeletable(blobs: readonly Garbage[]): void;
  /** Records came in. */
  onProduced(numbered: Numbered): void;
  /** To the charts of tablet and writer. */
  toTablet(event: TabletEvent): void;
  toWriter(event: WriterEvent): void;
}

/** Everything of an open store that lives in memory, joined: what tickets, readers and the engine work with. */
export class Core {
  readonly options: EngineOptions;
  readonly runtime: Runtime;
  readonly hub: EventHub;
  readonly store: Store;
  readonly cache: BlockCache;
  readonly tables: TableReader;
  /** The same for scans: what they find in the cache they use, but they do not push other blocks out of it. */
  readonly scanTables: TableReader;
  /** Parts of logs; their indexes stay in the cache, their log blocks do not push others out of it. */
  readonly parts: PartReader;
  readonly memtables: Memtables;
  readonly wal: Wal;
  readonly writer: Writer;
  readonly tablet: Tablet;
  readonly topics: Topics;
  readonly numbers: LogNumbers;
  readonly replayed: Replayed;
  readonly snapshots: Snapshots;
  readonly clearing: Clearing;
  /** What iterators read through. */
  readonly scans: Scans;
  readonly ingests: Ingests;
  /** LevelDB may be poisoned. */
  readonly noteFailure: (error: LithifyError) => void;
  /** Why LevelDB is being opened again; undefined while it is open. */
  storageError: LithifyError | undefined;
  /** What dead threads have left is being deleted. */
  #discarding: Promise<unknown> = Promise.resolve();

  private constructor(
    parts: { options: EngineOptions; runtime: Runtime; hub: EventHub; store: Store; replayed: Replayed },
    listener: CoreListener,
  ) {
    const { options, runtime, hub, store, replayed } = parts;
    this.options = options;
    this.runtime = runtime;
    this.hub = hub;
    this.store = store;
    this.replayed = replayed;
    this.noteFailure = (error) => listener.onStorageFailed(error);
    this.memtables = replayed.memtables;
    this.snapshots = new Snapshots({
      now: () => runtime.clock.now(),
      whereabouts: options.trackLeases ? whereabouts : undefined,
      // Once it is open again everything is looked at anyhow.
      onAdvanced: () => store.isOpen && listener.onWork(),
    });
    this.scans = new Scans({ view: () => this.view(), lease: () => this.lease('iterator'), snapshots: this.snapshots });
    this.wal = replayed.wal;
    this.cache = new BlockCache(options.cacheBytes);
    const source = { blobs: blobsOf(store), checksum: runtime.checksum, cache: this.cache };
    this.tables = new TableReader(source);
    this.scanTables = new TableReader({ ...source, cacheData: false });
    this.parts = new PartReader(this.scanTables.source);
    this.numbers = LogNumbers.of(store.state.version.logs, replayed.memtables.logs);
    this.topics = new Topics({
      tablet: () => this.tablet,
      memtables: replayed.memtables,
      numbers: this.numbers,
      wall: () => runtime.clock.wall(),
      onProduced: (numbered) => listener.onProduced(numbered),
    });
    this.writer = this.#makeWriter(listener);
    this.tablet = this.#makeTablet(listener);
    this.clearing = new Clearing({
      ...{ memtables: this.memtables, options },
      version: () => this.tablet.state.version,
      snapshots: () => this.snapshots.sequences,
      onWork: listener.onWork,
    });
    this.ingests = new Ingests(this, listener, shapeOf(options));
  }

  /** Lock, LevelDB, manifest, the log, then the sweep. Lets go of everything when one of them fails. */
  static async open(location: string, options: EngineOptions, runtime: Runtime, hub: EventHub, listener: CoreListener): Promise<Core> {
    const store = await Store.open(location, options, runtime);
    let replayed: Replayed | undefined;
    try {
      replayed = await replay(store, options, runtime);
      await store.sweep();
      return new Core({ options, runtime, hub, store, replayed }, listener);
    } catch (error) {
      await replayed?.wal.close().catch(() => undefined);
      await store.close().catch(() => undefined);
      throw error;
    }
  }

  /** What a reader sees from now on; synchronous, so that memtables and version belong together. */
  view(): ReadView {
    return { memtables: this.memtables.forReading, version: this.tablet.state.version };
  }

  lease(owner: string): VersionLease {
    return this.tablet.state.acquire(owner);
  }

  /** LevelDB's handle was poisoned: closes it, opens it again and goes on with what is on disk. Threads have ended. */
  async recover(): Promise<void> {
    await this.store.reopen();
    this.storageError = undefined;
    this.scans.leaveAll();
    this.tablet.state.reopened(this.store.state);
    this.tablet.forgetOrders();
    this.#dropFlushed(this.store.state.memtableFloor);
    this.writer.reopened(this.store.state.lastSequence);
    this.ingests.noteReopened();
  }

  /** What the thread held is free, and what it had begun to write goes. */
  threadEnded(slot: number, orphans: readonly BlobId[]): void {
    this.store.releaseSlot(slot);
    if (orphans.length > 0) this.#discarding = Promise.all([this.#discarding, discardOrphans(orphans, this)]);
  }

  async close(): Promise<void> {
    await this.#discarding;
    // The writer has closed it, unless a defect ended the writer first.
    await this.wal.close().catch(() => undefined);
    await this.store.close();
  }

  /** A flush whose commit seemed to fail may be on disk after all. */
  #dropFlushed(floor: MemtableNumber): void {
    for (let [oldest] = this.memtables.sealed; oldest !== undefined && oldest.memtable.number < floor; [oldest] = this.memtables.sealed) {
      this.writer.flushed(this.memtables.floorAfterOldest());
    }
  }

  #makeWriter({ onWork, toWriter }: CoreListener): Writer {
    const { options, runtime, hub, memtables, wal, replayed } = this;
    const queue = new CommitQueue(options, this.numbers);
    const durable = options.durability === 'fsync';
    const { clock, keepAlive, turn } = runtime;
    const tools = { ...{ clock, hub, keepAlive }, memory: () => memtables };
    const room = new WritersRoom({ ...tools, timeoutMs: options.writeTimeoutMs });
    const lookEveryBytes = Math.min(MOST_BETWEEN_LOOKS, options.memtableBytes / 16);
    const throttle = new Throttle({ ...tools, lookEveryBytes, slowdown: () => slowdownOf(this.#load(), options) });
    const isFlushOutOfRoom = () => memtables.sealed.length > 0 && isDiskFull(room.failureOf('flush'));
    return new Writer({
      ...{ memtables, wal, queue, hub, durable, room, throttle, keepAlive, turn },
      pressure: () => pressureOf(this.#load(), options),
      blocked: () => (isDiskFull(this.storageError) || isFlushOutOfRoom() ? DISK_FULL : undefined),
      isStorageDown: () => this.storageError !== undefined,
      lastSequence: replayed.lastSequence,
      onSealed: onWork,
      onFlushed: (memtable) => this.scans.flushed(memtable),
      onCommitted: (numbered) => {
        this.topics.committed(numbered);
        this.clearing.committed();
      },
      send: toWriter,
    });
  }

  #load(): Load {
    const { memtables, options } = this;
    const { sealed, limit: memtablesLimit, live } = memtables;
    const activeShare = Math.min(1, live.bytes / options.memtableBytes);
    return { ...this.tablet.load(), sealed: sealed.length, memtablesLimit, activeShare };
  }

  #makeTablet(listener: CoreListener): Tablet {
    const { options, runtime, hub, store, tables, cache } = this;
    const now = () => runtime.clock.now();
    const state = new TabletState({ state: store.state, plan: planOptions(options), now, onDeletable: listener.onDeletable });
    return new Tablet({
      ...{ state, store, tables, hub, options },
      snapshots: () => readAt(this.snapshots.sequences, this.writer.lastSequence, state.state.lastSequence),
      onReplacing: (edit) => this.scans.replacing(edit),
      shape: shapeOf(options),
      wall: () => runtime.clock.wall(),
      arrivedAt: (id) => this.topics.arrivedAt(id),
      forget: (ids) => {
        for (const id of ids) cache.drop(id);
      },
      onCommitted: () => {
        this.writer.roomMade();
        listener.onWork();
      },
      onFailure: listener.onStorageFailed,
      send: listener.toTablet,
    });
  }
}

export function shapeOf({ blockBytes, tableBytes }: EngineOptions): TableShape {
  return { blockBytes, tableBytes, bloomBitsPerKey: BLOOM_BITS_PER_KEY };
}

/** A failed write leaves LevelDB saying OK to what it will lose, so these call for opening it again. */
export function isStorageFailure(error: LithifyError): boolean {
  return ['LITHIFY_BLOB_STORE', 'LITHIFY_DISK_FULL'].includes(codeOf(error) ?? '');
}

/** The store's blobs as they are open now: LevelDB may be opened again while a reader lives. */
function blobsOf(store: Store): BlobStore {
  return {
    create: (id) => store.blobs.create(id),
    read: (id, block) => readAgain(store, id, block),
    readSync: (id, block) => store.blobs.readSync(id, block),
    size: async (id) => store.blobs.size(id),
    delete: async (id, blocks) => store.blobs.delete(id, blocks),
    list: async () => store.blobs.list(),
    listUnfinished: async () => store.blobs.listUnfinished(),
    reclaim: async (blobs, shouldStop) => store.blobs.reclaim(blobs, shouldStop),
  };
}

/** A read that LevelDB was closed under is made again on the handle that took its place. */
export async function readAgain(store: Store, id: BlobId, block: number): Promise<Uint8Array> {
  for (;;) {
    await store.ready();
    const { blobs } = store;
    try {
      return await blobs.read(id, block);
    } catch (error) {
      if (store.isOpen && store.blobs === blobs) throw error;
    }
  }
}
