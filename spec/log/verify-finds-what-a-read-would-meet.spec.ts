import test from 'ava';
import fc from 'fast-check';
import type { Damage } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { writeStaged } from '../../storage/log/staged-values.ts';
import { seal } from '../../storage/sst/block-writer.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { checksum } from '../support/tables.ts';
import { PartBench, type Stored, stored, tableOf } from './support/parts.ts';

const ONE = { topic: 9, partition: 3 };

/** A part of a few blocks, one of its values staged. */
async function smallPart(): Promise<{ bench: PartBench; part: LogPart; blocks: Uint8Array[]; value: Uint8Array[] }> {
  const bench = new PartBench();
  const staged = await writeStaged({ blobs: bench.blobs, checksum }, 50, new Uint8Array(500).fill(7), 200);
  const records = Array.from({ length: 8 }, (_, n): Stored => {
    const record = { ...ONE, offset: 3 * n, key: BigInt(n), value: `value ${n}`, timestamp: 1000 + n };
    return n === 5 ? { ...record, value: '', staged } : record;
  });
  const part = await bench.part(records);
  return { bench, part, blocks: bench.blocksOf(part), value: bench.blobs.visible.get(50) ?? [] };
}

async function damageOf(bench: PartBench, ...parts: readonly LogPart[]): Promise<readonly Damage[]> {
  return (await runJob({ kind: 'verify', tables: [], parts }, bench.context())).damage;
}

async function reasons(bench: PartBench, ...parts: readonly LogPart[]): Promise<string[]> {
  return (await damageOf(bench, ...parts)).map(({ blobId, block, reason }) => `${blobId}/${block}: ${reason}`);
}

test('sound parts have no damage, and everything in them is counted', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(stored(ONE, { maxLength: 20 }), { maxLength: 3 }), fc.boolean(), async (lists, inThread) => {
      const bench = new PartBench();
      const parts: LogPart[] = [];
      for (const list of lists) parts.push(await bench.part(list.map(({ staged, ...record }) => record)));
      const result = await runJob({ kind: 'verify', tables: [], parts }, bench.context({ inThread }));
      t.deepEqual(result, {
        blocks: parts.reduce((sum, { blob }) => sum + blob.blocks, 0),
        entries: lists.flat().length,
        bytes: parts.reduce((sum, { blob }) => sum + blob.bytes, 0),
        damage: [],
      });
    }),
    { numRuns: 50 },
  );
});

test('staged values are read and counted, too', async (t) => {
  const { bench, part } = await smallPart();
  const { blocks, bytes, damage } = await runJob({ kind: 'verify', tables: [], parts: [part] }, bench.context());
  t.deepEqual([blocks, bytes, damage], [part.blob.blocks + 3, part.blob.bytes + 560, []]);
});

test('a flip of any byte of a part or of a staged value is reported with its blob and block', async (t) => {
  const { bench, part, blocks, value } = await smallPart();
  for (const [blobId, all] of [[part.blob.id, blocks] as const, [50, value] as const]) {
    for (const [number, block] of all.entries()) {
      for (let at = 0; at < block.length; at++) {
        block[at] ^= 0x10;
        const damage = await damageOf(bench, part);
        t.true(
          damage.some((one) => one.blobId === blobId && one.block === number),
          `blob ${blobId}, block ${number}, byte ${at}`,
        );
        block[at] ^= 0x10;
      }
    }
  }
  t.deepEqual(await damageOf(bench, part), []);
});

test('all damage is listed, not only the first', async (t) => {
  const { bench, part, blocks, value } = await smallPart();
  for (const number of [0, 2, part.blocks]) blocks[number][30] ^= 1;
  value[1][30] ^= 1;
  const places = (await damageOf(bench, part, { ...part, blob: { ...part.blob, id: 99 } })).map(
    ({ blobId, block }) => `${blobId}/${block}`,
  );
  for (const place of ['1/0', '1/2', `1/${part.blocks}`, '50/1', '99/0', '99/undefined']) t.true(places.includes(place), place);
});

test("a record that is damaged behind its block's right checksum is found by its own", async (t) => {
  const { bench, part, blocks } = await smallPart();
  const [block] = blocks;
  const at = Buffer.from(block).indexOf('value 0');
  block[at] ^= 1;
  seal(block, BlockType.log, part.blob.id, 0, block[12], checksum);
  t.deepEqual(await reasons(bench, part), ['1/0: the record at offset 0 has a wrong checksum']);
});

test('an index that does not agree with its blocks is found', async (t) => {
  for (const field of [0, 8, 16, 20, 24, 28]) {
    const { bench, part, blocks } = await smallPart();
    const index = blocks[part.blocks];
    // The second entry: what it says must still be possible.
    const at = 16 + 20 + 36 + field;
    index[at] ^= field === 16 ? 2 : 1;
    seal(index, BlockType.logIndex, part.blob.id, part.blocks, part.blocks, checksum);
    const found = await damageOf(bench, part);
    t.true(
      found.some(({ block }) => block === part.blocks),
      `byte ${field} of an entry`,
    );
  }
});

test('whatever the manifest has wrong of a part is found', async (t) => {
  const { bench, part } = await smallPart();
  for (const name of ['firstOffset', 'lastOffset', 'records', 'bytes', 'untimed', 'minTimestamp', 'maxTimestamp'] as const) {
    t.not((await reasons(bench, { ...part, [name]: (part[name] ?? 0) + 1 })).length, 0, name);
  }
  t.not((await reasons(bench, { ...part, staged: [] })).length, 0, 'staged');
  t.not((await reasons(bench, { ...part, blocks: part.blocks - 1 })).length, 0, 'blocks');
  t.not((await reasons(bench, { ...part, blob: { ...part.blob, bytes: 1 } })).length, 0, 'bytes of the blob');
});

test('a staged value that is missing, cut, or another one, is found', async (t) => {
  const { bench, part, value } = await smallPart();
  const last = value.pop();
  t.true((await reasons(bench, part)).some((reason) => /^50\/2: No block 2/.test(reason)));
  if (last) value.push(last.subarray(0, 30));
  t.true((await reasons(bench, part)).some((reason) => /^50\/2: wrong checksum|^50\/2: Blob 50, block 2: wrong checksum/.test(reason)));
  bench.blobs.visible.delete(50);
  t.true((await reasons(bench, part)).includes('50/undefined: the blob is missing'));
});

test("a shared blob's size is looked at once, and its damage reported once", async (t) => {
  const bench = new PartBench();
  const records = [1, 2].flatMap((topic) => [{ topic, partition: 0, offset: 0, key: 1n, value: 'value' }]);
  const ranges = [1, 2].map((topic) => ({ topic, partition: 0, from: 0, to: 9 }));
  const parts = await bench.age([tableOf(records)], ranges);
  const longer = parts.map((part) => ({ ...part, blob: { ...part.blob, blocks: 5 } }));
  t.deepEqual(await reasons(bench, ...longer), ['1/undefined: blocks of the blob: expected 5, found 4']);
});

test('verifying can be aborted at every block', async (t) => {
  const { bench, part } = await smallPart();
  const job = { kind: 'verify', tables: [], parts: [part] } as const;
  await t.throwsAsync(runJob(job, bench.context({ command: () => 'abort' })), { code: 'LITHIFY_ABORTED' });
});
