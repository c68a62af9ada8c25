import type { KeyRange } from '../../../storage/entry.ts';
import { compareBytes } from '../../../storage/entry.ts';
import { clearedTo, heldBetween } from '../../../storage/range-deletes/coverage.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import type { Order, PlanOptions, Version, VersionEdit } from '../../../storage/tablet/contract.ts';
import type { OrderId } from '../../../storage/tablet/ledger.ts';
import { emptyState } from '../../../storage/tablet/manifest-state.ts';
import { cutSlices, runsOf } from '../../../storage/tablet/slices.ts';
import { targetInputs } from '../../../storage/tablet/stretches.ts';
import { TabletState } from '../../../storage/tablet/tablet-state.ts';

/** One version of a key; `value` undefined is a tombstone. */
export interface Entry {
  readonly key: number;
  readonly seq: number;
  readonly value: number | undefined;
}
export type Write = readonly [key: number, value: number | undefined];
/** Everything from one key to before another. */
export interface Clear {
  readonly from: number;
  readonly to: number;
}
type Cleared = Clear & { readonly seq: number };

export const PUT_BYTES = 10;
export const TOMBSTONE_BYTES = 1;

/** A tablet whose tables are lists of entries in memory, beside the list of all writes, which is the truth. */
export class ModelStore {
  tablet: TabletState;
  readonly snapshots = new Set<number>();
  readonly #contents = new Map<number, readonly Entry[]>();
  readonly #history: Entry[] = [];
  readonly #clears: Cleared[] = [];
  /** Slices whose jobs have run and have not been reported yet. */
  readonly #landings: { readonly id: OrderId; land(): void }[] = [];
  readonly #latest = new Map<number, number | undefined>();
  readonly #plan: PlanOptions;
  #sequence = 0;
  #lastBlob = 0;
  /** Bytes that orders wrote; moves write none. */
  written = 0;
  flushed = 0;
  peakBytes = 0;

  constructor(plan: PlanOptions) {
    this.tablet = new TabletState({ state: emptyState(), plan, now: () => 0 });
    this.#plan = plan;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Ascending. */
  get held(): number[] {
    return [...this.snapshots].sort((a, b) => a - b);
  }

  flush(writes: readonly (Write | Clear)[]): void {
    const entries: Entry[] = [];
    const clears: Cleared[] = [];
    for (const one of writes) {
      const seq = ++this.#sequence;
      if ('from' in one) clears.push({ ...one, seq });
      else entries.push({ key: one[0], value: one[1], seq });
      this.#note(one);
    }
    this.#history.push(...entries);
    this.#clears.push(...clears);
    const kept = retained(entries, this.held, false, clears);
    const table = kept.length === 0 ? undefined : this.#store(kept, this.#sequence);
    this.flushed += table?.bytes ?? 0;
    const rangeDeletes = clears.map(({ from, to, seq }) => ({ start: keyBytes(from), end: keyBytes(to), seq }));
    this.#apply(this.tablet.editForFlush(table, { lastSequence: this.#sequence, rangeDeletes }));
  }

  #note(one: Write | Clear): void {
    if (!('from' in one)) this.#latest.set(one[0], one[1]);
    else for (let key = one.from; key < one.to; key++) this.#latest.set(key, undefined);
  }

