import { randomFillSync } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { BlobStore, DeletedBlob } from '../../storage/blobs/blob-store.ts';
import { manifestKey } from '../../storage/blobs/keys.ts';
import type { Database } from '../../storage/database.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { KiB, MiB, storeOn, temporaryDirectory } from './stores.ts';

const BLOCK = 32 * KiB;

interface Place {
  readonly directory: string;
  readonly database: Database;
  readonly store: BlobStore;
}

async function openPlace(t: ExecutionContext, writeBufferBytes: number): Promise<Place> {
  const directory = temporaryDirectory(t);
  const database = await openLevelDatabase(directory, { writeBufferBytes, createIfMissing: true });
  t.teardown(() => database.close());
  return { directory, database, store: storeOn(database) };
}

/** Incompressible, so that bytes on disk can be compared with bytes written; and a manifest entry, as after a commit. */
async function write({ store, database }: Place, id: number, bytes: number): Promise<DeletedBlob> {
  const writer = store.create(id);
  for (let at = 0; at < bytes; at += BLOCK) await writer.append(randomFillSync(new Uint8Array(Math.min(BLOCK, bytes - at))));
  const size = await writer.close();
  await database.write([{ key: manifestKey(id), value: new Uint8Array(100) }]);
  return { id, ...size };
}

async function writeMany(place: Place, first: number, count: number, bytes: number): Promise<DeletedBlob[]> {
  const blobs: DeletedBlob[] = [];
  for (let id = first; id < first + count; id++) blobs.push(await write(place, id, bytes));
  return blobs;
}

async function remove({ store }: Place, blobs: readonly DeletedBlob[]): Promise<void> {
  for (const { id, blocks } of blobs) await store.delete(id, blocks);
}

/** Files come and go while LevelDB works: what vanishes while being looked at counts nothing. */
function diskBytes({ directory }: Place): number {
  return readdirSync(directory).reduce((sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

const never = () => false;
const sum = (blobs: readonly DeletedBlob[]) => blobs.reduce((bytes, blob) => bytes + blob.bytes, 0);

test('all but a few of many blobs', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  const blobs = await writeMany(place, 1, 24, MiB);
  const live = blobs.filter(({ id }) => id === 3 || id === 17);
  const dead = blobs.filter((blob) => !live.includes(blob));
  await remove(place, dead);
  t.true(diskBytes(place) > 20 * MiB, 'deleting alone frees nothing, or this spec proves nothing');
  t.deepEqual(await place.store.reclaim(dead, never), { done: dead.map(({ id }) => id), stopped: false });
  t.true(diskBytes(place) < sum(live) + MiB / 2, `${diskBytes(place)} bytes`);
  for (const { id, blocks } of live) t.is(place.store.readSync(id, (blocks ?? 0) - 1).length, BLOCK);
  t.deepEqual(await place.store.list(), [3, 17]);
});

test('every second blob', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  const blobs = await writeMany(place, 250, 24, MiB);
  const dead = blobs.filter(({ id }) => id % 2 === 0);
  await remove(place, dead);
  await place.store.reclaim(dead, never);
  t.true(diskBytes(place) < 12 * MiB + MiB, `${diskBytes(place)} bytes`);
});

test('blobs that are deleted before LevelDB has written them to tables', async (t) => {
  const place = await openPlace(t, 32 * MiB);
  const blobs = await writeMany(place, 1, 12, MiB);
  const dead = blobs.filter(({ id }) => id !== 5);
  await remove(place, dead);
  t.deepEqual((await place.store.reclaim(dead, never)).done.length, 11);
  t.true(diskBytes(place) < MiB + MiB / 2, `${diskBytes(place)} bytes`);
  t.is(place.store.readSync(5, 31).length, BLOCK);
});

test('a blob larger than a step', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  const [large] = await writeMany(place, 1, 1, 20 * MiB);
  await write(place, 2, MiB);
  await remove(place, [large]);
  t.deepEqual((await place.store.reclaim([large], never)).done, [1]);
  t.true(diskBytes(place) < 2 * MiB, `${diskBytes(place)} bytes`);
});

test('many small blobs, over many rounds', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  let live = await writeMany(place, 1, 12, 8 * KiB);
  for (let round = 1; round <= 12; round++) {
    const next = await writeMany(place, 1 + 12 * round, 12, 8 * KiB);
    await remove(place, live);
    await place.store.reclaim(live, never);
    live = next;
  }
  t.true(diskBytes(place) < 1.3 * sum(live) + 64 * KiB, `${diskBytes(place)} bytes`);
});

test('overwriting everything again and again never takes more than two and a half times the live bytes', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  let live = await writeMany(place, 1, 6, 2 * MiB);
  let most = 0;
  for (let round = 1; round <= 4; round++) {
    const next: DeletedBlob[] = [];
    for (const [at, old] of live.entries()) {
      next.push(await write(place, 1 + 6 * round + at, 2 * MiB));
      most = Math.max(most, diskBytes(place));
      await remove(place, [old]);
      await place.store.reclaim([old], never);
    }
    live = next;
  }
  t.true(most < 2.5 * sum(live), `${most} bytes at most`);
  t.true(diskBytes(place) < 1.1 * sum(live), `${diskBytes(place)} bytes in the end`);
});

test('reclaiming stops between steps when asked, and a later call does the rest', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  const blobs = await writeMany(place, 1, 18, 2 * MiB);
  await remove(place, blobs);
  t.deepEqual(await place.store.reclaim(blobs, () => true), { done: [], stopped: true });
  t.true(diskBytes(place) > 30 * MiB);
  let asked = 0;
  const { done, stopped } = await place.store.reclaim(blobs, () => asked++ > 0);
  t.true(stopped);
  t.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, 8]);
  const rest = blobs.filter(({ id }) => !done.includes(id));
  t.deepEqual(
    (await place.store.reclaim(rest, never)).done,
    rest.map(({ id }) => id),
  );
  t.true(diskBytes(place) < MiB, `${diskBytes(place)} bytes`);
});

test('a blob that was not deleted is refused and stays whole', async (t) => {
  const place = await openPlace(t, 4 * MiB);
  const [one, two] = await writeMany(place, 1, 2, MiB);
  await remove(place, [one]);
  await t.throwsAsync(place.store.reclaim([one, two], never), { code: 'LITHIFY_INTERNAL' });
  t.deepEqual(await place.store.list(), [2]);
  t.is(place.store.readSync(2, 0).length, BLOCK);
});
