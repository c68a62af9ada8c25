import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import type { Files } from '../../protocol/runtime.ts';
import { FaultRules, faultyFiles, Operations, Random } from '../../testing/index.ts';
import { contents, openLog, recordOf, tryOpen } from '../support/logs.ts';

const RECORDS = 3;
const SEEDS = 60;

/** Synced records in one segment, or each in one of its own. */
async function log(perSegment: number): Promise<Files> {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  for (let i = 1; i <= RECORDS; i++) {
    if (i > 1 && (i - 1) % perSegment === 0) await wal.rotate();
    await wal.append(recordOf(i, [[`key ${i}`, `value ${i}`]]), true);
  }
  await wal.close();
  return files;
}

/** The same files, of which the k-th read gives one wrong bit, once. */
function misread(files: Files, from: number, seed: number): { misread: Files; rules: FaultRules } {
  const rules = new FaultRules(new Random(seed), [{ on: 'read', from, times: 1, fault: { kind: 'flip' } }]);
  return { misread: faultyFiles(files, new Operations(rules, new Random(seed))), rules };
}

for (const perSegment of [RECORDS, 1]) {
  test(`a read that goes wrong once, whichever it is, costs no record (${perSegment} in each segment)`, async (t) => {
    const files = await log(perSegment);
    const before = await contents(files);
    const codes = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (let from = 1; ; from++) {
        const { misread: once, rules } = misread(files, from, seed);
        const { error } = await tryOpen(once);
        if (rules.struck === 0) break;
        if (error !== undefined) codes.add(error.code);
        t.deepEqual(await contents(files), before, `read ${from}, seed ${seed}`);
      }
    }
    t.deepEqual([...codes].sort(), ['LITHIFY_CORRUPTION', 'LITHIFY_WAL']);
    const { seen } = await openLog(files);
    t.is(seen.length, RECORDS);
  });
}