  /** Opens the next order, if there is one. */
  begin(): OrderId | undefined {
    const { order } = this.tablet.planNext(this.held);
    return order && this.tablet.openOrder(order, order.move || order.drop ? undefined : this.#cut(order));
  }

  beginMajor(range: KeyRange = {}): OrderId | string {
    const plan = this.tablet.planMajor({ range }, this.held);
    return plan.kind === 'order' ? this.tablet.openOrder(plan.order, this.#cut(plan.order)) : plan.kind;
  }

  /** Runs all slices of an open order as a worker would, and commits. */
  finish(id: OrderId): void {
    for (const { land } of this.#landings.splice(0)) land();
    while (this.runSlice(id));
    this.commit(id);
  }

  /** Runs one slice and commits what can be committed before the rest; false when none waits. `most`: keys until it yields. */
  runSlice(id: OrderId, most = Number.POSITIVE_INFINITY): boolean {
    if (!this.startSlice(id, most)) return false;
    this.#landings.pop()?.land();
    return true;
  }

  /** One of the started slices is reported; the order that it belongs to. */
  land(pick: number): OrderId | undefined {
    const [landing] = this.#landings.splice(pick % Math.max(1, this.#landings.length), 1);
    landing?.land();
    return landing?.id;
  }

  /** The job of a slice, with what is held and deleted now; what else happens before it lands, it does not know. */
  startSlice(id: OrderId, most = Number.POSITIVE_INFINITY): boolean {
    const { tablet } = this;
    const { orders } = tablet;
    const slice = orders.startSlice(id);
    if (slice === undefined) return false;
    const result = this.#merge(orders.order(id), slice.range, most);
    this.written += result.bytesWritten;
    const land = () => {
      if (orders.finishSlice(id, slice.index, result).kind === 'stale' || tablet !== this.tablet) return;
      this.#measure(orders.outputs(id).reduce((sum, { bytes }) => sum + bytes, 0));
      if (!orders.isComplete(id)) for (const edit of tablet.editsForDone(id)) this.#apply(edit);
    };
    this.#landings.push({ id, land });
    return true;
  }

  /** The end of a complete order. */
  commit(id: OrderId): void {
    const result = this.tablet.editForOrder(id);
    if (result.kind === 'refused') throw new Error(result.reason);
    this.#apply(result.edit);
  }

  /** Nothing is left but what was committed: who worked on what is forgotten. */
  crash(): void {
    this.#landings.length = 0;
    this.tablet = new TabletState({ state: this.tablet.state, plan: this.#plan, now: () => 0 });
  }

  /** Until there is nothing left to do; fails if that never comes. */
  settle(limit = 1000): Order[] {
    const done: Order[] = [];
    for (let id = this.begin(); id !== undefined; id = this.begin()) {
      done.push(this.tablet.orders.order(id));
      this.finish(id);
      if (done.length > limit)
        throw new Error(
          `still at work after ${limit} orders: ${done
            .slice(-6)
            .map(({ reason }) => reason)
            .join(' / ')}`,
        );
    }
    return done;
  }

  /** As a reader does it: minors newest first, then level by level, stopping at the first hit. */
  read(key: number, at = Number.MAX_SAFE_INTEGER, version: Version = this.tablet.version): number | undefined {
    for (const table of [version.minors, ...version.levels].flat()) {
      const hit = (this.#contents.get(table.id) ?? []).find((entry) => entry.key === key && entry.seq <= at);
      if (hit) return version.rangeDeletes.coverOf(keyBytes(key), at) > hit.seq ? undefined : hit.value;
    }
    return undefined;
  }

  truth(key: number, at = Number.MAX_SAFE_INTEGER): number | undefined {
    const last = this.#history.findLast((entry) => entry.key === key && entry.seq <= at);
    const isCleared = this.#clears.some(({ from, to, seq }) => from <= key && key < to && seq <= at && seq > (last?.seq ?? 0));
    return isCleared ? undefined : last?.value;
  }

  bytes(): number {
    const { minors, levels } = this.tablet.version;
    return [minors, ...levels].flat().reduce((sum, table) => sum + table.bytes, 0);
  }

  liveBytes(): number {
    return [...this.#latest.values()].filter((value) => value !== undefined).length * PUT_BYTES;
  }

  #measure(inFlight = 0): void {
    this.peakBytes = Math.max(this.peakBytes, this.bytes() + inFlight);
  }

  /** Of what comes in, every table is there: it would have been deleted if it were garbage by now. */
  #merge(order: Order, range: KeyRange, most: number) {
    const tables = runsOf(order, range).flat();
    const { garbage } = this.tablet.state;
    if (tables.some(({ id }) => garbage.some((one) => one.id === id))) throw new Error('a slice reads garbage');
    const all = tables.flatMap(({ id }) => this.#contents.get(id) ?? []).filter((entry) => isIn(range, keyBytes(entry.key)));
    const keys = [...new Set(all.map(({ key }) => key))].sort((a, b) => a - b);
    const resumeAt = keys.length > most ? keyBytes(keys[most]) : undefined;
    const entries = resumeAt === undefined ? all : all.filter(({ key }) => key < keys[most]);
    const { version, state } = this.tablet;
    const known = new Set(version.rangeDeletes.list.map(({ seq }) => seq));
    const clears = this.#clears.filter(({ seq }) => known.has(seq));
    const kept = retained(entries, this.held, order.dropTombstones, clears);
    const outputs = this.#split(kept).map((part) => this.#store(part, state.lastSequence));
    const bytesWritten = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
    const counts = { entriesIn: entries.length, entriesOut: kept.length, bytesRead: sizeOf(entries), bytesWritten };
    return { outputs, ...counts, ...(resumeAt && { resumeAt }) };
  }

  #split(entries: readonly Entry[]): Entry[][] {
    const parts: Entry[][] = [];
    for (const entry of entries) {
      const part = parts.at(-1);
      const full = part === undefined || (sizeOf(part) + sizeOf([entry]) > this.#plan.tableBytes && part.at(-1)?.key !== entry.key);
      if (full) parts.push([entry]);
      else part.push(entry);
    }
    return parts;
  }

  /** Into slices of about two tables, where the engine would cut them. */
  #cut(order: Order): KeyRange[] {
    const entries = order.inputs.flatMap(({ table }) => this.#contents.get(table.id) ?? []);
    const boundaries = entries.map((entry) => ({ key: keyBytes(entry.key), bytes: sizeOf([entry]) }));
    const anchors = targetInputs(order).map(({ minKey }) => minKey);
    return cutSlices(order, boundaries, 2 * this.#plan.tableBytes, anchors);
  }

  #apply(edit: VersionEdit): void {
    this.tablet.applied(this.tablet.withRetired(edit, this.held));
    this.#measure();
  }

  #store(entries: readonly Entry[], appliedTo: number): TableMeta {
    const id = ++this.#lastBlob;
    this.#contents.set(id, entries);
    const keys = entries.map(({ key }) => key);
    const seqs = entries.map(({ seq }) => seq);
    return {
      id,
      blocks: 2,
      bytes: sizeOf(entries),
      entries: entries.length,
      tombstones: entries.filter(({ value }) => value === undefined).length,
      shadowed: entries.length - new Set(keys).size,
      heldBetween: heldBetween({ minSeq: Math.min(...seqs), maxSeq: Math.max(...seqs) }, this.held),
      clearedTo: clearedTo(Math.min(...seqs), appliedTo, this.held),
      minKey: keyBytes(Math.min(...keys)),
      maxKey: keyBytes(Math.max(...keys)),
      minSeq: Math.min(...seqs),
      maxSeq: Math.max(...seqs),
    };
  }
}

function isIn({ gte, lt }: KeyRange, key: Uint8Array): boolean {
  return (gte === undefined || compareBytes(key, gte) >= 0) && (lt === undefined || compareBytes(key, lt) < 0);
}

export function keyBytes(key: number): Uint8Array {
  return Uint8Array.of(key >> 8, key & 255);
}

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { value }) => sum + (value === undefined ? TOMBSTONE_BYTES : PUT_BYTES), 0);
}

/**
 * What a merge keeps, in table order: what somebody can see, who reads at a snapshot or now; and where older versions may lie
 * below, tombstones in the same way. Otherwise only those right above a version that is kept.
 */
function retained(all: readonly Entry[], snapshots: readonly number[], dropTombstones: boolean, clears: readonly Cleared[]): Entry[] {
  // What stands twice, since a part of an order was committed before the rest, counts once.
  const entries = [...new Map(all.map((entry) => [entry.seq, entry])).values()];
  const moments = [...snapshots, Number.MAX_SAFE_INTEGER];
  const isSeen = ({ key, seq }: Entry) =>
    moments.some((at) => {
      const isHidden = (other: number) => seq < other && other <= at;
      return (
        seq <= at &&
        !entries.some((other) => other.key === key && isHidden(other.seq)) &&
        !clears.some(({ from, to, seq: other }) => from <= key && key < to && isHidden(other))
      );
    });
  const seen = entries.filter(isSeen).sort((a, b) => a.key - b.key || b.seq - a.seq);
  if (!dropTombstones) return seen;
  return seen.filter(({ key, value }, at) => value !== undefined || (seen[at + 1]?.key === key && seen[at + 1].value !== undefined));
}
