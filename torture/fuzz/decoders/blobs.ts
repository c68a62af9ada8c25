import { checksum } from '../../../platform/checksum.ts';
import { BLOB_PREFIX, blobIdOf, blockKey, manifestKey, sealKey } from '../../../storage/blobs/keys.ts';
import { decodeSeal, encodeSeal } from '../../../storage/blobs/seal.ts';
import { PackedCursor } from '../../../storage/ingest/packed-cursor.ts';
import { PackedPairs } from '../../../storage/ingest/packed-pairs.ts';
import { Step } from '../../../storage/merge/cursor.ts';
import { bytesOf, type Decoder, must } from '../decoder.ts';

const BLOB = 5;

export const BLOB_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: 'the seal of a blob',
    covers: ['decodeSeal'],
    samples: () => [encodeSeal(BLOB, { blocks: 3, bytes: 700 }, checksum), encodeSeal(BLOB, { blocks: 1, bytes: 2 ** 33 }, checksum)],
    isSealed: true,
    decode: (bytes, meter) => decodeSeal(BLOB, bytes, meter.checksum),
  },
  {
    name: 'the key of a block',
    covers: ['blobIdOf'],
    samples: () => [blockKey(BLOB, 7), sealKey(2 ** 40), manifestKey(9)],
    decode: (bytes) => {
      const id = blobIdOf(bytes);
      must(id >= 0, 'an id below 0');
      if (bytes.length === 13 && bytes[0] === BLOB_PREFIX && Number.isSafeInteger(id)) must(blobIdOf(blockKey(id, 0)) === id, 'another id');
    },
  },
  {
    name: 'packed pairs',
    covers: ['PackedCursor'],
    samples: () => [pairsOf(), pairsOf().slice(0, 9)],
    // Another thread's memory that makes no sense is a defect of ours.
    isRefusal: (error) => error instanceof Error && 'code' in error && error.code === 'LITHIFY_INTERNAL',
    decode: (bytes, meter) => {
      const cursor = new PackedCursor({ buffer: bytes.slice().buffer, bytes: bytes.length, entries: 3 });
      let before = 0;
      for (; cursor.step() === Step.entry; before = cursor.valueEnd) {
        meter.step();
        must(before <= cursor.keyStart && cursor.keyStart <= cursor.keyEnd, 'a key that begins before its place');
        must(cursor.keyEnd <= cursor.valueEnd && cursor.valueEnd <= bytes.length, 'a pair beyond the end');
      }
    },
  },
];

function pairsOf(): Uint8Array {
  const pairs = new PackedPairs(200);
  for (const [key, value] of [
    ['a', '1'],
    ['bb', 'x'.repeat(70)],
    ['c', ''],
  ])
    pairs.add(bytesOf(key), bytesOf(value));
  const { buffer, bytes } = pairs.shared;
  return new Uint8Array(buffer).slice(0, bytes);
}
