import test from 'ava';
import fc from 'fast-check';
import { readStaged, stagedLength, writeStaged } from '../../storage/log/staged-values.ts';
import { BlockCache } from '../../storage/sst/block-cache.ts';
import { BlockSource } from '../../storage/sst/block-source.ts';
import { Bench, checksum } from '../support/tables.ts';
import { noise } from './support/records.ts';

function staging(bench: Bench) {
  return { blobs: bench.blobs, checksum };
}

test('a value of any length, in blocks of any length, comes back as it was', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 100 }), async (value, blockBytes) => {
      const bench = new Bench();
      const staged = await writeStaged(staging(bench), 5, value, blockBytes);
      const size = await bench.blobs.size(5);
      t.deepEqual(staged, { id: 5, blocks: size?.blocks ?? 0, bytes: size?.bytes ?? 0 });
      t.is(stagedLength(staged), value.length);
      t.deepEqual(await readStaged(bench.source(), staged), new Uint8Array(value));
    }),
    { numRuns: 100 },
  );
});

test('the event loop gets a turn after every block, written and read', async (t) => {
  const bench = new Bench();
  const turns: string[] = [];
  const value = noise(1000);
  const staged = await writeStaged({ ...staging(bench), turn: async () => void turns.push('write') }, 1, value, 120);
  t.is(turns.length, staged.blocks);
  t.deepEqual(await readStaged(bench.source(), staged, async () => void turns.push('read')), value);
  t.is(turns.length, 2 * staged.blocks);
});

test('a flip of any byte is found, with blob and block', async (t) => {
  const bench = new Bench();
  const staged = await writeStaged(staging(bench), 1, noise(200), 100);
  for (const [number, block] of (bench.blobs.visible.get(1) ?? []).entries()) {
    for (let at = 0; at < block.length; at++) {
      block[at] ^= 4;
      const error = await t.throwsAsync(readStaged(bench.source(), staged), { code: 'LITHIFY_CORRUPTION' });
      t.like(error, { details: { blobId: 1, block: number } });
      block[at] ^= 4;
    }
  }
});

test('a value that is shorter or longer than its record says is damage', async (t) => {
  const bench = new Bench();
  const staged = await writeStaged(staging(bench), 1, noise(200), 100);
  for (const wrong of [{ bytes: staged.bytes - 1 }, { bytes: staged.bytes + 1 }, { bytes: 3 }, { bytes: 2 ** 32 - 1 }, { blocks: 2 }])
    await t.throwsAsync(readStaged(bench.source(), { ...staged, ...wrong }), { code: 'LITHIFY_CORRUPTION' }, JSON.stringify(wrong));
  await t.throwsAsync(readStaged(bench.source(), { ...staged, id: 9 }), { code: 'LITHIFY_READER_UNAVAILABLE' });
});

test('when the store fails, the error is coded and nothing is left', async (t) => {
  for (const operation of ['append', 'close'] as const) {
    const bench = new Bench();
    bench.blobs.before = (which, _, block) => {
      if (which === operation && (operation === 'close' || block === 2)) throw new Error('no');
    };
    await t.throwsAsync(writeStaged(staging(bench), 1, noise(1000), 100), { code: 'LITHIFY_BLOB_STORE' });
    t.deepEqual([[...bench.blobs.visible.keys()], [...bench.blobs.unfinished]], [[], []]);
  }
});

test('a value does not push other blocks out of the cache', async (t) => {
  const bench = new Bench();
  const staged = await writeStaged(staging(bench), 1, noise(1000), 100);
  const cache = new BlockCache(1e6);
  await readStaged(new BlockSource({ blobs: bench.blobs, checksum, cache }), staged);
  t.is(cache.bytes, 0);
});
