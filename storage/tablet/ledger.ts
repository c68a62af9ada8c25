import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { KeyRange } from '../entry.ts';
import { compareBytes } from '../entry.ts';
import type { WriteResult } from '../jobs/job.ts';
import type { TableMeta } from '../sst/table.ts';
import type { LeasedRange, Order, Place } from './contract.ts';
import { leasesOf } from './orders.ts';
import type { Bounds } from './ranges.ts';
import { byMinKey, isLeased } from './ranges.ts';
import { rangeOf } from './slices.ts';
import type { Stretch } from './stretches.ts';
import { inKeyOrder, stretchesOf } from './stretches.ts';

/** Running orders are numbered from 1, ascending, since open. */
export type OrderId = number;

export interface Slice {
  /** Stays the slice's name as long as the order runs. */
  readonly index: number;
  readonly range: KeyRange;
  /** `committed`: its outputs are in the tree, or on their way there. */
  readonly state: 'waiting' | 'running' | 'done' | 'committed';
}

/** What an order did so far. Bytes and entries as its jobs counted them. */
export interface OrderTotals {
  readonly slices: number;
  readonly entriesIn: number;
  readonly entriesOut: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** How a slice ended. `rest`: the slice that was split off. `stale`: outputs of an order that is no longer there. */
export type SliceOutcome =
  | { readonly kind: 'done'; readonly rest?: number }
  | { readonly kind: 'stale'; readonly outputs: readonly TableMeta[] };

interface RunningOrder {
  readonly order: Order;
  readonly leases: readonly LeasedRange[];
  readonly slices: Slice[];
  /** By slice. */
  readonly outputs: (readonly TableMeta[])[];
  /** Inputs that committed slices have replaced. */
  readonly replaced: Set<BlobId>;
  totals: OrderTotals;
}

const NOTHING: OrderTotals = { slices: 0, entriesIn: 0, entriesOut: 0, bytesRead: 0, bytesWritten: 0 };

/** The orders under way: what they hold, which of their slices wait, run or are done, and what came out so far. */
export class OrderLedger {
  readonly #running = new Map<OrderId, RunningOrder>();
  #lastId = 0;
  #bytesWritten = 0;

  /** A move, or a drop, has no slices and is complete at once. */
  open(order: Order, slices: readonly KeyRange[] = order.move || order.drop ? [] : [{}]): OrderId {
    const id = ++this.#lastId;
    const waiting = slices.map((range, index): Slice => ({ index, range, state: 'waiting' }));
    this.#running.set(id, { order, leases: leasesOf(order), slices: waiting, outputs: [], replaced: new Set(), totals: NOTHING });
    return id;
  }

