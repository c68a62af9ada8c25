import test from 'ava';
import { checksum } from '../../platform/checksum.ts';
import { memoryFiles } from '../../platform/memory-files.ts';
import { blockKey, SEAL_BLOCK } from '../../storage/blobs/keys.ts';
import { encodeSeal } from '../../storage/blobs/seal.ts';
import { readU32, writeU32 } from '../../storage/little-endian.ts';
import { decodeIndex, encodeIndex } from '../../storage/log/part-index.ts';
import { readStaged, writeStaged } from '../../storage/log/staged-values.ts';
import { BlobIndex } from '../../storage/salvage/blob-index.ts';
import { findBlobs } from '../../storage/salvage/find-blobs.ts';
import { visitBlock } from '../../storage/salvage/leveldb/block.ts';
import { maskedChecksum } from '../../storage/salvage/leveldb/checksum.ts';
import type { LevelEntry } from '../../storage/salvage/leveldb/entry.ts';
import { uncompress } from '../../storage/salvage/leveldb/snappy.ts';
import { findBlocks } from '../../storage/salvage/leveldb/table-file.ts';
import { readValue } from '../../storage/salvage/logs/read-value.ts';
import { isFlaw, SalvageBlocks } from '../../storage/salvage/salvage-blocks.ts';
import { openBlock } from '../../storage/sst/block.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { FieldWriter } from '../../storage/tablet/fields.ts';
import { decodeEdit } from '../../storage/tablet/manifest-codec.ts';
import { decodeGroup } from '../../storage/wal/decode-group.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { withinMemory } from '../../torture/fuzz/allocations.ts';
import { joined } from '../../torture/fuzz/mutations.ts';
import { Bench } from '../support/tables.ts';

/** A little beyond what any of this needs. */
const LITTLE = { allocated: 64 * 1024, steps: 0 };
const BLOB = 3;

function entryOf(key: Uint8Array, value: Uint8Array, sequence: number): LevelEntry {
  return { key, sequence, isPut: true, bytes: value, valueStart: 0, valueEnd: value.length, isSound: true };
}

/** A blob of one value block, whose entries LevelDB vouches for, and one entry more. */
async function indexWith(key: Uint8Array, value: Uint8Array): Promise<{ index: BlobIndex; blocks: SalvageBlocks; opened: () => number }> {
  const bench = new Bench();
  await writeStaged(bench.context(), BLOB, new Uint8Array(100));
  const index = new BlobIndex(checksum);
  for (const [number, block] of (bench.blobs.visible.get(BLOB) ?? []).entries())
    index.add(entryOf(blockKey(BLOB, number), block, 1), 'log', undefined);
  index.add(entryOf(key, value, 2), 'log', undefined);
  const blocks = new SalvageBlocks(index, memoryFiles(), checksum);
  let opened = 0;
  const open = blocks.open.bind(blocks);
  blocks.open = (id, number) => {
    if (++opened > 100) throw new Error('blocks are asked for that are not there');
    return open(id, number);
  };
  return { index, blocks, opened: () => opened };
}

for (const number of [0x24c01, 2 ** 22 - 1, 2 ** 31, SEAL_BLOCK - 1]) {
  test.serial(`a repair that finds block ${number} of a blob does not look for those before it`, async (t) => {
    const { index, blocks, opened } = await indexWith(blockKey(BLOB + 1, number), new Uint8Array(30));
    const found = await findBlobs(index.ids, blocks);
    t.deepEqual([found.tables, found.parts], [[], []]);
    t.true(opened() < 20);
    t.true(isFlaw(await blocks.open(BLOB + 1, 0)));
  });
}

test.serial('a repair believes no seal of billions of blocks', async (t) => {
  const { index, blocks } = await indexWith(
    blockKey(BLOB, SEAL_BLOCK),
    encodeSeal(BLOB, { blocks: 2 ** 32 - 2, bytes: 2 ** 40 }, checksum),
  );
  t.is(index.sealOf(BLOB), undefined);
  t.deepEqual(index.numbersOf(BLOB), [0]);
  t.is(index.blocksOf(BLOB), 1);
  await t.notThrowsAsync(findBlobs(index.ids, blocks));
});

