import test from 'ava';
import fc from 'fast-check';
import { compareBytes, MAX_SEQUENCE } from '../../storage/entry.ts';
import { openBlock } from '../../storage/sst/block.ts';
import { lowerBound, lowerBoundWithin } from '../../storage/sst/block-search.ts';
import { BlockWriter } from '../../storage/sst/block-writer.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { anyEntries, anyKey, checksum, type Entry, ordered } from '../support/tables.ts';

function blockOf(entries: readonly Entry[]) {
  const writer = new BlockWriter({ bytes: new Uint8Array(64), base: 0, size: 64 });
  for (const { key, seq } of ordered(entries)) writer.add(key, 0, key.length, key.length, key.length, 0, seq);
  return openBlock(writer.finish(BlockType.data, 1, 0, checksum), { blobId: 1, number: 0, type: BlockType.data }, checksum);
}

function naive(entries: readonly Entry[], key: Uint8Array, seq: number): number {
  const at = ordered(entries).findIndex((entry) => (compareBytes(entry.key, key) || seq - entry.seq) >= 0);
  return at < 0 ? entries.length : at;
}

test('a search finds the place of any key and sequence, present or not', (t) => {
  fc.assert(
    fc.property(
      anyEntries,
      anyKey,
      fc.array(anyKey, { maxLength: 20 }),
      fc.integer({ min: -1, max: 130 }),
      (list, prefix, strangers, seq) => {
        const entries = list.map((entry) => ({ ...entry, key: new Uint8Array([...prefix, ...entry.key]) }));
        const block = blockOf(entries);
        const keys = [...entries.map(({ key }) => key), ...strangers, ...strangers.map((key) => new Uint8Array([...prefix, ...key]))];
        for (const key of keys) for (const at of [seq, -1, MAX_SEQUENCE]) t.is(lowerBound(block, key, at), naive(entries, key, at));
      },
    ),
    { numRuns: 500 },
  );
});

test('the shorter way for keys between the first and the last finds the same', (t) => {
  fc.assert(
    fc.property(anyEntries, fc.array(anyKey, { maxLength: 20 }), fc.integer({ min: -1, max: 130 }), (entries, strangers, seq) => {
      const block = blockOf(entries);
      const keys = ordered(entries).map(({ key }) => key);
      const between = [...keys, ...strangers].filter(
        (key) => keys.length > 0 && compareBytes(keys[0], key) <= 0 && compareBytes(key, keys[keys.length - 1]) <= 0,
      );
      for (const key of between) t.is(lowerBoundWithin(block, key, seq), naive(entries, key, seq));
    }),
    { numRuns: 500 },
  );
});
