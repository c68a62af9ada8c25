import test from 'ava';
import { EMPTY_CATALOG } from '../../storage/log/catalog.ts';
import { type Cursor, next, nextSync } from '../../storage/merge/cursor.ts';
import { CoveredCursor } from '../../storage/range-deletes/covered-cursor.ts';
import { type RangeDelete, RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { Zone } from '../../storage/range-deletes/zone.ts';
import { getSyncFrom, type ReadView, scanOf } from '../../storage/read/view.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { Bench, checksum, current, drain, drainSync, listCursor, put, u64 } from '../support/tables.ts';
import { memtableOf, type Write } from './support/history.ts';

const KEYS = 12_000;
const SHAPE = { blockBytes: 512, tableBytes: 32 * 1024, bloomBitsPerKey: 10 };
/** Footer, index and data of a table or two, and what is passed over before a seek is worth its price. */
const A_FEW = 16;

class Store {
  readonly bench: Bench;
  readonly view: ReadView;
  readonly #tables: TableReader;

  private constructor(
    bench: Bench,
    level: readonly TableMeta[],
    minors: readonly TableMeta[],
    deletes: readonly RangeDelete[],
    recent: readonly Write[],
  ) {
    this.bench = bench;
    const version = { number: 1, minors, levels: [[], level], logs: EMPTY_CATALOG, rangeDeletes: RangeDeletes.of(deletes) };
    this.view = { memtables: [memtableOf(recent)], version };
    this.#tables = new TableReader({ blobs: bench.blobs, checksum });
  }

  /** Keys 0 to KEYS - 1 in a level, written with the sequences 1 to KEYS. */
  static async with(
    deletes: readonly RangeDelete[],
    { newer = [], recent = [] }: { newer?: readonly number[]; recent?: readonly Write[] } = {},
  ): Promise<Store> {
    const bench = new Bench();
    const level = await bench.write(
      Array.from({ length: KEYS }, (_, i) => put(u64(i), i + 1)),
      SHAPE,
    );
    const minor = await bench.write(
      newer.map((key, i) => put(u64(key), 2 * KEYS + i)),
      SHAPE,
    );
    return new Store(bench, level, minor, deletes, recent);
  }

  scan(range: { gte?: Uint8Array; lt?: Uint8Array; reverse?: boolean } = {}, seq = Number.MAX_SAFE_INTEGER): Cursor {
    return scanOf(this.view, this.#tables, seq, { reverse: false, ...range });
  }

  get(key: number): string | undefined {
    return getSyncFrom(this.view, this.#tables, u64(key), Number.MAX_SAFE_INTEGER)?.join();
  }

  /** Blocks that this reads. */
  async blocks(read: () => unknown): Promise<number> {
    const before = this.bench.blobs.reads.length;
    await read();
    return this.bench.blobs.reads.length - before;
  }
}

const numberOf = (cursor: Cursor): number => Number(new DataView(current(cursor).key.buffer).getBigUint64(0));
const ALL: RangeDelete = { start: new Uint8Array(0), seq: KEYS + 1 };
const MOST: RangeDelete = { start: u64(10), end: u64(KEYS - 10), seq: KEYS + 1 };

test('after everything was deleted the first and the last key are asked for without reading a block', async (t) => {
  const store = await Store.with([ALL]);
  for (const reverse of [false, true]) {
    t.is(await store.blocks(() => t.false(nextSync(store.scan({ reverse })))), 0);
    t.is(await store.blocks(async () => t.false(await next(store.scan({ reverse })))), 0);
  }
  t.is(await store.blocks(() => t.is(store.get(5), undefined)), 0);
});

test('a scan over a long deleted stretch reads what is at its ends', async (t) => {
  const store = await Store.with([MOST]);
  const whole = await store.blocks(() => t.is(drainSync(store.scan({}, KEYS)).length, KEYS));
  t.true(whole > 500);
  for (const reverse of [false, true]) {
    const blocks = await store.blocks(async () => {
      const left = await drain(store.scan({ reverse }));
      t.is(left.length, 20);
    });
    t.true(blocks <= A_FEW, `${blocks} of ${whole}`);
  }
});

test('so does a seek into it, and a scan that begins or ends in it', async (t) => {
  const store = await Store.with([MOST]);
  const forward = store.scan();
  const backward = store.scan({ reverse: true });
  for (const target of [11, 6000, KEYS - 11]) {
    const blocks = await store.blocks(() => {
      forward.seek(u64(target));
      t.true(nextSync(forward));
      t.is(numberOf(forward), KEYS - 10);
      backward.seek(u64(target));
      t.true(nextSync(backward));
      t.is(numberOf(backward), 9);
    });
    t.true(blocks <= A_FEW, `${blocks}`);
  }
  for (const reverse of [false, true]) {
    // Also where the range ends in the table in which the deleted stretch does.
    t.is(await store.blocks(() => t.deepEqual(drainSync(store.scan({ gte: u64(10), lt: u64(KEYS - 11), reverse })), [])), 0);
    t.is(await store.blocks(() => t.deepEqual(drainSync(store.scan({ gte: u64(11), lt: u64(9000), reverse })), [])), 0);
    t.is(await store.blocks(() => t.deepEqual(drainSync(store.scan({ gte: u64(10), lt: u64(9000), reverse })), [])), 0);
    t.true((await store.blocks(() => t.is(drainSync(store.scan({ gte: u64(5), lt: u64(9000), reverse })).length, 5))) <= A_FEW);
    t.true((await store.blocks(() => t.is(drainSync(store.scan({ gte: u64(9000), reverse })).length, 10))) <= A_FEW);
  }
});

test('a thousand neighbouring range deletes are passed over at once', async (t) => {
  const deletes = Array.from({ length: 1000 }, (_, i) => ({
    start: u64(10 + 11 * i),
    end: u64(21 + 11 * i),
    seq: KEYS + 1 + ((i * 7) % 1000),
  }));
  const store = await Store.with(deletes);
  for (const reverse of [false, true]) {
    const blocks = await store.blocks(() => t.is(drainSync(store.scan({ reverse })).length, KEYS - 11_000));
    t.true(blocks < 120, `${blocks}`);
  }
  t.true((await store.blocks(() => t.is(drainSync(store.scan({ lt: u64(11_005) })).length, 10))) <= A_FEW);
});

test('keys that came after it are found, and only the blocks that may hold them are read', async (t) => {
  const store = await Store.with([ALL], { newer: [3, 4000, 11_999], recent: [{ ...put(u64(77), 3 * KEYS) }] });
  for (const reverse of [false, true]) {
    const blocks = await store.blocks(() => t.is(drainSync(store.scan({ reverse })).map(({ seq }) => seq).length, 4));
    t.true(blocks <= A_FEW, `${blocks}`);
  }
  t.truthy(store.get(4000));
  t.is(store.get(4001), undefined);
});

test('a level of which some tables are newer is read where they are', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: KEYS }, (_, i) => put(u64(i), i >= 6000 && i < 6100 ? 3 * KEYS + i : i + 1));
  const level = await bench.write(entries, SHAPE);
  const version = { number: 1, minors: [], levels: [level], logs: EMPTY_CATALOG, rangeDeletes: RangeDeletes.of([ALL]) };
  const tables = new TableReader({ blobs: bench.blobs, checksum });
  const mixed = level.filter(({ maxSeq }) => maxSeq > ALL.seq);
  t.true(level.length > 5 && mixed.length <= 2);
  for (const reverse of [false, true]) {
    const before = bench.blobs.reads.length;
    t.is(drainSync(scanOf({ memtables: [], version }, tables, Number.MAX_SAFE_INTEGER, { reverse })).length, 100);
    const ids = new Set(bench.blobs.reads.slice(before).map((read) => Number(read.split('/')[0])));
    t.true(mixed.every(({ id }) => ids.has(id)));
    t.true(ids.size <= mixed.length + 2, 'and at most those beside them, at their edges');
  }
});

