import { checksum } from '../../../platform/checksum.ts';
import { memoryFiles } from '../../../platform/memory-files.ts';
import { PartBench } from '../../../spec/log/support/parts.ts';
import { put, TINY } from '../../../spec/support/tables.ts';
import { blockKey, manifestKey, SEAL_BLOCK } from '../../../storage/blobs/keys.ts';
import { encodeSeal } from '../../../storage/blobs/seal.ts';
import { BlobIndex } from '../../../storage/salvage/blob-index.ts';
import { findBlobs } from '../../../storage/salvage/find-blobs.ts';
import type { LevelEntry } from '../../../storage/salvage/leveldb/entry.ts';
import { PartitionRecords } from '../../../storage/salvage/logs/partition-records.ts';
import { readValue } from '../../../storage/salvage/logs/read-value.ts';
import { salvageManifest } from '../../../storage/salvage/manifest/salvage-manifest.ts';
import { StoredEntries } from '../../../storage/salvage/manifest/stored-entries.ts';
import { isFlaw, SalvageBlocks } from '../../../storage/salvage/salvage-blocks.ts';
import { encodeEdit } from '../../../storage/tablet/manifest-codec.ts';
import { frameEntry, frameHead } from '../../../storage/tablet/manifest-entry.ts';
import { EMPTY_EDIT } from '../../../storage/tablet/manifest-state.ts';
import { type Decoder, must, once, resealedBlock } from '../decoder.ts';
import type { Meter } from '../meter.ts';
import { joined } from '../mutations.ts';

const KEY_BYTES = blockKey(0, 0).length;
const PART = 40;

/** A table and a part, as key and value; the key stands before the value in each sample. */
async function storedBlocks(): Promise<readonly Uint8Array[]> {
  const bench = new PartBench();
  await bench.write([put('a', 1), put('b', 2, 'x'.repeat(150)), put('c', 3)], TINY);
  bench.nextId = PART;
  await bench.part(Array.from({ length: 9 }, (_, n) => ({ topic: 3, partition: 1, offset: n, key: 1n, value: `value ${n}` })));
  return [...bench.blobs.visible].flatMap(([id, blocks]) => {
    const size = { blocks: blocks.length, bytes: blocks.reduce((sum, { length }) => sum + length, 0) };
    const seal = joined(blockKey(id, SEAL_BLOCK), encodeSeal(id, size, checksum));
    return [...blocks.map((block, number) => joined(blockKey(id, number), block)), seal];
  });
}

const STORED = once(storedBlocks);

function entryOf(pair: Uint8Array, sequence: number, keyBytes: number): LevelEntry {
  const isSound = sequence % 2 === 0;
  return {
    key: pair.slice(0, keyBytes),
    sequence,
    isPut: true,
    bytes: pair,
    valueStart: Math.min(keyBytes, pair.length),
    valueEnd: pair.length,
    isSound,
  };
}

/** What a repair without a manifest would do with these blobs. */
async function useBlobs(index: BlobIndex, meter: Meter): Promise<void> {
  const blocks = new SalvageBlocks(index, memoryFiles(), meter.checksum);
  const open = blocks.open.bind(blocks);
  blocks.open = (id, number) => {
    meter.step();
    return open(id, number);
  };
  const { tables, parts } = await findBlobs(index.ids, blocks);
  for (const { blocks: count } of tables) must(count >= 0, 'a table of no blocks');
  for (const { of } of parts) must((of?.partition ?? 0) < 1024, 'a partition that cannot be');
  const records = new PartitionRecords(parts, blocks, () => meter.step());
  while ((await records.next()) !== undefined) meter.step();
  const value = await readValue({ id: PART, blocks: 3, bytes: 300 }, blocks);
  must('flaw' in value || value.length === 240, 'a value that nobody wrote');
  for (const id of index.ids) must(isFlaw(await blocks.open(id, SEAL_BLOCK)), 'a seal that is a block');
}

const ENTRIES = ((): { value: Uint8Array; checksum: number }[] => {
  const first = frameEntry({ number: 1, type: 'snapshot', previous: 0, payload: encodeEdit({ ...EMPTY_EDIT, epoch: 1 }) }, checksum);
  const payload = encodeEdit({ ...EMPTY_EDIT, lastSequence: 9 });
  return [first, frameEntry({ number: 2, type: 'edit', previous: first.checksum, payload }, checksum)];
})();
const MANIFEST = [frameHead({ number: 2, checksum: ENTRIES[1].checksum }, checksum), ...ENTRIES.map(({ value }) => value)].map((value, n) =>
  joined(manifestKey(n), value),
);
const MANIFEST_KEY_BYTES = manifestKey(0).length;

export const SALVAGE_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: 'blocks without a manifest',
    covers: ['BlobIndex', 'SalvageBlocks', 'findBlobs', 'findParts', 'findTable', 'PartitionRecords', 'readValue'],
    samples: STORED,
    reseal: (pair) => joined(pair.subarray(0, KEY_BYTES), resealedBlock(pair.subarray(KEY_BYTES))),
    room: 256 * 1024,
    decode: async (bytes, meter) => {
      const index = new BlobIndex(meter.checksum);
      const stored = await STORED();
      for (const pair of stored) index.add(entryOf(pair, 2, KEY_BYTES), 'a log', undefined);
      // As one that LevelDB's checksum vouches for, and as one that must prove itself.
      for (const sequence of [3, 4]) index.add(entryOf(bytes, sequence, KEY_BYTES), 'a log', undefined);
      await useBlobs(index, meter);
    },
  },
  {
    name: 'entries of a manifest, in a repair',
    covers: ['StoredEntries', 'salvageManifest'],
    samples: () => MANIFEST,
    decode: (bytes, meter) => {
      const entries = new StoredEntries(meter.checksum);
      for (const pair of MANIFEST) entries.add(entryOf(pair, 2, MANIFEST_KEY_BYTES));
      for (const sequence of [3, 4]) entries.add(entryOf(bytes, sequence, MANIFEST_KEY_BYTES));
      const { known, problems } = salvageManifest(entries, { damage: [], files: 1, isWhole: true }, meter.checksum);
      must(problems.length > 0 || known.lastSequence === 9, 'a whole manifest that nobody wrote');
    },
  },
];
