import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { RepairOptions, RepairProgress, RepairReport } from '../../protocol/repair.ts';
import type { Runtime } from '../../protocol/runtime.ts';
import { RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { KeyLosses } from '../../storage/salvage/tables/key-losses.ts';
import { SalvageCursor } from '../../storage/salvage/tables/salvage-cursor.ts';
import { rowsOf, salvageTableOf } from '../../storage/salvage/tables/salvage-table.ts';
import { visiblePairs } from '../../storage/salvage/tables/visible-pairs.ts';
import { Target } from '../checkpoint/target.ts';
import { EngineCore } from '../engine-core.ts';
import { addKeys } from './add-keys.ts';
import { DamagedStore } from './damaged-store.ts';
import { type Findings, look } from './findings.ts';
import { checkRepair, engineOptions } from './options.ts';
import { TopicOutput } from './topic-output.ts';
import { planTopics } from './topic-plan.ts';

/**
 * Brings what is readable of a damaged store into a new one, and says what was lost. The damaged store is only read; the new one
 * grows beside `target`, is verified, and is moved there as the last step: whatever fails leaves the one as it was and no
 * other. LITHIFY_NOT_FOUND: there is no store; LITHIFY_LOCKED: it is open; LITHIFY_EXISTS: the target is neither empty nor
 * missing; LITHIFY_DISK_FULL: there is no room for it.
 */
export async function repairStore(damaged: string, target: string, options: RepairOptions, runtime: Runtime): Promise<RepairReport> {
  checkRepair(damaged, target, options);
  const letGo = runtime.keepAlive();
  const since = runtime.clock.now();
  try {
    const report = await new Repair(options, runtime).run(damaged, target);
    return { ...report, ms: runtime.clock.now() - since };
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_BLOB_STORE', `Repairing ${damaged}`);
  } finally {
    letGo();
  }
}

type Report = Omit<RepairReport, 'ms'>;
/** The new store is about as large; while it is written its compactions need room too. */
const ROOM_FACTOR = 1.5;
/** Between two reports of progress, about. */
const PROGRESS_BYTES = 1024 * 1024;

class Repair {
  readonly #options: RepairOptions;
  readonly #runtime: Runtime;
  #reported: { readonly phase?: RepairProgress['phase']; readonly done: number } = { done: 0 };

  constructor(options: RepairOptions, runtime: Runtime) {
    this.#options = options;
    this.#runtime = runtime;
  }

  async run(damaged: string, directory: string): Promise<Report> {
    this.#throwIfAborted();
    const store = await DamagedStore.hold(damaged, this.#runtime);
    try {
      const target = await Target.at(directory, this.#runtime.files, store.paths.root);
      await target.requireRoom(Math.ceil(ROOM_FACTOR * (await store.size())));
      return await this.#into(target, store);
    } finally {
      await store.release();
    }
  }

  async #into(target: Target, store: DamagedStore): Promise<Report> {
    const partial = await target.begin(() => this.#runtime.random());
    try {
      await store.keepOut(`${partial}/lock`);
      const report = await this.#make(store, `${partial}/store`);
      this.#throwIfAborted();
      await target.finish(`${partial}/store`);
      return { ...report, location: target.location };
    } finally {
      await store.letIn();
      await target.discard(partial);
    }
  }

  async #make(store: DamagedStore, location: string): Promise<Omit<Report, 'location'>> {
    const { files, checksum } = this.#runtime;
    const total = await store.size();
    let read = 0;
    const onRead = (bytes: number) => this.#progress('reading', (read += bytes), total);
    onRead(0);
    const findings = await look(store.paths, { files, checksum, turn: () => this.#turn(), onRead });
    const engine = await EngineCore.open(location, engineOptions(this.#options.options, findings.maxBytes), this.#runtime);
    try {
      const report = await this.#fill(engine, findings);
      return { ...report, warnings: [...store.warnings, ...report.warnings] };
    } finally {
      await engine.ask({ type: 'Shutdown' });
      await engine.closed;
    }
  }

  async #fill(engine: EngineCore, findings: Findings): Promise<Omit<Report, 'location'>> {
    const keys = await this.#addKeys(engine, findings);
    const topics = await this.#addTopics(engine, findings);
    await engine.ask({ type: 'MinorCompact' });
    await topics.output.finish();
    await this.#verify(engine);
    return {
      entries: keys.entries,
      ...{ records: topics.output.records, topics: topics.count },
      lost: [...findings.lost, ...keys.lost, ...topics.output.lost],
      stale: keys.stale,
      warnings: [...findings.warnings, ...topics.warnings],
    };
  }

  async #addKeys(engine: EngineCore, { known, blocks, wal, isLogWhole, tables: found, maxBytes }: Findings) {
    const { keepStale = true } = this.#options;
    const losses = new KeyLosses();
    for (const { id: blobId, minKey: from, maxKey: to, maxSeq, isUndated } of found)
      if (isUndated) losses.add({ from, to, blobId, maxSeq, reason: UNDATED, isDoubtOnly: true });
    const tables = [...[...known.tables.values()].map(salvageTableOf), ...found];
    const rows = rowsOf(tables).map((row) => new SalvageCursor(row, blocks, (loss) => losses.add(loss)));
    const memtables = wal.memtables(isLogWhole).map((memtable) => memtable.cursor());
    const rangeDeletes = RangeDeletes.of([...known.rangeDeletes.values(), ...wal.rangeDeletes]);
    const total = [...known.tables.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const before = blocks.bytesRead;
    const turn = () => {
      this.#progress('keys', blocks.bytesRead - before, total);
      return this.#turn();
    };
    this.#progress('keys', 0, total);
    const pairs = visiblePairs({ cursors: [...memtables, ...rows], rangeDeletes, losses, keepStale, turn });
    const entries = await addKeys(engine.core, pairs, maxBytes);
    return { entries, lost: losses.lost(!keepStale), stale: keepStale ? losses.stale : [] };
  }

  async #addTopics(engine: EngineCore, { known, isWhole, blocks, wal, parts, isLogWhole }: Findings) {
    const before = blocks.bytesRead;
    const total = [...known.partitions.values()].flatMap((state) => state.parts).reduce((sum, { bytes }) => sum + bytes, 0);
    const turn = () => {
      this.#progress('records', blocks.bytesRead - before, total);
      return this.#turn();
    };
    this.#progress('records', 0, total);
    const output = new TopicOutput(engine, { blocks, isLogWhole, turn });
    const plans = planTopics({ known, isWhole, parts, wal });
    await output.addAll(plans);
    const madeUp = plans.filter(({ isMadeUp }) => isMadeUp).map(({ name }) => name);
    return {
      output,
      count: plans.length,
      warnings: madeUp.length === 0 ? [] : [`The manifest has lost the names of topics; they are called ${madeUp.join(', ')} now`],
    };
  }

  async #verify(engine: EngineCore): Promise<void> {
    this.#progress('verifying', 0, 1);
    const { damage } = await engine.verify();
    const [first] = damage;
    if (first !== undefined) {
      const message = `The new store was not written well: blob ${first.blobId}: ${first.reason}. Repair again, to another disk.`;
      throw new LithifyError('LITHIFY_CORRUPTION', message, { details: { blobId: first.blobId } });
    }
    this.#progress('verifying', 1, 1);
  }

  async #turn(): Promise<void> {
    this.#throwIfAborted();
    await this.#runtime.turn();
  }

  #throwIfAborted(): void {
    const { signal } = this.#options;
    if (!signal?.aborted) return;
    throw new LithifyError('LITHIFY_ABORTED', 'The repair was aborted; nothing is left of it.', { cause: signal.reason });
  }

  #progress(phase: RepairProgress['phase'], done: number, total: number): void {
    const reported = this.#reported;
    if (phase === reported.phase && done - reported.done < PROGRESS_BYTES && (done < total || reported.done >= total)) return;
    this.#reported = { phase, done };
    try {
      this.#options.onProgress?.({ phase, done: Math.min(done, total), total });
    } catch {
      // The caller's own affair: a bar that breaks is no reason to have no store.
    }
  }
}

const UNDATED = 'it was ingested, and only the manifest knew when';