  /** By all slices of all orders, also of those that were abandoned. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get leased(): LeasedRange[] {
    return [...this.#running.values()].flatMap(({ leases }) => leases);
  }

  get ids(): OrderId[] {
    return [...this.#running.keys()];
  }

  has(id: OrderId): boolean {
    return this.#running.has(id);
  }

  /** An order that holds some of these keys at this place. */
  holding(place: Place, bounds: Bounds): OrderId | undefined {
    return this.ids.find((id) => isLeased(this.#of(id).leases, place, bounds));
  }

  order(id: OrderId): Order {
    return this.#of(id).order;
  }

  slices(id: OrderId): readonly Slice[] {
    return this.#of(id).slices;
  }

  /** The first slice by key that waits, now running; undefined when none waits. So what is done hangs together. */
  startSlice(id: OrderId): Slice | undefined {
    const slices = this.#of(id).slices;
    const waiting = inKeyOrder(slices).find(({ state }) => state === 'waiting');
    return waiting && this.#set(slices, waiting, 'running');
  }

  /** A failed slice wrote nothing that is left, and waits for another try. */
  retrySlice(id: OrderId, index: number): void {
    const running = this.#running.get(id);
    if (running) this.#set(running.slices, runningSlice(running, index), 'waiting');
  }

  /** A result with `resumeAt` leaves a new waiting slice from there on. */
  finishSlice(id: OrderId, index: number, result: WriteResult): SliceOutcome {
    this.#bytesWritten += result.bytesWritten;
    const running = this.#running.get(id);
    if (running === undefined) return { kind: 'stale', outputs: result.outputs };
    const { range } = this.#set(running.slices, runningSlice(running, index), 'done');
    running.outputs[index] = result.outputs;
    running.totals = added(running.totals, result);
    if (result.resumeAt === undefined) return { kind: 'done' };
    return { kind: 'done', rest: splitOff(running.slices, index, range, result.resumeAt) };
  }

  isComplete(id: OrderId): boolean {
    return this.#of(id).slices.every(({ state }) => state === 'done' || state === 'committed');
  }

  /** What may be committed now, ahead of the rest. */
  committable(id: OrderId): Stretch[] {
    const { order, slices } = this.#of(id);
    return stretchesOf(order, slices);
  }

  /** Its outputs are the tree's from here on: they are neither committed again nor given back by `abandon`. */
  commit(id: OrderId, stretch: Stretch): void {
    const { slices, replaced } = this.#of(id);
    for (const index of stretch.slices) this.#set(slices, slices[index], 'committed');
    for (const table of stretch.replaced) replaced.add(table.id);
  }

  /** The inputs that the tree still has. */
  inputs(id: OrderId): Order['inputs'] {
    const { order, replaced } = this.#of(id);
    return replaced.size === 0 ? order.inputs : order.inputs.filter(({ table }) => !replaced.has(table.id));
  }

  /** Of these slices, or of all that are done and not committed; in key order, for slices and their tables are disjoint. */
  outputs(id: OrderId, slices?: readonly number[]): TableMeta[] {
    return outputsOf(this.#of(id), slices).sort(byMinKey);
  }

  totals(id: OrderId): OrderTotals {
    return this.#of(id).totals;
  }

  /** After its commit: what it held is free. */
  close(id: OrderId): void {
    this.#running.delete(id);
  }

  /** Gives up; returns what was written and not committed, to be deleted. Slices still running end as `stale`. */
  abandon(id: OrderId): TableMeta[] {
    const running = this.#running.get(id);
    this.#running.delete(id);
    return running === undefined ? [] : outputsOf(running);
  }

  #set(slices: Slice[], slice: Slice, state: Slice['state']): Slice {
    slices[slice.index] = { ...slice, state };
    return slices[slice.index];
  }

  #of(id: OrderId): RunningOrder {
    const running = this.#running.get(id);
    if (running === undefined) throw new LithifyError('LITHIFY_INTERNAL', `There is no running order ${id}.`);
    return running;
  }
}

function outputsOf({ slices, outputs }: RunningOrder, wanted?: readonly number[]): TableMeta[] {
  const indexes = wanted ?? slices.filter(({ state }) => state === 'done').map(({ index }) => index);
  return indexes.flatMap((index) => outputs[index] ?? []);
}

function runningSlice(running: RunningOrder, index: number): Slice {
  const slice = running.slices[index];
  if (slice?.state !== 'running') throw new LithifyError('LITHIFY_INTERNAL', `Slice ${index} is not running; it cannot settle.`);
  return slice;
}

function splitOff(slices: Slice[], index: number, range: KeyRange, resumeAt: Uint8Array): number {
  const inside =
    (range.gte === undefined || compareBytes(resumeAt, range.gte) >= 0) && (range.lt === undefined || compareBytes(resumeAt, range.lt) < 0);
  if (!inside) throw new LithifyError('LITHIFY_INTERNAL', `Slice ${index} yielded at a key outside of its range.`);
  const rest = slices.length;
  slices[index] = { ...slices[index], range: rangeOf(range.gte, resumeAt) };
  slices.push({ index: rest, range: rangeOf(resumeAt, range.lt), state: 'waiting' });
  return rest;
}

function added(totals: OrderTotals, result: WriteResult): OrderTotals {
  return {
    slices: totals.slices + 1,
    entriesIn: totals.entriesIn + result.entriesIn,
    entriesOut: totals.entriesOut + result.entriesOut,
    bytesRead: totals.bytesRead + result.bytesRead,
    bytesWritten: totals.bytesWritten + result.bytesWritten,
  };
}
