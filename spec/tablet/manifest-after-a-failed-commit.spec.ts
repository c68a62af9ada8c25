import test from 'ava';
import { EMPTY_EDIT } from '../../storage/tablet/manifest-state.ts';
import { FakeDatabase } from './support/fake-database.ts';
import { openManifest } from './support/manifests.ts';

const edit = (walFloor: number) => ({ ...EMPTY_EDIT, walFloor });

test('a failed commit changes nothing here, keeps its cause, and refuses all further ones', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database);
  await manifest.commit(edit(1));
  const before = manifest.state;
  database.nextWrite = 'fails';
  const error = await t.throwsAsync(manifest.commit(edit(2)), { code: 'LITHIFY_BLOB_STORE' });
  t.like(error, { cause: { message: 'I/O error' } });
  const writes = database.writes;
  await t.throwsAsync(manifest.commit(edit(3)), { code: 'LITHIFY_BLOB_STORE', message: /open the store again/ });
  t.is(database.writes, writes);
  t.is(manifest.state, before);
});

test('commits that were waiting behind a failed one are refused as well', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database);
  database.nextWrite = 'fails';
  const results = await Promise.allSettled([manifest.commit(edit(1)), manifest.commit(edit(2))]);
  t.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.is((await openManifest(database)).state.walFloor, 0);
});

test('after reopening, the state is what is on disk, whether the failed commit landed or not', async (t) => {
  for (const [ending, walFloor] of [
    ['fails', 1],
    ['fails though it landed', 2],
  ] as const) {
    const database = new FakeDatabase();
    const { manifest } = await openManifest(database);
    await manifest.commit(edit(1));
    database.nextWrite = ending;
    await t.throwsAsync(manifest.commit(edit(2)));
    t.is(manifest.state.walFloor, 1);
    const reopened = await openManifest(database);
    t.is(reopened.state.walFloor, walFloor, ending);
    await reopened.manifest.commit(edit(3));
    t.is((await openManifest(database)).state.walFloor, 3);
  }
});

test('an unsound edit is refused without harm', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database);
  await manifest.commit(edit(5));
  const writes = database.writes;
  await t.throwsAsync(manifest.commit(edit(4)), { code: 'LITHIFY_INTERNAL', message: /lowers walFloor/ });
  await t.throwsAsync(manifest.commit({ ...EMPTY_EDIT, removed: [{ place: 6, id: 1 }] }), { code: 'LITHIFY_INTERNAL' });
  t.is(database.writes, writes);
  await manifest.commit(edit(6));
  t.is((await openManifest(database)).state.walFloor, 6);
});

test('a full disk is told apart', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database);
  database.write = async () => {
    throw new Error('IO error: No space left on device');
  };
  await t.throwsAsync(manifest.commit(edit(1)), { code: 'LITHIFY_DISK_FULL' });
});

test('opening fails when its epoch cannot be written', async (t) => {
  const database = new FakeDatabase();
  database.nextWrite = 'fails';
  await t.throwsAsync(openManifest(database), { code: 'LITHIFY_BLOB_STORE' });
  t.is((await openManifest(database)).state.epoch, 1);
});
