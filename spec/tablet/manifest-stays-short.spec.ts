import test from 'ava';
import { manifestKey } from '../../storage/blobs/keys.ts';
import { EMPTY_EDIT } from '../../storage/tablet/manifest-state.ts';
import { FakeDatabase } from './support/fake-database.ts';
import { editFor, openManifest } from './support/manifests.ts';

test('snapshots replace the entries before them, in the same write', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database, { snapshotEntries: 10 });
  for (let i = 1; i <= 500; i++) {
    const writes = database.writes;
    await manifest.commit({ ...EMPTY_EDIT, walFloor: i });
    t.is(database.writes, writes + 1);
    t.true(database.stored.length <= 12, `${database.stored.length} keys after ${i} commits`);
  }
  t.is((await openManifest(database.copy())).state.walFloor, 500);
});

test('a large state is not written again with every few small edits', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database, { snapshotEntries: 4 });
  for (let i = 0; i < 300; i++) await manifest.commit(editFor(manifest.state, { flush: true, pick: 1, key: new Uint8Array(12) }));
  let bytes = 0;
  for (let i = 0; i < 100; i++) {
    await manifest.commit({ ...EMPTY_EDIT, walFloor: 1000 + i });
    bytes += database.getSync(manifestKey(manifest.state.version.number))?.length ?? 0;
  }
  t.true(bytes < 15_000, `${bytes} bytes for 100 small commits`);
});

test('reopening over and over does not make it longer', async (t) => {
  const database = new FakeDatabase();
  for (let i = 0; i < 50; i++) await openManifest(database, { snapshotEntries: 5 });
  t.true(database.stored.length <= 7);
});
