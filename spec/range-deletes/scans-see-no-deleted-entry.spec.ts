import test from 'ava';
import fc from 'fast-check';
import { next, nextSync } from '../../storage/merge/cursor.ts';
import { CoveredCursor } from '../../storage/range-deletes/covered-cursor.ts';
import { RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { Zone } from '../../storage/range-deletes/zone.ts';
import { getFrom, getSyncFrom, scanOf } from '../../storage/read/view.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { anyKey, Bench, checksum, current, drain, drainSync, type Entry, ordered, show } from '../support/tables.ts';
import { anyPlaces, anyWrites, builderOf, covers, isRangeDelete, viewOf, visibleAt, within } from './support/history.ts';

const bound = fc.option(anyKey, { nil: undefined });
const anyScan = fc
  .record({ gte: bound, lt: bound, reverse: fc.boolean() })
  .map(({ gte, lt, reverse }) => ({ ...(gte && { gte }), ...(lt && { lt }), reverse }));
/** Of the last sequence. */
const anyMoment = fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));

const lines = (entries: readonly Entry[]): string => entries.map(show).join('\n');

test('a scan gives what is there at its moment, whatever is deleted by ranges, before and after it', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyWrites,
      anyPlaces,
      fc.array(fc.tuple(anyMoment, anyScan), { minLength: 1, maxLength: 6 }),
      async (writes, places, scans) => {
        const bench = new Bench();
        const { view, readableFrom } = await viewOf(bench, writes, places);
        // Without a cache, so that every block is lacking.
        const tables = new TableReader({ blobs: bench.blobs, checksum });
        for (const [moment, range] of scans) {
          const seq = Math.max(readableFrom, Math.ceil(moment * writes.length));
          const expected = lines(within(visibleAt(writes, seq), range));
          t.is(lines(drainSync(scanOf(view, tables, seq, range))), expected);
          t.is(lines(await drain(scanOf(view, tables, seq, range))), expected);
        }
      },
    ),
    { numRuns: 250 },
  );
});

test('a scan that is sent about, into what is deleted and out of it, goes on from there', async (t) => {
  const seeks = fc.array(fc.tuple(anyKey, fc.nat(4)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(anyWrites, anyPlaces, anyMoment, anyScan, seeks, async (writes, places, moment, range, targets) => {
      const bench = new Bench();
      const { view, readableFrom } = await viewOf(bench, writes, places);
      const seq = Math.max(readableFrom, Math.ceil(moment * writes.length));
      const cursor = scanOf(view, new TableReader({ blobs: bench.blobs, checksum }), seq, range);
      const visible = visibleAt(writes, seq);
      for (const [target, steps] of targets) {
        cursor.seek(target);
        const rest = within(visible, range, target);
        for (let step = 0; step <= steps; step++) {
          const expected = rest[step];
          t.is(nextSync(cursor) ? show(current(cursor)) : undefined, expected && show(expected));
        }
      }
    }),
    { numRuns: 250 },
  );
});

test('a run that is sought past every hidden entry gives the same as one that is stepped through', async (t) => {
  const seeks = fc.array(fc.tuple(anyKey, fc.nat(4)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(anyWrites, anyWrites, anyScan, fc.nat(2), seeks, async (writes, later, range, mostPassed, targets) => {
      const bench = new Bench();
      const entries = writes.filter((write): write is Entry => !isRangeDelete(write));
      const run = await bench.write(entries, { blockBytes: 40, tableBytes: 100, bloomBitsPerKey: 10 });
      if (run.length === 0) return;
      const deletes = [...writes, ...later.map((write) => ({ ...write, seq: write.seq + 60 }))].filter(isRangeDelete);
      const tree = RangeDeletes.of(deletes).treeAt(Number.MAX_SAFE_INTEGER);
      const isLeft = ({ key, seq }: Entry) => !deletes.some((one) => one.seq > seq && covers(one, key));
      const left = ordered(entries.filter(isLeft));
      const cursor = new CoveredCursor(
        runCursor(run, { source: bench.source(), ...range }),
        new Zone(tree ? [tree] : [], run),
        range,
        mostPassed,
      );
      t.is(lines(drainSync(cursor)), lines(within(left, range)));
      for (const [target, steps] of targets) {
        cursor.seek(target);
        const rest = within(left, range, target);
        for (let step = 0; step <= steps; step++) {
          const expected = rest[step];
          t.is((await next(cursor)) ? show(current(cursor)) : undefined, expected && show(expected));
        }
      }
    }),
    { numRuns: 250 },
  );
});

test('a get finds what a scan would give', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyWrites, anyPlaces, fc.array(anyMoment, { minLength: 1, maxLength: 3 }), async (writes, places, moments) => {
      const bench = new Bench();
      const { view, readableFrom } = await viewOf(bench, writes, places);
      const tables = new TableReader({ blobs: bench.blobs, checksum });
      for (const moment of moments) {
        const seq = Math.max(readableFrom, Math.ceil(moment * writes.length));
        const visible = new Map(visibleAt(writes, seq).map(({ key, value }) => [key.join(), value]));
        for (const write of writes) {
          const key = isRangeDelete(write) ? write.start : write.key;
          const expected = visible.get(key.join())?.join();
          t.is(getSyncFrom(view, tables, key, seq)?.join(), expected);
          t.is((await getFrom(view, tables, key, seq))?.join(), expected);
        }
      }
    }),
    { numRuns: 120 },
  );
});

test('what is written while a scan is under way changes nothing for it', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyWrites, anyWrites, fc.boolean(), fc.nat(6), async (before, after, reverse, pace) => {
      const bench = new Bench();
      const { view } = await viewOf(bench, before, { level: 1, minors: [1, 0], sealed: 1, cleared: 'not' });
      const cursor = scanOf(view, new TableReader({ blobs: bench.blobs, checksum }), before.length, { reverse });
      const seen: Entry[] = [];
      const [active] = view.memtables;
      for (let seq = before.length + 1; nextSync(cursor); ) {
        seen.push(current(cursor));
        for (const write of after.splice(0, pace)) active.apply(builderOf([write]).group(seq++));
      }
      t.is(lines(seen), lines(within(visibleAt(before, before.length), { reverse })));
    }),
    { numRuns: 150 },
  );
});
