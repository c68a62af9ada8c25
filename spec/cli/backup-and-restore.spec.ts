import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { open } from 'lithify';
import { noise } from '../checkpoint/support/copies.ts';
import { recordsIn } from '../checkpoint/support/history.ts';
import { ended, freshDirectory, freshLocation, lithify, startLithify } from '../support/cli.ts';
import { changeBlocks, flipped } from '../support/damage.ts';
import { blobsIn, filesIn } from '../support/store-contents.ts';
import { numbered, stdoutOf } from './support/logs.ts';

/** A store with keys and a topic, made without the command. */
async function filled(t: ExecutionContext): Promise<{ root: string; db: string }> {
  const root = await freshDirectory(t);
  const db = join(root, 'store');
  await using engine = await open(db);
  for (let i = 0; i < 20; i++) await engine.kv.put(`key ${i}`, `value ${i}`);
  await engine.topic('readings').produceMany(numbered(10));
  await engine.topic('readings').commit('group', 4);
  return { root, db };
}

/** Everything that is in a store, and whether it is sound. */
async function heldBy(db: string): Promise<unknown> {
  await using engine = await open(db, { createIfMissing: false });
  const groups = engine.topic('readings').groups();
  return {
    keys: await engine.kv.iterator().all(),
    records: (await recordsIn(engine, 'readings')).map(({ offset, key, timestamp, value }) => [offset, key, timestamp, String(value)]),
    groups: groups.map(({ group, committed }) => [group, committed]),
    damage: (await engine.verify()).damage,
  };
}

test('what is backed up and restored is what there was, and the backup keeps it', async (t) => {
  const { root, db } = await filled(t);
  const [backup, restored] = [join(root, 'backup'), join(root, 'restored')];
  const report = JSON.parse(await stdoutOf(t, ['backup', backup, '--json', '--db', db]));
  t.deepEqual([report.location, report.tables, report.topics, report.blobs], [backup, 1, 1, 2]);
  const blobs = await blobsIn(backup);
  const said = await stdoutOf(t, ['restore', backup, '--db', restored]);
  t.true(said.startsWith(`${restored}: 1 table and 1 topic, `), said);
  t.regex(said, /; everything up to sequence 20\n$/);
  const before = await heldBy(db);
  t.like(before, { keys: { length: 20 }, records: { length: 10 }, groups: { length: 1 }, damage: [] });
  t.deepEqual(await heldBy(restored), before);
  t.deepEqual(await blobsIn(backup), blobs);
  t.deepEqual(await heldBy(backup), before);
});

test('a directory with something in it takes neither a backup nor a store', async (t) => {
  const { root, db } = await filled(t);
  const full = join(root, 'full');
  await mkdir(full);
  await writeFile(join(full, 'file'), 'mine');
  const backup = await lithify(['backup', full, '--db', db]);
  t.deepEqual([backup.code, backup.stdout], [1, '']);
  t.regex(backup.stderr, /^lithify: LITHIFY_EXISTS: .+\n$/);
  for (const taken of [full, join(full, 'file')]) {
    const restore = await lithify(['restore', db, '--db', taken]);
    t.deepEqual([restore.code, restore.stdout], [1, '']);
    t.regex(restore.stderr, /^lithify: there is something in .+ already.+\n$/);
  }
  t.deepEqual(await filesIn(full), ['file']);
});

test('a damaged backup is not restored: exit 1, where the damage is, and no store', async (t) => {
  const { root, db } = await filled(t);
  const [backup, restored] = [join(root, 'backup'), join(root, 'restored')];
  await stdoutOf(t, ['backup', backup, '--db', db]);
  t.is(await changeBlocks(backup, (block) => (block.number === 0 ? flipped(block) : undefined)), 2);
  const { code, stdout, stderr } = await lithify(['restore', backup, '--db', restored]);
  t.deepEqual([code, stdout], [1, '']);
  t.regex(stderr, /^lithify: \d damaged places in the backup .+, the first in blob \d+, block 0: .+; nothing was restored\n$/);
  t.deepEqual((await readdir(root)).sort(), ['backup', 'store']);
});

test('what is not there is neither backed up nor restored, and nothing is made', async (t) => {
  const [none, target] = [await freshLocation(t), await freshLocation(t)];
  for (const args of [
    ['backup', target, '--db', none],
    ['restore', none, '--db', target],
  ]) {
    const { code, stdout, stderr } = await lithify(args);
    t.deepEqual([code, stdout], [1, '']);
    t.regex(stderr, /^lithify: LITHIFY_NOT_FOUND: .+\n$/);
  }
  t.false(existsSync(none) || existsSync(target));
});

test('without a directory to copy to, or from, they are used wrongly', async (t) => {
  t.is((await lithify(['backup', '--db', 'somewhere'])).code, 2);
  t.is((await lithify(['restore', 'somewhere'])).code, 2);
});

test('Ctrl-C in the middle of a backup exits 130 and leaves nothing of it', async (t) => {
  const { root, db } = await filled(t);
  {
    await using engine = await open(db, { durability: 'os' });
    for (let i = 0; i < 40; i++) await engine.kv.put(`noise ${i}`, noise(1_000_000, i), { valueEncoding: 'view' });
  }
  const parent = join(root, 'backups');
  await mkdir(parent);
  const watcher = watch(parent);
  t.teardown(() => watcher.close());
  const begun = once(watcher, 'change');
  const child = startLithify(['backup', join(parent, 'backup'), '--db', db]);
  const end = ended(child);
  await begun;
  child.kill('SIGINT');
  const { code, signal, stdout, stderr } = await end;
  t.deepEqual([code, signal, stdout, stderr], [130, null, '', 'lithify: stopped by SIGINT; the store is closed\n']);
  t.deepEqual(await readdir(parent), []);
  t.like(await heldBy(db), { keys: { length: 60 }, damage: [] });
});
