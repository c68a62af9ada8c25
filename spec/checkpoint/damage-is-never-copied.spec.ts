import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, LithifyError, type OpenOptions, open } from '../../index.ts';
import { checksum } from '../../platform/checksum.ts';
import { blockKey } from '../../storage/blobs/keys.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { seal } from '../../storage/sst/block-writer.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { changeBlocks, flipped, type StoredBlock } from '../support/damage.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { filesIn } from '../support/store-contents.ts';

/** Nothing is read but by the copy: whatever is compacted was compacted before. */
const STILL: OpenOptions = { ...TINY, minorTrigger: 64, tableBytes: 1024 * 1024, sliceBytes: 1024 * 1024 };

const typeOf = ({ bytes }: StoredBlock) => bytes[1];

/** A store with blocks of every type, closed. */
async function stored(t: ExecutionContext): Promise<string> {
  const directory = join(await tempDirectory(t), 'store');
  const engine = await open(directory, STILL);
  for (let i = 0; i < 200; i++) await engine.kv.put(`key ${i}`, `value ${i}`);
  await engine.topic('a').produceMany(Array.from({ length: 50 }, (_, i) => ({ key: BigInt(i), value: `record ${i}` })));
  await engine.topic('a').produce({ key: 1n, value: 'l'.repeat(5_000) });
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  await engine.close();
  return directory;
}

async function refused(t: ExecutionContext, engine: Engine): Promise<LithifyError> {
  const parent = await tempDirectory(t);
  const error = await t.throwsAsync(engine.checkpoint(join(parent, 'copy')), { instanceOf: LithifyError });
  t.deepEqual(await filesIn(parent), []);
  t.deepEqual(engine.stats().leases, []);
  t.is(engine.stats().state, 'open');
  return error as LithifyError;
}

test('a wrong bit in a block of any type ends the copy, which names blob and block', async (t) => {
  const sound = await stored(t);
  for (const [name, type] of Object.entries(BlockType)) {
    const directory = join(await tempDirectory(t), name);
    await cp(sound, directory, { recursive: true });
    let place: StoredBlock | undefined;
    await changeBlocks(directory, (block) => (typeOf(block) === type && place === undefined ? flipped((place = block)) : undefined));
    if (place === undefined) throw new Error(`there is no block of type ${name}`);
    const { code, details } = await refused(t, await openEngine(t, STILL, directory));
    t.deepEqual([code, details.blobId, details.block], ['LITHIFY_CORRUPTION', place.blobId, place.number], name);
  }
});

test('a good block in the place of another is damage', async (t) => {
  const directory = await stored(t);
  const isData = (block: StoredBlock) => typeOf(block) === BlockType.data && block.number === 0;
  await changeBlocks(directory, (block, all) => (isData(block) ? all.find((one) => typeOf(one) === BlockType.logValue)?.bytes : undefined));
  const { code, message } = await refused(t, await openEngine(t, STILL, directory));
  t.is(code, 'LITHIFY_CORRUPTION');
  t.regex(message, /wrong block type/);
});

test('a blob that is shorter than the manifest knows it is damage, though each of its blocks is good', async (t) => {
  const directory = await stored(t);
  await changeBlocks(directory, (block) => {
    if (typeOf(block) !== BlockType.logValue) return undefined;
    const shorter = block.bytes.slice(100);
    seal(shorter, BlockType.logValue, block.blobId, block.number, 0, checksum);
    return shorter;
  });
  const { code, message } = await refused(t, await openEngine(t, STILL, directory));
  t.is(code, 'LITHIFY_CORRUPTION');
  t.regex(message, /bytes of all blocks/);
});

test('a block that is missing ends the copy, which names it', async (t) => {
  const directory = await stored(t);
  let place: StoredBlock | undefined;
  await changeBlocks(directory, (block) => void (place ??= block.number === 1 ? block : undefined));
  if (place === undefined) throw new Error('there is no second block');
  const database = await openLevelDatabase(join(directory, 'blobs'), { writeBufferBytes: 64 * 1024, createIfMissing: false });
  await database.write([], [blockKey(place.blobId, place.number)]);
  await database.close();
  const { code, details } = await refused(t, await openEngine(t, STILL, directory));
  t.deepEqual([code, details.blobIds, details.block], ['LITHIFY_READER_UNAVAILABLE', [place.blobId], place.number]);
});
