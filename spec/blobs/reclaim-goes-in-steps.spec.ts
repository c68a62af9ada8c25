import test from 'ava';
import fc from 'fast-check';
import { blockKey, sealKey } from '../../storage/blobs/keys.ts';
import { planReclaim } from '../../storage/blobs/reclaim-plan.ts';
import { compareBytes } from '../../storage/entry.ts';

test('blobs whose ids follow each other share a step, up to its size', (t) => {
  const blobs = [1, 2, 3, 4, 5].map((id) => ({ id, bytes: 40 }));
  t.deepEqual(
    planReclaim(blobs, 100).map(({ blobIds, bytes }) => [blobIds, bytes]),
    [
      [[1, 2], 80],
      [[3, 4], 80],
      [[5], 40],
    ],
  );
});

test('a step never reaches over a blob that was not deleted', (t) => {
  const steps = planReclaim(
    [1, 2, 4, 5, 9].map((id) => ({ id, bytes: 1 })),
    100,
  );
  t.deepEqual(
    steps.map(({ start, end }) => [start, end]),
    [
      [blockKey(1, 0), sealKey(2)],
      [blockKey(4, 0), sealKey(5)],
      [blockKey(9, 0), sealKey(9)],
    ],
  );
});

test('a large blob is cut at its blocks, or is one step when nobody knows how many it has', (t) => {
  t.deepEqual(
    planReclaim([{ id: 8, bytes: 250, blocks: 10 }], 100).map(({ start, end }) => [start, end]),
    [
      [blockKey(8, 0), blockKey(8, 2)],
      [blockKey(8, 3), blockKey(8, 5)],
      [blockKey(8, 6), sealKey(8)],
    ],
  );
  t.is(planReclaim([{ id: 8, bytes: 250 }], 100).length, 1);
});

test('every block of every deleted blob is in exactly one step, and no other blob is in any', (t) => {
  const blob = fc.record({ skip: fc.nat(2), bytes: fc.nat(300), blocks: fc.option(fc.nat(12), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(blob, { maxLength: 12 }), (drawn) => {
      let id = 250;
      const blobs = drawn.map(({ skip, bytes, blocks }) => ({ id: (id += 1 + skip), bytes, ...(blocks !== undefined && { blocks }) }));
      const steps = planReclaim(blobs, 100);
      const holders = (key: Uint8Array) =>
        steps.filter(({ start, end }) => compareBytes(start, key) <= 0 && compareBytes(key, end) <= 0).length;
      for (let at = 249; at <= id + 1; at++) {
        const deleted = blobs.find((one) => one.id === at);
        for (let block = 0; block < Math.max(1, deleted?.blocks ?? 5); block++) t.is(holders(blockKey(at, block)), deleted ? 1 : 0);
        t.is(holders(sealKey(at)), deleted ? 1 : 0);
      }
    }),
  );
});
