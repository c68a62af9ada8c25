import { join } from 'node:path';
import test from 'ava';
import { type CheckpointProgress, type Engine, type OpenOptions, open } from '../../index.ts';
import { contentOf as keysOf, openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { blobsIn, faultInBlobs, filesIn, manifestIn } from '../support/store-contents.ts';
import { freshTarget, inCopy } from './support/copies.ts';
import { contentAfter, contentOf, write } from './support/history.ts';

const WRITES = 200;

async function filled(engine: Engine): Promise<Engine> {
  for (const name of ['a', 'b']) await engine.topic(name).make();
  for (let n = 1; n <= WRITES; n++) await write(engine, n);
  return engine;
}

test('it is sound, goes on where it was made, and gives its new blobs ids of its own', async (t) => {
  const directory = await tempDirectory(t);
  // Ids ascend from one opening to the next.
  for (let opened = 0; opened < 3; opened++) await (await open(directory, TINY)).close();
  const engine = await filled(await openEngine(t, TINY, directory));
  const report = await engine.checkpoint(await freshTarget(t));
  const { location } = report;
  const copied = await blobsIn(location);
  const { lastSequence } = await manifestIn(location);
  t.is(report.sequence, lastSequence);
  await inCopy(location, async (copy) => {
    t.deepEqual((await copy.verify()).damage, []);
    t.is(copy.stats().lastSequence, report.sequence);
    for (let n = WRITES + 1; n <= 2 * WRITES; n++) await write(copy, n);
    await copy.ask({ type: 'MajorCompaction' });
    await quiet(copy);
    t.deepEqual((await copy.verify()).damage, []);
    t.deepEqual(await contentOf(copy), contentAfter(2 * WRITES));
  });
  const added = (await blobsIn(location)).filter((id) => !copied.includes(id));
  t.true(added.length > 0 && Math.min(...added) > Math.max(...copied), `${added} after ${copied}`);
  t.deepEqual(await contentOf(engine), contentAfter(WRITES));
});

test('the report says what is in it, and nothing else is', async (t) => {
  const engine = await filled(await openEngine(t));
  await quiet(engine);
  const target = await freshTarget(t);
  const seen: CheckpointProgress[] = [];
  const onProgress = (progress: CheckpointProgress) => void seen.push(progress);
  const { ms, ...report } = await engine.checkpoint(target, { onProgress });
  t.true(ms > 0);
  const { minors, levels } = (await manifestIn(target)).version;
  const blobs = await blobsIn(target);
  t.is(report.tables, minors.length + levels.flat().length);
  t.is(report.topics, 2);
  t.is(report.blobs, blobs.length);
  t.is(await faultInBlobs(target, Array.from({ length: WRITES }, (_, i) => i + 1).filter((n) => n % 12 === 2).length), undefined);
  t.deepEqual(seen.at(-1), { blobs: report.blobs, totalBlobs: report.blobs, bytes: report.bytes, totalBytes: report.bytes });
  t.deepEqual(
    (await filesIn(target)).filter((name) => !/^(blobs|manifest)\//.test(name)),
    ['FORMAT'],
  );
});

test('a copy of a copy is the same, down to its blobs', async (t) => {
  const engine = await filled(await openEngine(t));
  // Nothing is compacted in between.
  const still: OpenOptions = { ...TINY, minorTrigger: 64, tableBytes: 1024 * 1024, sliceBytes: 1024 * 1024 };
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  const first = await engine.checkpoint(await freshTarget(t));
  const second = await inCopy(first.location, async (copy) => copy.checkpoint(await freshTarget(t)), still);
  t.deepEqual(await inCopy(second.location, contentOf, still), contentAfter(WRITES));
  t.deepEqual({ ...second, location: '', ms: 0 }, { ...first, location: '', ms: 0 });
  t.deepEqual(await blobsIn(second.location), await blobsIn(first.location));
});

test('an engine that keeps everything in memory is kept so', async (t) => {
  const engine = await filled(await openEngine(t, { ...TINY, storage: 'memory' }, 'memory'));
  const { location } = await engine.checkpoint(await freshTarget(t));
  t.deepEqual(await inCopy(location, contentOf), contentAfter(WRITES));
  await inCopy(location, async (copy) => t.deepEqual((await copy.verify()).damage, []));
});

test('an empty store has a copy, which is empty', async (t) => {
  const engine = await openEngine(t);
  const report = await engine.checkpoint(await freshTarget(t));
  t.deepEqual([report.tables, report.topics, report.blobs, report.bytes, report.sequence], [0, 0, 0, 0, 0]);
  await inCopy(report.location, async (copy) => {
    t.deepEqual(await keysOf(copy), []);
    await copy.kv.put('a', '1');
  });
  t.is(await inCopy(report.location, (copy) => copy.kv.get('a')), '1');
});

test('thousands of topics are copied, with those that are empty, and a dropped one does not lend its number', async (t) => {
  const engine = await openEngine(t, { workers: 0, durability: 'os' });
  const names = Array.from({ length: 2_000 }, (_, i) => `device/${i}`);
  await Promise.all([...names, 'empty', 'dropped'].map((name) => engine.topic(name, { partitions: 2 }).make()));
  await Promise.all(names.map((name) => engine.topic(name).produce({ key: 1n, value: name })));
  await engine.topic('dropped').drop();
  const before = engine.topics();
  const report = await engine.checkpoint(await freshTarget(t));
  t.is(report.topics, names.length + 1);
  await inCopy(
    report.location,
    async (copy) => {
      t.deepEqual(copy.topics(), before);
      t.is(await copy.topic('device/77').produce({ key: 1n, value: 'the next one' }), 1);
      await copy.topic('new').make();
    },
    { workers: 0 },
  );
  const [mine] = [...(await manifestIn(report.location)).version.logs.topics.values()].slice(-1);
  t.deepEqual([mine?.name, mine?.id], ['new', names.length + 3]);
});

test('the copy is where the report says, whatever the path was', async (t) => {
  const root = await tempDirectory(t);
  const engine = await openEngine(t, TINY, join(root, 'store'));
  await engine.kv.put('a', '1');
  const { location } = await engine.checkpoint(join(root, 'none', '..', 'deep', 'er', 'copy/'));
  t.is(location, join(root, 'deep', 'er', 'copy'));
  await using copy = await open(location, { createIfMissing: false });
  t.is(copy.location, location);
  t.is(await copy.kv.get('a'), '1');
});
