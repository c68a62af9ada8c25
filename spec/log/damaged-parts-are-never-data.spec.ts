import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { LogBlockCursor } from '../../storage/log/log-block-cursor.ts';
import { decodeIndex } from '../../storage/log/part-index.ts';
import { RecordView } from '../../storage/log/record.ts';
import { Block, openBlock } from '../../storage/sst/block.ts';
import { seal } from '../../storage/sst/block-writer.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { checksum } from '../support/tables.ts';
import { expected, frames, PartBench, type Stored } from './support/parts.ts';

const ONE = { topic: 9, partition: 0 };
const STAGED = { id: 77, blocks: 1, bytes: 120 };

function smallPart(): Stored[] {
  return Array.from({ length: 8 }, (_, n): Stored => {
    const record = { ...ONE, offset: 3 * n, key: BigInt(n), value: `value ${n}`, timestamp: 1000 + n };
    return n === 5 ? { ...record, value: '', staged: STAGED } : record;
  });
}

function corrupt(t: { throws: (call: () => unknown, expectation: object) => unknown }, call: () => unknown, block: number, of = 1): void {
  t.throws(call, { instanceOf: LithifyError, code: 'LITHIFY_CORRUPTION', message: new RegExp(`^Blob ${of}, block ${block}: `) });
}

test('a flip of any byte of a part is found by whoever reads that block, with blob and block', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  t.true(part.blocks > 2);
  for (const [number, block] of bench.blocksOf(part).entries()) {
    for (let at = 0; at < block.length; at++) {
      block[at] ^= 0x11;
      if (number < part.blocks) corrupt(t, () => bench.read([part]), number);
      else corrupt(t, () => bench.reader().loadIndexSync(part), number);
      block[at] ^= 0x11;
    }
  }
  t.deepEqual(bench.read([part]), smallPart().map(expected));
});

test('the same flips are found on the way that does not hold the thread', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  const blocks = bench.blocksOf(part);
  blocks[1][20] ^= 1;
  blocks[part.blocks][40] ^= 1;
  await t.throwsAsync(bench.readAsync([part]), { code: 'LITHIFY_CORRUPTION', message: /Blob 1, block 1:/ });
  await t.throwsAsync(bench.reader().loadIndex(part), { code: 'LITHIFY_CORRUPTION' });
});

test("whole blocks in each other's place, and blocks of another blob, are found although their checksums are right", async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  const other = await bench.part(smallPart());
  const blocks = bench.blocksOf(part);
  [blocks[0], blocks[1]] = [blocks[1], blocks[0]];
  corrupt(t, () => bench.read([part]), 0);
  [blocks[0], blocks[1]] = [blocks[1], blocks[0]];
  blocks[1] = bench.blocksOf(other)[1];
  corrupt(t, () => bench.read([part]), 1);
  blocks[part.blocks] = bench.blocksOf(other)[part.blocks];
  corrupt(t, () => bench.reader().loadIndexSync(part), part.blocks);
});

test('an index that says something else than the manifest is refused', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  for (const name of ['firstOffset', 'lastOffset', 'records', 'bytes', 'untimed', 'maxTimestamp'] as const) {
    corrupt(t, () => bench.reader().loadIndexSync({ ...part, [name]: (part[name] ?? 0) + 1 }), part.blocks);
  }
});

test('an index of a later version is refused by that name', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  const index = bench.blocksOf(part)[part.blocks];
  index[16 + 7] = 2;
  seal(index, BlockType.logIndex, part.blob.id, part.blocks, part.blocks, checksum);
  t.throws(() => bench.reader().loadIndexSync(part), { message: /unknown version of the part format: expected 1, found 2/ });
});

test('records that go back, across blocks too, are not handed out', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  const blocks = bench.blocksOf(part);
  blocks[1] = blocks[0].slice();
  seal(blocks[1], BlockType.log, part.blob.id, 1, blocks[0][12], checksum);
  corrupt(t, () => bench.read([part]), 1);
});

