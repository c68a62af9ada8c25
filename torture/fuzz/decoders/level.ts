import { memoryFiles } from '../../../platform/memory-files.ts';
import { writeU32 } from '../../../storage/little-endian.ts';
import { visitBatch } from '../../../storage/salvage/leveldb/batch.ts';
import { visitBlock, walkBlock } from '../../../storage/salvage/leveldb/block.ts';
import { maskedChecksum } from '../../../storage/salvage/leveldb/checksum.ts';
import type { LevelEntry } from '../../../storage/salvage/leveldb/entry.ts';
import { knownFiles } from '../../../storage/salvage/leveldb/known-files.ts';
import { readLog } from '../../../storage/salvage/leveldb/log-file.ts';
import { scanLevelFiles } from '../../../storage/salvage/leveldb/scan.ts';
import { uncompress } from '../../../storage/salvage/leveldb/snappy.ts';
import { BLOCK_TRAILER_BYTES, findBlocks, openLevelBlock } from '../../../storage/salvage/leveldb/table-file.ts';
import { readVarint, varintEnd } from '../../../storage/salvage/leveldb/varint.ts';
import { bytesOf, type Decoder, must, NotOne, once } from '../decoder.ts';
import { levelFiles, type Pair } from '../level-files.ts';
import type { Meter } from '../meter.ts';
import { joined } from '../mutations.ts';

const PAIRS: readonly Pair[] = Array.from({ length: 40 }, (_, n) => [bytesOf(`key ${n}`), bytesOf(`${n} `.repeat(n))]);
const FILES = once(() => levelFiles(PAIRS, 30));
const LOG_HEADER_BYTES = 7;

async function filesNamed(pattern: RegExp): Promise<Uint8Array[]> {
  return [...(await FILES())].filter(([name, bytes]) => pattern.test(name) && bytes.length > 0).map(([, bytes]) => bytes);
}

/** Contents of the blocks of the table, and the same as they stand in the file. */
async function blocksOf(which: 'content' | 'stored'): Promise<Uint8Array[]> {
  const [table] = await filesNamed(/ldb$/);
  return findBlocks(table).places.map((place) => {
    if (which === 'stored') return table.slice(place.offset, place.offset + place.size + BLOCK_TRAILER_BYTES);
    return openLevelBlock(table, place)?.content.slice() ?? new Uint8Array(0);
  });
}

function useEntry({ bytes, valueStart, valueEnd, sequence }: LevelEntry, meter: Meter): void {
  meter.step();
  must(valueStart <= valueEnd && valueEnd <= bytes.length && !Number.isNaN(sequence), 'an entry outside of the bytes');
}

/** The fragment that a log of one record begins with gets its checksum. */
function resealedLog(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let at = 0; at + LOG_HEADER_BYTES <= copy.length; ) {
    const end = at + LOG_HEADER_BYTES + copy[at + 4] + 256 * copy[at + 5];
    if (end > copy.length) return copy;
    writeU32(copy, at, maskedChecksum(copy, at + 6, end));
    at = end;
  }
  return copy;
}

function resealedStored(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > BLOCK_TRAILER_BYTES) writeU32(copy, copy.length - 4, maskedChecksum(copy, 0, copy.length - 4));
  return copy;
}

export const LEVEL_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: "a number of LevelDB's",
    covers: ['readVarint'],
    samples: () => [Uint8Array.of(0), Uint8Array.of(0x80, 1), Uint8Array.of(255, 255, 255, 255, 15)],
    decode: (bytes) => {
      const value = readVarint(bytes, 0, bytes.length);
      if (value === undefined) throw new NotOne('no number');
      must(Number.isSafeInteger(value) && varintEnd() <= bytes.length, 'a number that cannot be');
    },
  },
  {
    name: "a log of LevelDB's",
    covers: ['readLog', 'visitBatch'],
    samples: () => filesNamed(/log$/),
    reseal: resealedLog,
    decode: (bytes, meter) => {
      const records = readLog(bytes);
      must(records.reduce((sum, { payload }) => sum + payload.length, 0) <= bytes.length, 'more than there is');
      for (const record of records) visitBatch(record, (entry) => useEntry(entry, meter));
    },
  },
  {
    name: "LevelDB's MANIFEST",
    covers: ['knownFiles'],
    samples: () => filesNamed(/^MANIFEST/),
    reseal: resealedLog,
    decode: (bytes, meter) => {
      const known = knownFiles(readLog(bytes));
      if (known === undefined) throw new NotOne('no list of files');
      meter.step(known.tables.size);
    },
  },
  {
    name: "a block of LevelDB's",
    covers: ['visitBlock', 'walkBlock'],
    samples: () => blocksOf('content'),
    decode: (bytes, meter) => {
      visitBlock(bytes, true, (entry) => useEntry(entry, meter));
      walkBlock(bytes, (key, start, end) => {
        meter.step();
        must(key.length <= bytes.length * 2 && start <= end && end <= bytes.length, 'a key outside of the block');
        return true;
      });
    },
  },
  {
    name: "a stored block of LevelDB's",
    covers: ['openLevelBlock'],
    samples: () => blocksOf('stored'),
    reseal: resealedStored,
    decode: (bytes) => {
      const opened = openLevelBlock(bytes, { offset: 0, size: bytes.length - BLOCK_TRAILER_BYTES });
      if (opened === undefined) throw new NotOne('no block');
      must(opened.content.length <= 22 * bytes.length, 'more than a block can stand for');
    },
  },
  {
    name: 'a Snappy block',
    covers: ['uncompress'],
    samples: () => [Uint8Array.of(0), Uint8Array.of(10, 4, 97, 98, 0x1e, 2, 0), joined(Uint8Array.of(62, 0xf0, 61), new Uint8Array(62))],
    decode: (bytes) => {
      const content = uncompress(bytes, 0, bytes.length);
      if (content === undefined) throw new NotOne('no Snappy');
      must(content.length <= 22 * bytes.length, 'more than a block can stand for');
    },
  },
  {
    name: "a table file of LevelDB's",
    covers: ['findBlocks'],
    samples: () => filesNamed(/ldb$/),
    decode: (bytes, meter) => {
      const { places } = findBlocks(bytes);
      const taken = places.reduce((sum, { size }) => sum + size + BLOCK_TRAILER_BYTES, 0);
      must(taken <= bytes.length, `blocks of ${taken} bytes in a file of ${bytes.length}`);
      for (const place of places) visitBlock(openLevelBlock(bytes, place)?.content ?? bytes, false, (entry) => useEntry(entry, meter));
    },
  },
  {
    // Bytes 0 and 1 say what it is called.
    name: "a directory of LevelDB's",
    covers: ['scanLevelFiles', 'readLeniently'],
    samples: async () =>
      [...(await FILES())].map(([name, bytes]) => joined(Uint8Array.of(name.endsWith('ldb') ? 0 : name.endsWith('log') ? 1 : 2), bytes)),
    room: 512 * 1024,
    decode: async (bytes, meter) => {
      const files = memoryFiles();
      await files.makeDirectory('/level');
      const name = ['000005.ldb', '000009.log', 'MANIFEST-000999'][(bytes[0] ?? 0) % 3];
      for (const [other, content] of await FILES()) await files.replace(`/level/${other}`, content);
      await files.replace(`/level/${name}`, bytes.slice(1));
      const scan = await scanLevelFiles({ files, turn: async () => {} }, '/level', (entry) => useEntry(entry, meter));
      must(scan.files >= 1, 'no file was read');
    },
  },
];
