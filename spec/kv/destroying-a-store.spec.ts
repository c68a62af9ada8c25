import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Level } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { holdInProcess } from '../support/processes.ts';
import { openLevel } from './support/databases.ts';

async function closedStore(location: string): Promise<void> {
  const db = new Level(location, TINY);
  for (let i = 0; i < 100; i++) await db.put(`k${i}`, 'x'.repeat(100));
  await db.engine.ask({ type: 'MajorCompaction' });
  await db.engine.topic('t').produce({ key: 1n, value: new Uint8Array(10) });
  await db.close();
}

test('everything of the store goes, and its directory', async (t) => {
  const directory = await tempDirectory(t);
  const location = join(directory, 'db');
  await closedStore(location);
  await Level.destroy(location);
  t.deepEqual(await readdir(directory), []);
  const db = await openLevel(t, {}, location);
  t.deepEqual(await db.keys().all(), []);
});

test('other people’s files stay, and so does the directory then', async (t) => {
  const location = await tempDirectory(t);
  await closedStore(location);
  await writeFile(join(location, 'notes.txt'), 'milk');
  await Level.destroy(location);
  t.deepEqual(await readdir(location), ['notes.txt']);
});

test('a store that is open here or elsewhere is left alone', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  await closedStore(location);
  const db = await openLevel(t, {}, location);
  await t.throwsAsync(Level.destroy(location), { code: 'LITHIFY_LOCKED' });
  t.is((await db.keys().all()).length, 100);
  await db.close();
  const other = await holdInProcess(t, location, 'another');
  await t.throwsAsync(Level.destroy(location), { code: 'LITHIFY_LOCKED' });
  other.kill('SIGKILL');
  await once(other, 'exit');
  await db.open();
  t.is((await db.keys().all()).length, 101);
});

test('a directory that is no store is refused and not touched; nothing there is fine', async (t) => {
  const directory = await tempDirectory(t);
  await mkdir(join(directory, 'blobs'));
  await writeFile(join(directory, 'blobs', 'CURRENT'), 'somebody else’s');
  await t.throwsAsync(Level.destroy(directory), { code: 'LITHIFY_NOT_FOUND' });
  t.deepEqual(await readdir(directory, { recursive: true }), ['blobs', join('blobs', 'CURRENT')]);
  await Level.destroy(join(directory, 'none'));
  for (const location of ['', undefined]) await t.throwsAsync(Level.destroy(location as string), { instanceOf: TypeError });
});

test('cut off in between, it can be done again', async (t) => {
  const directory = await tempDirectory(t);
  const location = join(directory, 'db');
  await closedStore(location);
  // As a crash leaves it: LevelDB gone in part, the rest there.
  const { ClassicLevel } = await import('classic-level');
  await ClassicLevel.destroy(join(location, 'blobs'));
  await Level.destroy(location);
  t.deepEqual(await readdir(directory), []);
});