test('frames that do not fit their block, their size, or their order are not handed out', (t) => {
  const frame = frames([{ topic: 1, partition: 0, offset: 7, key: 1n, value: 'abc' }]).slice(2);
  const other = frames([{ topic: 1, partition: 0, offset: 8, key: 1n, value: 'abc' }]).slice(2);
  const stretched = [frame[0] + 2, ...frame.slice(1), 0];
  const bodies: [number, readonly number[]][] = [
    [1, [...frame, ...other]],
    [3, [...frame, ...other]],
    [2, [...frame, ...frame]],
    [2, [...other, ...frame]],
    [1, stretched],
    [1, [...frame.slice(0, -1)]],
    [1, [...frame, 0]],
    [2, [...frame, 255, 255, 255, 255, 255, 255]],
    [2, [...frame, 1]],
  ];
  for (const [count, body] of bodies) corrupt(t, () => walk(count, body), 0);
  t.is(walk(2, [...frame, ...other]), 2);
});

function walk(count: number, body: readonly number[]): number {
  const bytes = new Uint8Array([...new Uint8Array(16), ...body, ...new Uint8Array(4)]);
  seal(bytes, BlockType.log, 1, 0, count, checksum);
  const cursor = new LogBlockCursor();
  cursor.open(openBlock(bytes, { blobId: 1, number: 0, type: BlockType.log }, checksum));
  const view = new RecordView();
  let records = 0;
  while (cursor.next(view)) records++;
  return records;
}

test('an index whose blocks overlap is refused', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  const index = bench.blocksOf(part)[part.blocks];
  const entry = 16 + 20;
  index[entry + 36] = index[entry + 8];
  seal(index, BlockType.logIndex, part.blob.id, part.blocks, part.blocks, checksum);
  corrupt(t, () => bench.reader().loadIndexSync(part), part.blocks);
});

test('whatever the bytes, walking a block stays inside it, and ends', async (t) => {
  // Blocks with a right checksum over nonsense: what a defect of a writer, or malice, would make.
  const bench = new PartBench();
  const [sound] = bench.blocksOf(await bench.part(smallPart()));
  const random = numbers();
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  const ends = { refused: 0, walked: 0 };
  for (let round = 0; round < 20_000; round++) {
    const bytes = sound.slice(0, sound.length - (random(5) === 0 ? random(sound.length - 20) : 0));
    for (let change = random(3); change >= 0; change--) bytes[16 + random(bytes.length - 20)] = random(256);
    seal(bytes, BlockType.log, 1, 0, random(3) === 0 ? random(2 ** 32) : sound[12], checksum);
    cursor.open(openBlock(bytes, { blobId: 1, number: 0, type: BlockType.log }, checksum));
    try {
      while (cursor.next(view)) {
        const within = view.start >= 16 && view.valueStart <= view.valueEnd && view.valueEnd < view.end && view.end <= bytes.length - 4;
        if (!within) t.fail(`round ${round}`);
      }
      ends.walked++;
    } catch (error) {
      if (!(error instanceof LithifyError) || error.code !== 'LITHIFY_CORRUPTION') throw error;
      ends.refused++;
    }
  }
  t.true(ends.walked > 100 && ends.refused > 100, JSON.stringify(ends));
});

test('whatever the bytes, an index is decoded or refused', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(smallPart());
  const sound = bench.blocksOf(part)[part.blocks];
  const random = numbers();
  let refused = 0;
  for (let round = 0; round < 5000; round++) {
    const bytes = sound.slice(0, sound.length - (random(5) === 0 ? random(sound.length - 20) : 0));
    for (let change = random(3); change >= 0; change--) bytes[16 + random(bytes.length - 20)] = random(256);
    seal(bytes, BlockType.logIndex, 1, part.blocks, random(3) === 0 ? random(2 ** 32) : part.blocks, checksum);
    try {
      const index = decodeIndex(new Block(bytes, 0, bytes.length));
      if (index.lastOffsets.some((last, at) => last < index.firstOffsets[at])) t.fail(`round ${round}`);
    } catch (error) {
      if (!(error instanceof LithifyError) || error.code !== 'LITHIFY_CORRUPTION') throw error;
      refused++;
    }
  }
  t.true(refused > 1000);
});

function numbers(): (below: number) => number {
  let state = 42;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