test('a memtable in which nothing is newer than its range deletes is not stepped through', (t) => {
  const entries = Array.from({ length: 5000 }, (_, i) => put(u64(i), i + 1));
  let steps = 0;
  for (const reverse of [false, true]) {
    const run = listCursor(entries, { reverse });
    const counting = new Proxy(run, {
      get: (target, name) => {
        if (name === 'step') steps++;
        const found = Reflect.get(target, name);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
    const tree = RangeDeletes.of([{ start: u64(1), end: u64(4999), seq: 6000 }]).treeAt(6000);
    t.truthy(tree);
    const zone = new Zone(tree ? [tree] : [], [{ minKey: new Uint8Array(0), maxSeq: 5000 }]);
    const cursor = new CoveredCursor(counting, zone, { reverse });
    t.deepEqual(
      drainSync(cursor).map(({ seq }) => seq),
      reverse ? [5000, 1] : [1, 5000],
    );
  }
  t.true(steps < 1000, `${steps}`);
});

test('a memtable knows how new its newest entry is that is no range delete', (t) => {
  const all: RangeDelete = { start: new Uint8Array(0), seq: 3 };
  t.is(memtableOf([]).lastPointSequence, 0);
  t.is(memtableOf([{ ...all, seq: 1 }]).lastPointSequence, 0);
  t.is(memtableOf([put('a', 1), put('b', 2), all]).lastPointSequence, 2);
  t.is(memtableOf([put('a', 1), put('b', 2), all, put('c', 4)]).lastPointSequence, 4);
});
