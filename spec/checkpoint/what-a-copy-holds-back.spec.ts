import test from 'ava';
import { openEngine, quiet, TINY } from '../support/engines.ts';
import { blobsIn, manifestIn } from '../support/store-contents.ts';
import { Brake, freshTarget, inCopy } from './support/copies.ts';
import { contentAfter, contentOf, write } from './support/history.ts';

const WRITES = 60;

test('what it copies stays until it is copied, however much is rewritten and collected meanwhile, and goes then', async (t) => {
  const brake = new Brake();
  const engine = await openEngine(t, { ...TINY, workers: 2, runtime: brake.runtime });
  for (let n = 1; n <= WRITES; n++) await write(engine, n);
  await quiet(engine);
  t.teardown(() => brake.release());
  const reached = brake.hold();
  const made = engine.checkpoint(await freshTarget(t));
  await reached;
  for (let n = WRITES + 1; n <= 2 * WRITES; n++) await write(engine, n);
  await engine.topic('b').drop();
  await engine.ask({ type: 'MajorCompaction' });
  const { pinned } = await engine.ask({ type: 'GarbageCollect' });
  t.true(pinned.length > 0);
  t.deepEqual(
    engine.stats().leases.map(({ owner }) => owner),
    ['checkpoint'],
  );
  // What the one holds back for itself is nothing that another would have to delete.
  const second = await engine.checkpoint(await freshTarget(t));
  t.deepEqual((await manifestIn(second.location)).garbage, []);
  t.is((await blobsIn(second.location)).length, second.blobs);
  brake.release();
  const { location } = await made;
  t.deepEqual(await inCopy(location, contentOf), contentAfter(WRITES));
  t.deepEqual(engine.stats().leases, []);
  await quiet(engine);
  t.is(engine.stats().garbage.blobs, 0);
  t.deepEqual((await engine.verify()).damage, []);
});