test.serial('a reference to a large value takes no memory before its first block bears it out', async (t) => {
  const bench = new Bench();
  const staged = await writeStaged(bench.context(), BLOB, new Uint8Array(1000), 420);
  const { blocks } = await indexWith(blockKey(BLOB, 1), new Uint8Array(0));
  for (const wrong of [
    { bytes: 60 * 2 ** 20 },
    { blocks: 2, bytes: 60 * 2 ** 20 },
    { bytes: staged.bytes + 400 },
    { bytes: staged.bytes - 300 },
    { blocks: 0, bytes: 0 },
    { blocks: 2 ** 31 },
  ]) {
    const reading = () => readStaged(bench.source(), { ...staged, ...wrong });
    await t.throwsAsync(withinMemory(LITTLE, reading), { code: 'LITHIFY_CORRUPTION' }, JSON.stringify(wrong));
    t.true('flaw' in (await withinMemory(LITTLE, () => readValue({ ...staged, ...wrong }, blocks))), JSON.stringify(wrong));
  }
  t.is((await withinMemory(LITTLE, () => readStaged(bench.source(), staged))).length, 1000);
});

test.serial('a manifest that creates a topic of more partitions than there can be is refused, and none is made', (t) => {
  const topic = (partitions: number) => {
    const created = new FieldWriter().number(1, 1).bytes(2, Buffer.from('t')).number(3, partitions).finish();
    return new FieldWriter().bytes(10, new FieldWriter().bytes(1, created).finish()).finish();
  };
  t.is(decodeEdit(topic(1024)).log?.created?.[0].partitions, 1024);
  for (const partitions of [1025, 2 ** 32, Number.MAX_SAFE_INTEGER]) t.throws(() => decodeEdit(topic(partitions)), { name: 'FieldError' });
  const change = new FieldWriter()
    .number(1, 1)
    .number(2, 2 ** 32)
    .finish();
  const edit = new FieldWriter().bytes(10, new FieldWriter().bytes(3, change).finish()).finish();
  t.throws(() => decodeEdit(edit), { name: 'FieldError', message: /partition below 1024/ });
});

test.serial('times and names of the catalog that are none are refused as fields', (t) => {
  const group = (name: Uint8Array, time: Uint8Array) => {
    const fields = new FieldWriter().number(1, 1).number(2, 0).bytes(3, name).number(4, 1).bytes(5, time).finish();
    return new FieldWriter().bytes(10, new FieldWriter().bytes(6, fields).finish()).finish();
  };
  t.is(decodeEdit(group(Buffer.from('g'), new Uint8Array(8))).log?.groups?.[0].group, 'g');
  t.throws(() => decodeEdit(group(Uint8Array.of(255), new Uint8Array(8))), { name: 'FieldError' });
  t.throws(() => decodeEdit(group(Buffer.from('g'), new Uint8Array(7))), { name: 'FieldError' });
});

test.serial('the index of a part names a partition that there can be', (t) => {
  const summary = { firstOffset: 0, lastOffset: 1, records: 2, bytes: 40, untimed: 2, maxTimestamp: Number.NaN };
  const indexOf = (topic: number, partition: number) =>
    openBlock(
      encodeIndex({ topic, partition }, [summary], BLOB, 1, checksum),
      { blobId: BLOB, number: 1, type: BlockType.logIndex },
      checksum,
    );
  t.is(decodeIndex(indexOf(7, 1023)).partition, 1023);
  for (const [topic, partition] of [
    [7, 1024],
    [7, 2 ** 32 - 1],
    [2 ** 60, 0],
  ])
    t.throws(() => decodeIndex(indexOf(topic, partition)), { code: 'LITHIFY_CORRUPTION' });
});

