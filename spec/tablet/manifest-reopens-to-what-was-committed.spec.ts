import test from 'ava';
import fc from 'fast-check';
import { openMemoryDatabase } from '../../storage/memory-database.ts';
import { Manifest } from '../../storage/tablet/manifest.ts';
import { applyToState, EMPTY_EDIT } from '../../storage/tablet/manifest-state.ts';
import { FakeDatabase } from './support/fake-database.ts';
import { checksum, content, editFor, openManifest, step } from './support/manifests.ts';

test('after any history, reopened after every commit, the state is what was committed', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), fc.integer({ min: 1, max: 8 }), async (steps, snapshotEntries) => {
      const database = new FakeDatabase();
      const { manifest } = await openManifest(database, { snapshotEntries });
      for (const one of steps) {
        const edit = editFor(manifest.state, one);
        const expected = content(applyToState(manifest.state, edit));
        await manifest.commit(edit);
        t.deepEqual(content(manifest.state), expected);
        const reopened = await openManifest(database.copy(), { snapshotEntries });
        t.deepEqual(content(reopened.state), expected);
        t.is(reopened.state.epoch, manifest.epoch + 1);
        t.is(reopened.state.version.number, manifest.state.version.number + 1);
      }
    }),
    { numRuns: 60 },
  );
});

test('what a flush added is still known after many more, and after many reopenings', async (t) => {
  const database = await openMemoryDatabase();
  let { manifest } = await openManifest(database, { snapshotEntries: 4 });
  for (let i = 0; i < 40; i++) {
    await manifest.commit(editFor(manifest.state, { flush: true, pick: 4, key: Uint8Array.of(i) }));
    if (i % 5 === 4) manifest = (await openManifest(database, { snapshotEntries: 4 })).manifest;
  }
  t.is(manifest.state.version.minors.length, 40);
  await database.close();
});

test('every open begins a new epoch, durably, before it returns', async (t) => {
  const database = new FakeDatabase();
  for (let epoch = 1; epoch <= 5; epoch++) {
    const { manifest } = await openManifest(database);
    t.is(manifest.epoch, epoch);
    t.is((await openManifest(database.copy())).state.epoch, epoch + 1);
  }
});

test('without createIfMissing a missing manifest is not found, and nothing is written', async (t) => {
  const database = new FakeDatabase();
  await t.throwsAsync(Manifest.open(database, { checksum, createIfMissing: false }), { code: 'LITHIFY_NOT_FOUND' });
  t.false(await Manifest.exists(database));
  await openManifest(database);
  t.true(await Manifest.exists(database));
  t.false((await Manifest.open(database, { checksum, createIfMissing: false })).created);
});

test('commits that are not waited for land one after the other', async (t) => {
  const { manifest, state } = await openManifest(new FakeDatabase());
  const marks = [1, 2, 3, 4, 5].map((walFloor) => manifest.commit({ ...EMPTY_EDIT, walFloor }));
  await Promise.all(marks);
  t.is(manifest.state.walFloor, 5);
  t.is(manifest.state.version.number, state.version.number + 5);
});

test('closing waits for commits under way and takes no more', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database);
  const last = manifest.commit({ ...EMPTY_EDIT, walFloor: 7 });
  await manifest.close();
  t.is(database.writes, 2);
  await t.notThrowsAsync(last);
  await t.throwsAsync(manifest.commit({ ...EMPTY_EDIT, walFloor: 8 }), { code: 'LITHIFY_CLOSED' });
});
