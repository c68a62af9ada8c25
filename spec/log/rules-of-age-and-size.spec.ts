import test from 'ava';
import fc from 'fast-check';
import type { RewriteRules } from '../../storage/jobs/job.ts';
import { ageCell } from '../../storage/log/age-cells.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { strategySpecOf } from '../../storage/log/strategies/strategy-spec.ts';
import { type GivenRecord, given, PassBench } from './support/passes.ts';

async function left(bench: PassBench, parts: readonly LogPart[], rules: RewriteRules): Promise<number[]> {
  return bench.offsets((await bench.rewrite(parts, { rules })).parts);
}

test('records whose time is before the limit go, those without one count as old as their part', async (t) => {
  const bench = new PassBench();
  const parts = [
    await bench.part([given(1, 0, { timestamp: 50 }), given(1, 1, { timestamp: 300 }), given(1, 2)], { agedAt: 100 }),
    await bench.part([given(1, 3), given(1, 4, { timestamp: 99 }), given(1, 5, { timestamp: 100 })], { agedAt: 200 }),
  ];
  t.deepEqual(await left(bench, parts, { olderThan: 100 }), [1, 2, 3, 5]);
  t.deepEqual(await left(bench, parts, { olderThan: 101 }), [1, 3]);
  t.deepEqual(await left(bench, parts, { olderThan: 1000 }), []);
  t.deepEqual(await left(bench, parts, {}), [0, 1, 2, 3, 4, 5]);
});

test('parts of which every record is too old are not read, and their large values are reported', async (t) => {
  const bench = new PassBench();
  const parts = [
    await bench.part([given(1, 0, { timestamp: 1, isStaged: true }), given(1, 1, { timestamp: 2 })], { agedAt: 500 }),
    await bench.part([given(1, 2, { timestamp: 1 }), given(1, 3)], { agedAt: 20 }),
    await bench.part([given(1, 4, { timestamp: 100 })], { agedAt: 600 }),
  ];
  const result = await bench.rewrite(parts, { rules: { olderThan: 100 } });
  t.deepEqual(bench.offsets(result.parts), [4]);
  t.like(result, { recordsIn: 5, recordsOut: 1, dropped: parts[0].staged });
  const { id, blocks } = parts[1].blob;
  for (let block = 0; block < blocks; block++) t.false(bench.blobs.reads.includes(`${id}/${block}`));
});

/** Frame bytes of a record that `given` makes, with a value as long. */
const many = (count: number): GivenRecord[] =>
  Array.from({ length: count }, (_, offset) => given(offset, offset, { value: 'x'.repeat(50) }));

test('the oldest blocks go as long as so many bytes are left', async (t) => {
  const bench = new PassBench();
  const records = many(60);
  const parts = await bench.parts(records, 17);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  for (const keepBytes of [0, 1, 500, 2000, bytes - 1, bytes, bytes + 1]) {
    const result = await bench.rewrite(parts, { rules: { keepBytes } });
    const kept = result.parts.reduce((sum, part) => sum + part.bytes, 0);
    t.true(kept >= Math.min(keepBytes, bytes), `${kept} of ${keepBytes}`);
    t.true(kept <= keepBytes + 100, `${kept} of ${keepBytes}`);
    const offsets = bench.offsets(result.parts);
    t.deepEqual(
      offsets,
      records.slice(60 - offsets.length).map(({ offset }) => offset),
      'the newest ones',
    );
  }
});

test('what a strategy drops does not count: nothing more goes while there is room', async (t) => {
  const bench = new PassBench();
  const records = Array.from({ length: 60 }, (_, offset) => given(offset === 0 ? 99 : offset % 3, offset, { value: 'x'.repeat(50) }));
  const { parts } = await bench.pass(await bench.parts(records, 17), keyBasedRetention(9), { rules: { keepBytes: 300 } });
  t.deepEqual(bench.offsets(parts), [0, 57, 58, 59]);
  const own = keyBasedRetention(9, { key: ({ key }) => `${key}` });
  t.deepEqual(bench.offsets((await bench.pass(await bench.parts(records, 17), own, { rules: { keepBytes: 300 } })).parts), [0, 57, 58, 59]);
});

test('large values count, wherever they are', async (t) => {
  const bench = new PassBench();
  const records = Array.from({ length: 6 }, (_, offset) => given(offset, offset, { value: new Uint8Array(1000), isStaged: true }));
  const parts = await bench.parts(records, 2);
  const result = await bench.rewrite(parts, { rules: { keepBytes: 1500 } });
  t.deepEqual(bench.offsets(result.parts), [4, 5]);
  t.is(result.dropped.length, 4);
});

test('counting reads about as much as is kept, and nothing where there cannot be too much', async (t) => {
  const bench = new PassBench();
  const parts = await bench.parts(many(200), 50);
  await bench.rewrite(parts.slice(0, 2), { rules: { keepBytes: 1e9 } });
  const whole = bench.blobs.reads.length;
  bench.blobs.reads.length = 0;
  await bench.rewrite(parts.slice(0, 2), {});
  t.is(bench.blobs.reads.length, whole);
  bench.blobs.reads.length = 0;
  await bench.rewrite(parts, { rules: { keepBytes: 100 } });
  const ids = new Set(bench.blobs.reads.map((read) => Number(read.split('/')[0])));
  t.false(ids.has(parts[1].blob.id), 'a part of which nothing is kept');
});

