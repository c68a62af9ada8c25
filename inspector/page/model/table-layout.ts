import type { MessageKey } from '../../../protocol/messages.ts';
import type { OrderInfo, TableShapeInfo } from '../../../protocol/shape.ts';
import type { ShapeView } from '../../frames.ts';
import { compareBytes, keyBytes } from './key-order.ts';

/** Where a table or an order stands in its row: shares of the row's width, 0 to 1, and the steps that they are made of. */
interface Span {
  readonly x: number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

export interface TableBox extends Span {
  readonly table: TableShapeInfo;
  /** Counted from the top: tables of one row that overlap stand below each other, older ones lower. */
  readonly lane: number;
  /** Bytes, as a share of the largest table's. */
  readonly weight: number;
  /** Shares of its entries and of its bytes. */
  readonly tombstones: number;
  readonly held: number;
}

export interface OrderBand extends Span {
  readonly order: OrderInfo;
}

export interface LevelRow {
  /** 'minors', or a level's number. */
  readonly place: 'minors' | number;
  readonly name: string;
  readonly boxes: readonly TableBox[];
  readonly lanes: number;
  readonly bytes: number;
  /** Tables that the frame does not have. */
  readonly leftOut: number;
  /** Orders that write into it. */
  readonly orders: readonly OrderBand[];
}

/**
 * The tree as rows. The axis is the order of the keys, not their distance, which nothing can measure: every key that
 * bounds a table or an order takes one step.
 */
export function layoutTables(shape: ShapeView): LevelRow[] {
  const all = [...shape.minors, ...shape.levels.flat()];
  const largest = Math.max(1, ...all.map(({ bytes }) => bytes));
  const axis = new KeyAxis([...all, ...shape.orders]);
  const row = (place: LevelRow['place'], tables: readonly TableShapeInfo[], leftOut = 0): LevelRow => {
    const boxes = stacked(tables.map((table) => boxOf(table, axis.span(table), largest)));
    return {
      ...{ place, name: place === 'minors' ? 'Minors' : `Level ${place}`, boxes, leftOut },
      lanes: boxes.reduce((most, { lane }) => Math.max(most, lane + 1), 0),
      bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
      orders: shape.orders.filter(({ target }) => target === place).map((order) => ({ order, ...axis.span(order) })),
    };
  };
  return [
    row('minors', shape.minors, shape.leftOut[0]),
    ...shape.levels.map((tables, level) => row(level, tables, shape.leftOut[level + 1])),
  ];
}

/** Nothing is in it, and nothing is written into it. */
export function isEmpty({ boxes, leftOut, orders }: LevelRow): boolean {
  return boxes.length + leftOut + orders.length === 0;
}

/** Empty levels that follow each other are told together; all others stand alone. */
export function withEmptiesTogether(rows: readonly LevelRow[]): LevelRow[][] {
  const groups: LevelRow[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last !== undefined && isEmpty(row) && isEmpty(last[0]) && last[0].place !== 'minors') last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function boxOf(table: TableShapeInfo, span: Span, largest: number): Omit<TableBox, 'lane'> {
  const { bytes, entries, tombstones, heldBytes } = table;
  return { table, ...span, weight: bytes / largest, tombstones: share(tombstones, entries), held: share(heldBytes, bytes) };
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

/** The first lane in which nothing overlaps; the tables come newest first, so older ones sink. */
function stacked(boxes: readonly Omit<TableBox, 'lane'>[]): TableBox[] {
  const lanes: Span[][] = [];
  return boxes.map((box) => {
    const free = lanes.findIndex((lane) => lane.every((other) => other.to < box.from || box.to < other.from));
    const lane = free < 0 ? lanes.push([]) - 1 : free;
    lanes[lane].push(box);
    return { ...box, lane };
  });
}

interface KeyBounds {
  readonly minKey: MessageKey;
  readonly maxKey: MessageKey;
}

/** Every bound once, in the store's order. */
class KeyAxis {
  readonly #ranks = new Map<string, number>();

  constructor(bounded: readonly KeyBounds[]) {
    const keys = new Map<string, Uint8Array>();
    for (const { minKey, maxKey } of bounded) for (const key of [minKey, maxKey]) keys.set(nameOf(key), keyBytes(key));
    const sorted = [...keys].sort(([, a], [, b]) => compareBytes(a, b));
    for (const [rank, [name]] of sorted.entries()) this.#ranks.set(name, rank);
  }

  /** Both ends inclusive, so a table with one key has a step of its own. */
  span({ minKey, maxKey }: KeyBounds): Span {
    const from = this.#ranks.get(nameOf(minKey)) ?? 0;
    const to = this.#ranks.get(nameOf(maxKey)) ?? from;
    return { from, to, x: from / this.#ranks.size, width: (to + 1 - from) / this.#ranks.size };
  }
}

function nameOf(key: MessageKey): string {
  return typeof key === 'string' ? `s${key}` : `b${key.base64}`;
}
