import test, { type ExecutionContext } from 'ava';
import type { LostRecords, RepairReport } from '../../index.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { changeBlocks, flipped, holds, type StoredBlock } from '../support/damage.ts';
import { removeBlocks } from './support/blocks.ts';
import { type BuiltStore, repaired, STILL, storeWith } from './support/stores.ts';
import { contentsOf, expectNoFault } from './support/written.ts';

const COUNT = 60;
const values = (mark: string) => Array.from({ length: COUNT }, (_, i) => `${mark} value ${i};`);

/** Two topics in one blob, one of them with a large value, and later records in the log. */
function built(t: ExecutionContext): Promise<BuiltStore> {
  return storeWith(t, async (written, engine) => {
    await written.produce('hit', values('hit'));
    await written.produce('beside', [...values('beside'), 'large '.repeat(2000)]);
    await engine.topic('hit').commit('readers', 40);
    await engine.ask({ type: 'MinorCompact' });
    await written.produce('hit', ['later 1', 'later 2']);
  });
}

function recordsLost({ lost }: RepairReport): LostRecords[] {
  return lost.filter((one): one is LostRecords => one.what === 'records');
}

const hitsTheMiddle = (block: StoredBlock) => block.bytes[1] === BlockType.log && holds(block, 'hit value 30;');

async function damaged(t: ExecutionContext, isHit: (block: StoredBlock) => boolean) {
  const { location, written } = await built(t);
  t.true((await changeBlocks(location, (block) => (isHit(block) ? flipped(block) : undefined))) > 0);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  const missing = [...(written.records.get('hit/0')?.keys() ?? [])].filter((offset) => !found.records.get('hit/0')?.has(offset));
  return { report, found, missing };
}

test('a log block costs exactly its records, as the index of its part knows them; offsets and groups stay', async (t) => {
  const { report, found, missing } = await damaged(t, hitsTheMiddle);
  t.like(recordsLost(report), [{ topic: 'hit', partition: 0, from: missing[0], to: missing[missing.length - 1] }]);
  t.true(missing.includes(30) && missing.length < 20);
  t.is(report.lost.length, 1);
  t.deepEqual([found.next['hit/0'], found.groups], [COUNT + 2, ['readers hit/0 40']]);
  t.is(found.records.get('beside/0')?.size, COUNT + 1);
});

test('the indexes of all parts cost nothing', async (t) => {
  const { report, missing } = await damaged(t, (block) => block.bytes[1] === BlockType.logIndex);
  t.deepEqual([missing, report.lost], [[], []]);
});

test('without its index a bad block costs what was between its neighbours', async (t) => {
  const { report, missing } = await damaged(t, (block) => block.bytes[1] === BlockType.logIndex || hitsTheMiddle(block));
  t.like(recordsLost(report), [{ from: missing[0], to: missing[missing.length - 1] }]);
});

test('a blob of parts that is missing costs the offsets that the manifest has of each', async (t) => {
  const { location, written } = await built(t);
  await removeBlocks(location, hitsTheMiddle, 'blob');
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.like(
    recordsLost(report).sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    [
      { topic: 'beside', from: 0, to: COUNT, reason: 'the blob is missing' },
      { topic: 'hit', from: 0, to: COUNT - 1, reason: 'the blob is missing' },
    ],
  );
  t.deepEqual(
    [...(found.records.get('hit/0') ?? [])],
    [
      [COUNT, 'later 1'],
      [COUNT + 1, 'later 2'],
    ],
  );
  t.is(found.next['beside/0'], COUNT + 1);
});

test('a large value that is damaged costs its own record', async (t) => {
  const { location, written } = await built(t);
  await changeBlocks(location, (block) => (block.bytes[1] === BlockType.logValue ? flipped(block) : undefined));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.like(recordsLost(report), [{ topic: 'beside', from: COUNT, to: COUNT }]);
  t.is(report.lost.length, 1);
  t.is(found.next['beside/0'], COUNT + 1);
  t.is(found.records.get('beside/0')?.size, COUNT);
});

test('the repaired topics go on: the next record gets the next offset, in this life and the next', async (t) => {
  const { location } = await built(t);
  await changeBlocks(location, (block) => (hitsTheMiddle(block) ? flipped(block) : undefined));
  const { target } = await repaired(t, location);
  const { open } = await import('../../index.ts');
  for (const expected of [COUNT + 2, COUNT + 3]) {
    await using engine = await open(target, STILL);
    t.is(await engine.topic('hit').produce({ key: 1n, value: 'new' }), expected);
  }
  t.is((await contentsOf(target)).records.get('hit/0')?.get(COUNT + 3), 'new');
});