test('what a group has not read stays, whatever drops it', async (t) => {
  const bench = new PassBench();
  const records = Array.from({ length: 12 }, (_, offset) => given(0, offset, { timestamp: offset }));
  const parts = await bench.parts(records, 5);
  const rules = { olderThan: 1e9, keepBytes: 0, tombstonesOlderThan: 1e9, keepFrom: 7 };
  const { parts: kept } = await bench.pass(parts, keyBasedRetention(1, { tombstone: 'empty-value' }), { rules });
  t.deepEqual(bench.offsets(kept), [7, 8, 9, 10, 11]);
});

test('a rewrite that makes way at every block leaves the same records, whatever the rules', async (t) => {
  const anyRules = fc.record(
    { olderThan: fc.nat(60), keepBytes: fc.nat(1500), keepFrom: fc.nat(40), tombstonesOlderThan: fc.nat(60) },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(anyRules, fc.boolean(), fc.boolean(), async (rules, isString, carries) => {
      const bench = new PassBench();
      const records = Array.from({ length: 40 }, (_, n) =>
        given(n % 7, n, {
          ...(n % 3 > 0 && { timestamp: (n * 7) % 50 }),
          value: n % 4 === 0 ? '' : 'value'.repeat(n % 5),
          isStaged: n % 11 === 0,
        }),
      );
      const parts = await bench.parts(records, 12);
      const strategy = keyBasedRetention(5, { tombstone: 'empty-value', ...(isString && { key: ({ key }) => `${key}` }) });
      const { map } = await bench.analyze(parts, strategy);
      const job = { strategy: strategySpecOf(strategy), rules, ...(map && { map }) };
      const whole = await bench.rewrite(parts, job);
      const inSteps: LogPart[] = [];
      const counts = { recordsIn: 0, recordsOut: 0, dropped: [] as unknown[] };
      let next: number | undefined = 0;
      let sizeFloor: number | undefined;
      while (next !== undefined) {
        const resume = { next, ...(carries && sizeFloor !== undefined && { sizeFloor }) };
        const step = await bench.rewrite(parts, { ...job, resume, command: () => 'yield' });
        inSteps.push(...step.parts);
        counts.recordsIn += step.recordsIn;
        counts.recordsOut += step.recordsOut;
        counts.dropped.push(...step.dropped);
        next = step.resumeAt;
        sizeFloor = step.sizeFloor;
      }
      t.deepEqual(bench.read(inSteps), bench.read(whole.parts));
      t.deepEqual(counts, { recordsIn: whole.recordsIn, recordsOut: whole.recordsOut, dropped: [...whole.dropped] });
      t.is(whole.recordsIn, 40);
      if (whole.recordsOut === 40) t.true(inSteps.length > 5);
    }),
    { numRuns: 60 },
  );
});

test('a large value that was copied before making way is not reported as dropped, even if its whole part has come of age since', async (t) => {
  const bench = new PassBench();
  const records = Array.from({ length: 6 }, (_, offset) => given(offset, offset, { timestamp: 50, isStaged: true }));
  const part = await bench.part(records);
  const first = await bench.rewrite([part], { rules: { olderThan: 10 }, command: () => 'yield' });
  const second = await bench.rewrite([part], { rules: { olderThan: 100 }, resume: { next: first.resumeAt ?? 0 } });
  t.true(first.recordsOut > 0 && first.recordsOut < 6);
  t.is(second.recordsIn, 6 - first.recordsOut);
  t.deepEqual(second.dropped, part.staged.slice(first.recordsOut));
});

const HOUR = 3_600_000;

test('records without a time come of age, also in a topic that is compacted all the time', async (t) => {
  for (const rule of ['olderThan', 'tombstonesOlderThan'] as const) {
    const bench = new PassBench();
    const strategy = keyBasedRetention(999, { tombstone: 'empty-value' });
    let parts: readonly LogPart[] = [await bench.part([given(1000, 0, { value: '' })], { agedAt: 0 })];
    let goneAfter = 0;
    let mostParts = 0;
    for (let run = 1; run <= 60 && goneAfter === 0; run++) {
      const now = run * HOUR;
      const fresh = await bench.part([given(run, run)], { agedAt: now });
      const { parts: next } = await bench.pass([...parts, fresh], strategy, { rules: { [rule]: now - 24 * HOUR } });
      parts = next;
      mostParts = Math.max(mostParts, parts.length);
      if (!bench.offsets(parts).includes(0)) goneAfter = run;
    }
    t.true(goneAfter > 24 && goneAfter <= 31, `gone after ${goneAfter} hours`);
    t.true(mostParts <= 10, `${mostParts} parts`);
  }
});

test('ages count as at most a quarter of the limit younger than they are, and need few parts', (t) => {
  const anyAge = fc.integer({ min: 0, max: 2e12 });
  fc.assert(
    fc.property(anyAge, anyAge, anyAge, fc.array(anyAge, { maxLength: 50 }), (now, a, b, ages) => {
      const limits = { olderThan: now - a, tombstonesOlderThan: now - b };
      const past = ages.map((age) => now - age);
      const cells = new Set(past.map((agedAt) => ageCell(agedAt, limits, now)));
      t.true(cells.size <= 20, `${cells.size} cells`);
      for (const one of past) {
        const mates = past.filter((other) => ageCell(other, limits, now) === ageCell(one, limits, now));
        const limit = [limits.olderThan, limits.tombstonesOlderThan].filter((other) => other <= one).sort((x, y) => y - x)[0];
        if (limit !== undefined) t.true(Math.max(...mates) - one <= Math.max(1, (now - limit) / 4));
      }
    }),
    { numRuns: 200 },
  );
});
