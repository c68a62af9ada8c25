import test, { type ExecutionContext } from 'ava';
import type { LostKeys, RepairReport } from '../../index.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { changeBlocks, flipped, holds, type StoredBlock } from '../support/damage.ts';
import { removeBlocks } from './support/blocks.ts';
import { type BuiltStore, entries, keyOf, repaired, settle, storeWith } from './support/stores.ts';
import { type Contents, expectNoFault } from './support/written.ts';

const COUNT = 1000;

/** One level, several tables of several partitions. */
function oneLevel(t: ExecutionContext): Promise<BuiltStore> {
  return storeWith(
    t,
    async (written, engine) => {
      await written.put(entries(0, COUNT, 'value'));
      await settle(engine);
    },
    { workers: 0, durability: 'os', blockBytes: 128, tableBytes: 24 * 1024, memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024 },
  );
}

function isOf(type: number): (block: StoredBlock) => boolean {
  return ({ bytes }) => bytes[1] === type;
}

/** Damages the blocks and repairs; what is missing is reported, and nothing else is missing. */
async function damaged(t: ExecutionContext, isHit: (block: StoredBlock, all: readonly StoredBlock[]) => boolean): Promise<Hit> {
  const { location, written } = await oneLevel(t);
  const hits = await changeBlocks(location, (block, all) => (isHit(block, all) ? flipped(block) : undefined));
  t.true(hits > 0);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  return { report, found, hits, missing: [...written.current.keys()].filter((key) => !found.keys.has(key)).sort() };
}
interface Hit {
  readonly report: RepairReport;
  readonly found: Contents;
  readonly hits: number;
  readonly missing: readonly string[];
}

function rangesOf({ lost }: RepairReport): [string, string][] {
  const text = (key: Uint8Array | undefined) => new TextDecoder().decode(key);
  return lost.filter((one): one is LostKeys => one.what === 'keys').map(({ from, to }) => [text(from), text(to)]);
}

test('a data block costs exactly the keys that it had, as its index knows them', async (t) => {
  const { report, missing } = await damaged(t, (block) => isOf(BlockType.data)(block) && holds(block, `value of 500`));
  t.deepEqual(rangesOf(report), [[missing[0], missing[missing.length - 1]]]);
  t.true(missing.includes(keyOf(500)) && missing.length < 10, `${missing}`);
  t.regex(report.lost[0].reason, /checksum/);
  t.is(report.lost.length, 1);
  t.deepEqual(report.stale, []);
});

for (const [name, type] of Object.entries({ index: BlockType.index, filter: BlockType.filter, footer: BlockType.footer })) {
  test(`all ${name} blocks together cost nothing: the data is found by walking`, async (t) => {
    const { report, found, hits } = await damaged(t, isOf(type));
    t.true(hits > 1);
    t.deepEqual(report.lost, []);
    t.is(found.keys.size, COUNT);
  });
}

test('with index and footers gone a data block costs the keys between its neighbours, and no more', async (t) => {
  const isGone = (block: StoredBlock) => isOf(BlockType.index)(block) || isOf(BlockType.footer)(block);
  const { report, missing } = await damaged(t, (block) => isGone(block) || (isOf(BlockType.data)(block) && holds(block, 'value of 500')));
  const [[from, to], ...more] = rangesOf(report);
  t.deepEqual(more, []);
  t.deepEqual([missing[0] > from, missing[missing.length - 1] < to], [true, true]);
  t.true(missing.length < 10);
  t.is(Number(to.slice(4)) - Number(from.slice(4)), missing.length + 1, 'its neighbours');
});

test('the first and the last block of a table are reported to its ends', async (t) => {
  const isFirst = ({ number }: StoredBlock) => number === 0;
  const first = await damaged(t, (block) => isFirst(block) && holds(block, 'value of 0'));
  t.is(rangesOf(first.report)[0][0], keyOf(0));
  const last = await damaged(t, (block) => isOf(BlockType.data)(block) && holds(block, `value of ${COUNT - 1}`));
  t.is(rangesOf(last.report)[0][1], keyOf(COUNT - 1));
});

test('a block of another place, whole as it is, is damage and not data', async (t) => {
  const { location, written } = await oneLevel(t);
  const other = (all: readonly StoredBlock[]) => all.find((one) => isOf(BlockType.data)(one) && holds(one, 'value of 700'))?.bytes;
  await changeBlocks(location, (block, all) => (isOf(BlockType.data)(block) && holds(block, 'value of 500') ? other(all) : undefined));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.false(found.keys.has(keyOf(500)));
  t.true(found.keys.has(keyOf(700)));
});

test('a blob that is missing as a whole costs the range that the manifest has of its table', async (t) => {
  const { location, written } = await oneLevel(t);
  const blobs = await removeBlocks(location, (block) => isOf(BlockType.data)(block) && holds(block, 'value of 500'), 'blob');
  t.is(blobs.length, 1);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.like(report.lost, [{ what: 'keys', blobId: blobs[0], reason: 'the blob is missing' }]);
  t.is(report.lost.length, 1);
  const [[from, to]] = rangesOf(report);
  t.deepEqual([found.keys.has(from), found.keys.has(to)], [false, false], 'exactly: both ends are missing');
  t.true(found.keys.size > COUNT / 4 && found.keys.size < COUNT);
});

test('single values that LevelDB has lost cost what damaged ones do', async (t) => {
  const { location, written } = await oneLevel(t);
  await removeBlocks(location, (block) => isOf(BlockType.data)(block) && holds(block, 'value of 500'), 'block');
  await removeBlocks(location, isOf(BlockType.index), 'block');
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.true(COUNT - found.keys.size < 10);
});
