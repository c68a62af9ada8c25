import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from '../../index.ts';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { holdInProcess, openInProcess, openInThread } from '../support/processes.ts';

// D3 of the seed had no lock at all. LevelDB alone would not do: in this process a second opening succeeds, under another
// spelling it destroys the store, and one that is refused lets go of the lock that other processes see.

const LOCKED = { code: 'LITHIFY_LOCKED' };

test('in this process a second engine is refused, and the first goes on', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  for (let i = 0; i < 3; i++) {
    await t.throwsAsync(open(directory, TINY), LOCKED);
    await assertWorks(t, engine, `after refusal ${i}`);
  }
  await engine.close();
  t.is((await contentOf(await openEngine(t, TINY, directory))).length, 3);
});

test('of several that open at the same moment exactly one gets the store', async (t) => {
  const directory = await tempDirectory(t);
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => openEngine(t, TINY, directory)));
  const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'opened' : outcome.reason.code));
  t.deepEqual(codes.sort(), ['LITHIFY_LOCKED', 'LITHIFY_LOCKED', 'LITHIFY_LOCKED', 'opened']);
});

test('other spellings of the directory are the same directory', async (t) => {
  const directory = await tempDirectory(t);
  const link = join(await tempDirectory(t), 'link');
  await symlink(directory, link);
  const engine = await openEngine(t, TINY, directory);
  const spellings = [
    `${directory}/`,
    `${directory}/../${basename(directory)}`,
    `${dirname(directory)}//${basename(directory)}`,
    relative(process.cwd(), directory),
    link,
  ];
  for (const spelling of spellings) await t.throwsAsync(open(spelling, TINY), LOCKED, spelling);
  await assertWorks(t, engine, 'after all spellings');
  await engine.close();

  const throughLink = await openEngine(t, TINY, link);
  await t.throwsAsync(open(directory, TINY), LOCKED);
  await assertWorks(t, throughLink, 'through the link');
  t.is((await contentOf(throughLink)).length, 2);
});

test('another thread of this process is refused, and gets the store once it is closed', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  t.is(await openInThread(directory), 'LITHIFY_LOCKED');
  await assertWorks(t, engine, 'after the refusal');
  t.is(await openInThread(directory), 'LITHIFY_LOCKED');
  await engine.close();
  t.is(await openInThread(directory), 'opened');
});

test('another process is refused, before and after others have been refused here and there', async (t) => {
  const directory = await tempDirectory(t);
  const link = join(await tempDirectory(t), 'link');
  await symlink(directory, link);
  // With threads, so that LevelDB is open more than once here.
  const engine = await openEngine(t, { ...TINY, workers: 1 }, directory);
  await assertWorks(t, engine, 'at first');
  t.is(await openInProcess(t, directory), 'LITHIFY_LOCKED');
  await assertWorks(t, engine, 'after a process was refused');
  await t.throwsAsync(open(link, TINY), LOCKED);
  t.is(await openInThread(link), 'LITHIFY_LOCKED');
  t.is(await openInProcess(t, link), 'LITHIFY_LOCKED');
  await assertWorks(t, engine, 'after all were refused');
  await engine.close();
  t.is(await openInProcess(t, directory), 'opened');
});

test('what another process has open is refused here, as often as one tries, until that process is gone', async (t) => {
  const directory = await tempDirectory(t);
  const holder = await holdInProcess(t, directory, 'theirs');
  for (let i = 0; i < 3; i++) await t.throwsAsync(open(directory, TINY), LOCKED);
  t.is(await openInThread(directory), 'LITHIFY_LOCKED');
  holder.kill('SIGKILL');
  await once(holder, 'close');
  const engine = await openEngine(t, TINY, directory);
  t.is(await engine.kv.get('theirs'), 'from another process');
  await assertWorks(t, engine, 'at last');
});

test('an opening that fails for another reason lets go of the directory', async (t) => {
  const directory = await tempDirectory(t);
  await (await open(directory, TINY)).close();
  await t.throwsAsync(open(directory, { ...TINY, errorIfExists: true }), { code: 'LITHIFY_EXISTS' });
  await assertWorks(t, await openEngine(t, TINY, directory), 'afterwards');
});

/** Writes, flushes, compacts and reads: the lock, the log and LevelDB are all still ours. */
async function assertWorks(t: ExecutionContext, engine: Engine, key: string): Promise<void> {
  await engine.kv.put(key, 'ours');
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  t.is(await engine.kv.get(key), 'ours');
}
