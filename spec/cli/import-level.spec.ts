import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ClassicLevel } from 'classic-level';
import { freshDirectory, freshLocation, lithify } from '../support/cli.ts';

async function levelWith(t: ExecutionContext, count: number): Promise<string> {
  const directory = join(await freshDirectory(t), 'level');
  const db = new ClassicLevel<string, string>(directory);
  await db.batch(Array.from({ length: count }, (_, i) => ({ type: 'put', key: `k${String(i).padStart(4, '0')}`, value: `v${i}` })));
  await db.close();
  return directory;
}

test('import-level copies a LevelDB into a store that it makes, and says how much', async (t) => {
  const [level, db] = [await levelWith(t, 300), await freshLocation(t)];
  const { code, stdout, stderr } = await lithify(['import-level', level, '--db', db]);
  t.is(code, 0, stderr);
  t.is(stderr, '');
  t.regex(stdout, /^300 entries \(2\.\d KiB\) copied into 1 table of \d+\.\d KiB\n$/);
  const scanned = await lithify(['scan', '--db', db]);
  t.is(scanned.stdout.split('\n').length, 301);
  t.is((await lithify(['get', 'k0042', '--db', db])).stdout, 'v42\n');
  t.is((await lithify(['verify', '--db', db])).code, 0);
});

test('--json prints the report', async (t) => {
  const [level, db] = [await levelWith(t, 10), await freshLocation(t)];
  const { code, stdout } = await lithify(['import-level', level, '--db', db, '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), { entries: 10, tables: 1, dataBytes: 70 });
});

test('into a store with keys only with --merge', async (t) => {
  const [level, db] = [await levelWith(t, 3), await freshLocation(t)];
  await lithify(['put', 'k0001', 'kept', '--db', db]);
  await lithify(['put', 'other', 'kept', '--db', db]);
  const { code, stdout, stderr } = await lithify(['import-level', level, '--db', db]);
  t.deepEqual([code, stdout], [1, '']);
  t.regex(stderr, /^lithify: LITHIFY_EXISTS: .+ has keys already; .+\n$/);
  t.is((await lithify(['get', 'k0001', '--db', db])).stdout, 'kept\n');
  t.is((await lithify(['import-level', level, '--db', db, '--merge'])).code, 0);
  t.is((await lithify(['get', 'k0001', '--db', db])).stdout, 'v1\n');
  t.is((await lithify(['get', 'other', '--db', db])).stdout, 'kept\n');
});

test('a directory that is no LevelDB fails with one line, and neither it nor a store is made', async (t) => {
  const db = await freshLocation(t);
  const none = join(await freshDirectory(t), 'none');
  const { code, stdout, stderr } = await lithify(['import-level', none, '--db', db]);
  t.deepEqual([code, stdout], [1, '']);
  t.regex(stderr, /^lithify: LITHIFY_NOT_FOUND: Cannot read .+none: it is not there; .+\n$/);
  t.false(existsSync(none) || existsSync(db));
});

test('a LevelDB that another process has open fails as locked', async (t) => {
  const level = await levelWith(t, 10);
  const holder = new ClassicLevel(level);
  await holder.open();
  t.teardown(() => holder.close());
  const { code, stderr } = await lithify(['import-level', level, '--db', await freshLocation(t)]);
  t.is(code, 1);
  t.regex(stderr, /^lithify: LITHIFY_LOCKED: .+\n$/);
});

test('wrong usage exits 2, and the help says what LevelDB does to its files', async (t) => {
  t.is((await lithify(['import-level', '--db', await freshLocation(t)])).code, 2);
  t.is((await lithify(['import-level', 'a'])).code, 2);
  const { stdout } = await lithify(['import-level', '--help']);
  t.regex(stdout, /must not be open anywhere[\s\S]*MANIFEST[\s\S]*LOG\.old/);
});
