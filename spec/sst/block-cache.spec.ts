import test from 'ava';
import fc from 'fast-check';
import { openBlock } from '../../storage/sst/block.ts';
import { BlockCache } from '../../storage/sst/block-cache.ts';
import { seal } from '../../storage/sst/block-writer.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { checksum } from '../support/tables.ts';

function block(blobId: number, number: number, size = 100) {
  const bytes = new Uint8Array(size);
  seal(bytes, BlockType.data, blobId, number, 0, checksum);
  return openBlock(bytes, { blobId, number, type: BlockType.data }, checksum);
}

test('the cache never holds more bytes than its limit, and finds what it holds', (t) => {
  const operation = fc.record({
    act: fc.constantFrom('add', 'get', 'drop'),
    blob: fc.nat(5),
    number: fc.nat(20),
    size: fc.integer({ min: 30, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), fc.integer({ min: 0, max: 5000 }), (operations, limit) => {
      const cache = new BlockCache(limit);
      const dropped = new Set<number>();
      for (const { act, blob, number, size } of operations) {
        if (act === 'add') {
          cache.add(block(blob, number, size));
          dropped.delete(blob);
        } else if (act === 'drop') {
          cache.drop(blob);
          dropped.add(blob);
        } else {
          const found = cache.get(blob, number);
          t.false(dropped.has(blob) && found !== undefined);
          if (found !== undefined) t.deepEqual([found.blobId, found.number], [blob, number]);
        }
        t.true(cache.bytes <= limit);
      }
      for (let blob = 0; blob <= 5; blob++) cache.drop(blob);
      t.is(cache.bytes, 0);
    }),
  );
});

test('a limit of zero keeps nothing', (t) => {
  const cache = new BlockCache(0);
  cache.add(block(1, 0));
  t.is(cache.get(1, 0), undefined);
});

test('filling far beyond the limit keeps the cache full, not empty', (t) => {
  const cache = new BlockCache(10_000);
  for (let number = 0; number < 10_000; number++) cache.add(block(1, number));
  t.true(cache.bytes > 9_500);
  t.truthy(cache.get(1, 9_999));
});

test('blocks that are read again outlive blocks that were read once', (t) => {
  const cache = new BlockCache(30 * 300);
  for (let number = 0; number < 10; number++) cache.add(block(1, number));
  for (let number = 0; number < 1000; number++) {
    for (let hot = 0; hot < 10; hot++) t.truthy(cache.get(1, hot), `hot block ${hot} after ${number} cold ones`);
    cache.add(block(2, number));
  }
});

test('hits, misses and bytes are counted', (t) => {
  const cache = new BlockCache(10_000);
  cache.add(block(1, 0));
  const once = cache.bytes;
  cache.add(block(1, 0));
  t.is(cache.bytes, once, 'the same block again is the same block');
  cache.get(1, 0);
  cache.get(1, 1);
  cache.get(2, 0);
  t.deepEqual([cache.hits, cache.misses], [1, 2]);
});
