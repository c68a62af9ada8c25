import test from 'ava';
import { openBlock } from '../../storage/sst/block.ts';
import { BloomBuilder, mayContain } from '../../storage/sst/bloom.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { checksum, text, u64 } from '../support/tables.ts';

function filterOf(keys: readonly Uint8Array[], bitsPerKey = 10) {
  const builder = new BloomBuilder();
  for (const key of keys) builder.add(key, 0, key.length);
  return openBlock(builder.finish(bitsPerKey, 1, 0, checksum), { blobId: 1, number: 0, type: BlockType.filter }, checksum);
}

const SHAPES: Record<string, (n: number) => Uint8Array> = {
  'numbers in sequence': u64,
  'decimal text': (n) => text(`user:${n}`),
  'sixteen bytes': (n) => new Uint8Array([...u64((BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn), ...u64(n)]),
  'a changing byte in the middle of zeros': (n) => new Uint8Array([0, 0, 0, 0, n >>> 16, n >>> 8, n, 0, 0, 0, 0, 0]),
};

for (const [name, key] of Object.entries(SHAPES)) {
  test(`at ten bits a key at most 1 % of absent keys pass, and every present one: ${name}`, (t) => {
    for (const count of [10, 100, 1000, 16_000, 100_000]) {
      const filter = filterOf(Array.from({ length: count }, (_, n) => key(n)));
      for (let n = 0; n < count; n++) t.true(mayContain(filter, key(n)));
      const absent = 100_000;
      let passed = 0;
      for (let n = 0; n < absent; n++) if (mayContain(filter, key(count + 1000 + n))) passed++;
      t.true(passed / absent <= 0.01, `${count} keys: ${((100 * passed) / absent).toFixed(2)} % pass`);
    }
  });
}

test('keys that differ only in length are different keys', (t) => {
  const filter = filterOf([new Uint8Array(3)]);
  const passed = Array.from({ length: 64 }, (_, length) => length).filter((length) => mayContain(filter, new Uint8Array(length)));
  t.deepEqual(passed, [3]);
});

test('a part of a larger array is the same key as its copy', (t) => {
  const filter = filterOf([text('middle')]);
  t.true(mayContain(filter, text('..middle..'), 2, 8));
});
