import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import { nextSync } from '../../storage/merge/cursor.ts';
import { commonPrefix, mergeCursors } from '../../storage/merge/merge-cursor.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { anyEntries, anyKey, Bench, current, drain, drainSync, type Entry, listCursor, ordered, put, show } from '../support/tables.ts';

/** Deals the entries out to so many runs. */
function dealt(entries: readonly Entry[], runs: number): Entry[][] {
  return Array.from({ length: runs }, (_, run) => entries.filter(({ seq }) => (seq * 7919) % runs === run));
}

test('a merge of any number of inputs is one sorted run, in both directions', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.integer({ min: 0, max: 9 }), fc.boolean(), async (entries, runs, reverse) => {
      const expected = ordered(runs === 0 ? [] : entries).map(show);
      if (reverse) expected.reverse();
      const cursors = () => dealt(entries, runs).map((run) => listCursor(run, { reverse }));
      t.deepEqual(drainSync(mergeCursors(cursors(), { reverse })).map(show), expected);
      t.deepEqual((await drain(mergeCursors(cursors(), { reverse }))).map(show), expected);
    }),
    { numRuns: 300 },
  );
});

test('common leading bytes can be skipped, whatever the length of the keys', (t) => {
  fc.assert(
    fc.property(anyEntries, anyKey, fc.boolean(), (list, prefix, reverse) => {
      const entries = list.map((entry) => ({ ...entry, key: new Uint8Array([...prefix, ...entry.key]) }));
      const cursors = dealt(entries, 4).map((run) => listCursor(run, { reverse }));
      const expected = ordered(entries).map(show);
      if (reverse) expected.reverse();
      t.deepEqual(drainSync(mergeCursors(cursors, { reverse, skip: prefix.length })).map(show), expected);
    }),
  );
});

test('the common prefix of two keys is that of every key between them', (t) => {
  fc.assert(
    fc.property(anyKey, anyKey, anyKey, (a, b, c) => {
      const [low, middle, high] = [a, b, c].sort(compareBytes);
      const length = commonPrefix(low, high);
      t.is(commonPrefix(low, middle) >= length && commonPrefix(middle, high) >= length, true);
    }),
  );
});

test('after a seek all inputs go on from the target', (t) => {
  fc.assert(
    fc.property(anyEntries, fc.array(anyKey, { minLength: 1, maxLength: 4 }), fc.boolean(), (entries, targets, reverse) => {
      const merge = mergeCursors(
        dealt(entries, 3).map((run) => listCursor(run, { reverse })),
        { reverse },
      );
      const all = reverse ? ordered(entries).reverse() : ordered(entries);
      for (const target of targets) {
        merge.seek(target);
        const expected = all.find(({ key }) => (reverse ? compareBytes(key, target) <= 0 : compareBytes(key, target) >= 0));
        t.is(nextSync(merge) ? show(current(merge)) : undefined, expected && show(expected));
      }
    }),
  );
});

test('a merge of tables survives reads that fail in between, without losing the record in hand', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 300 }, (_, n) => put(`key${n + 1000}`, n + 1));
  const runs = await Promise.all(dealt(entries, 5).map((run) => bench.write(run)));
  const source = bench.source();
  const merge = mergeCursors(runs.map((run) => runCursor(run, { source })));
  let calls = 0;
  bench.blobs.before = () => {
    if (calls++ % 3 !== 2) throw new Error('not now');
  };
  const found: string[] = [];
  for (let failures = 0; failures < 10_000; ) {
    try {
      if (!nextSync(merge)) break;
      found.push(show(current(merge)));
    } catch {
      failures++;
    }
  }
  t.deepEqual(found, entries.map(show));
});

test('waiting, too, survives reads that fail in between', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 100 }, (_, n) => put(`key${n + 1000}`, n + 1));
  const runs = await Promise.all(dealt(entries, 4).map((run) => bench.write(run)));
  const source = bench.source();
  const merge = mergeCursors(runs.map((run) => runCursor(run, { source })));
  let calls = 0;
  bench.blobs.before = () => {
    if (calls++ % 4 === 1) throw new Error('not now');
  };
  const found: string[] = [];
  for (let step = merge.step(); step !== 1; step = merge.step()) {
    if (step === 0) found.push(show(current(merge)));
    else await merge.fill().catch(() => undefined);
  }
  t.deepEqual(found, entries.map(show));
});

test('a merge that has ended stays at its end', (t) => {
  const merge = mergeCursors([listCursor([put('a', 1)]), listCursor([])]);
  t.is(drainSync(merge).length, 1);
  t.is(merge.step(), 1);
  t.is(merge.step(), 1);
});