test.serial('a group of the log names partitions, offsets and topics that there can be', (t) => {
  const committed = (more: object) => {
    const builder = new GroupBuilder();
    builder.commit({ topic: 1, partition: 0, group: 'g', offset: 4, committedAt: 1, ...more });
    return builder.seal(1).slice();
  };
  t.is(decodeGroup(committed({})).groups?.[0].offset, 4);
  for (const wrong of [
    { offset: Number.NaN },
    { offset: -1 },
    { offset: 1.5 },
    { topic: 2 ** 60 },
    { topic: Number.NaN },
    { partition: 1024 },
  ])
    t.throws(() => decodeGroup(committed(wrong)), { code: 'LITHIFY_CORRUPTION' }, JSON.stringify(wrong));
});

test.serial('no length makes a Snappy block larger than it can be', async (t) => {
  const claim = joined(Uint8Array.of(255, 255, 255, 255, 15), new Uint8Array(40));
  t.is(await withinMemory(LITTLE, () => uncompress(claim, 0, claim.length)), undefined);
});

/** A file of LevelDB's: one block, then an index that names it so often, then the footer. */
function fileNaming(times: number): Uint8Array {
  const block = stored(joined(Uint8Array.of(0, 9, 0), Buffer.from('k'), Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0), new Uint8Array(4)));
  const size = block.length - 5;
  const handle = Uint8Array.of(0, 9, 2, ...Buffer.from('k'), 1, 1, 0, 0, 0, 0, 0, 0, 0, size);
  const index = stored(joined(...Array.from({ length: times }, () => handle), new Uint8Array(4)));
  const footer = new Uint8Array(48);
  footer.set(varint(block.length).concat(varint(index.length - 5)), 2);
  footer.set([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb], 40);
  return joined(block, index, footer);
}

function stored(content: Uint8Array): Uint8Array {
  const block = joined(content, new Uint8Array(5));
  writeU32(block, content.length + 1, maskedChecksum(block, 0, content.length + 1));
  return block;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

test.serial("an index of LevelDB's that names a block again and again has it read once", (t) => {
  t.deepEqual(findBlocks(fileNaming(1)), { places: [{ offset: 0, size: 16 }], isIndexed: true });
  const { places, isIndexed } = findBlocks(fileNaming(500));
  t.false(isIndexed);
  t.deepEqual(places[0], { offset: 0, size: 16 });
  t.true(places.every(({ offset }, i) => i === 0 || offset > places[i - 1].offset));
});

test.serial("keys of LevelDB's that share all with the one before take no memory for each", async (t) => {
  const first = joined(Uint8Array.of(0, 255, 1, 0), new Uint8Array(255).fill(7));
  const again = Uint8Array.of(255, 1, 0, 0);
  const block = joined(first, ...Array.from({ length: 5000 }, () => again), new Uint8Array(4));
  let visited = 0;
  t.true(await withinMemory(LITTLE, () => visitBlock(block, true, () => visited++)));
  t.is(visited, 5001);
});

test.serial('a block of more entries than fit is refused before one is looked at', async (t) => {
  const bench = new Bench();
  await writeStaged(bench.context(), BLOB, new Uint8Array(100));
  const block = bench.blobs.visible.get(BLOB)?.[0].slice() ?? new Uint8Array(0);
  block[1] = BlockType.data;
  for (const count of [1000, 2 ** 31, 2 ** 32 - 1]) {
    writeU32(block, 12, count);
    writeU32(block, block.length - 4, checksum(block.subarray(0, block.length - 4)));
    t.is(readU32(block, 12), count);
    const opening = () => openBlock(block, { blobId: BLOB, number: 0, type: BlockType.data }, checksum);
    await t.throwsAsync(withinMemory(LITTLE, opening), { code: 'LITHIFY_CORRUPTION', message: /more entries than fit/ });
  }
});
