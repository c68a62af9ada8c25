import type { EngineOptions } from '../protocol/options.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { Group } from '../storage/wal/group.ts';
import { Wal } from '../storage/wal/wal.ts';
import { memtablesLimit } from './limits.ts';
import { Memtables } from './memtables.ts';
import type { Store } from './store.ts';

/** The log as memtables, sealed as they were full. */
export interface Replayed {
  readonly wal: Wal;
  readonly memtables: Memtables;
  readonly lastSequence: number;
  readonly entries: number;
}

/** Reads the log back into memory. What tables hold already is passed over, so replaying twice changes nothing. */
export async function replay(store: Store, options: EngineOptions, runtime: Runtime): Promise<Replayed> {
  const { walFloor: floor, memtableFloor, lastSequence } = store.state;
  const memtables = new Memtables({ number: memtableFloor, segment: floor }, options.memtableBytes, memtablesLimit(options));
  const filling = new Filling(memtables, lastSequence);
  const tools = { checksum: runtime.checksum, turn: () => runtime.turn(), random: () => runtime.random() };
  const wal = await Wal.open(runtime.files, store.paths.wal, tools, (group, segment) => filling.add(group, segment), { floor });
  if (memtables.active.entries === 0) memtables.startAt(wal.current);
  return { wal, memtables, lastSequence: filling.lastSequence, entries: filling.entries };
}

class Filling {
  readonly #memtables: Memtables;
  readonly #flushed: number;
  lastSequence: number;
  entries = 0;

  constructor(memtables: Memtables, flushed: number) {
    this.#memtables = memtables;
    this.#flushed = flushed;
    this.lastSequence = flushed;
  }

  add(group: Group, segment: number): void {
    const last = group.firstSequence + group.count - 1;
    if (last <= this.#flushed) return;
    const memtables = this.#memtables;
    const bytes = group.end - group.start;
    if (!memtables.active.fits(bytes, group.count)) memtables.seal(segment, bytes, group.count);
    if (memtables.active.entries === 0) memtables.startAt(segment);
    memtables.active.apply(group);
    this.lastSequence = last;
    this.entries += group.count;
  }
}
