import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { levelError } from '../../storage/level-errors.ts';
import { endWithSpecs } from '../support/children.ts';
import { KiB, temporaryDirectory } from './stores.ts';

const OPTIONS = { writeBufferBytes: 64 * KiB, createIfMissing: true };
const value = (n: number) => new Uint8Array(1).fill(n);

/** A process that opens the database, says so or says why not, and goes when its stdin ends. */
function otherProcess(location: string) {
  const code = `
    const { openLevelDatabase } = await import(${JSON.stringify(new URL('../../storage/level-database.ts', import.meta.url).href)});
    try {
      const database = await openLevelDatabase(${JSON.stringify(location)}, ${JSON.stringify(OPTIONS)});
      console.log('open');
      process.stdin.resume().once('end', () => database.close());
    } catch (error) {
      console.log(error.code);
    }`;
  const child = endWithSpecs(spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] }));
  return { child, said: once(child.stdout, 'data').then(([data]) => String(data).trim()), gone: once(child, 'exit') };
}

test('while another process has it open the error is LITHIFY_LOCKED, and afterwards it opens', async (t) => {
  const location = temporaryDirectory(t);
  const other = otherProcess(location);
  t.is(await other.said, 'open');
  const error = await t.throwsAsync(openLevelDatabase(location, OPTIONS), { code: 'LITHIFY_LOCKED' });
  t.true(error?.message.includes(location));
  other.child.stdin.end();
  await other.gone;
  const database = await openLevelDatabase(location, OPTIONS);
  const late = otherProcess(location);
  t.is(await late.said, 'LITHIFY_LOCKED');
  late.child.stdin.end();
  await late.gone;
  await database.close();
});

test('a store that is not there is not created unless that was asked for', async (t) => {
  const location = join(temporaryDirectory(t), 'none');
  await t.throwsAsync(openLevelDatabase(location, { ...OPTIONS, createIfMissing: false }), { code: 'LITHIFY_NOT_FOUND' });
});

test('damaged LevelDB files are LITHIFY_CORRUPTION', async (t) => {
  const location = temporaryDirectory(t);
  const database = await openLevelDatabase(location, OPTIONS);
  await database.write([{ key: value(1), value: value(1) }]);
  await database.close();
  for (const name of readdirSync(location).filter((one) => one.startsWith('MANIFEST'))) truncateSync(join(location, name), 3);
  await t.throwsAsync(openLevelDatabase(location, OPTIONS), { code: 'LITHIFY_CORRUPTION' });
});

test('anything else is LITHIFY_BLOB_STORE and keeps its cause', async (t) => {
  const location = join(temporaryDirectory(t), 'file');
  writeFileSync(location, 'not a directory');
  const error = await t.throwsAsync(openLevelDatabase(location, OPTIONS), { code: 'LITHIFY_BLOB_STORE' });
  t.true(error?.cause instanceof Error);
});

test('a full disk is LITHIFY_DISK_FULL, however deep the reason is', (t) => {
  const reason = Object.assign(new Error('IO error: /s/000005.log: No space left on device'), { code: 'LEVEL_IO_ERROR' });
  const error = levelError(new Error('Batch failed', { cause: reason }), 'Writing to /s');
  t.is(error.code, 'LITHIFY_DISK_FULL');
  t.true(error.message.startsWith('Writing to /s failed: IO error'));
  t.is(levelError(error, 'Again'), error);
  t.is(levelError('odd', 'Reading').code, 'LITHIFY_BLOB_STORE');
});

test('after one failed write the handle takes no more, even when LevelDB would', async (t) => {
  const location = temporaryDirectory(t);
  const database = await openLevelDatabase(location, OPTIONS);
  rmSync(location, { recursive: true });
  const write = (n: number) => database.write([{ key: value(n), value: new Uint8Array(48 * KiB) }]);
  const first = await t.throwsAsync(async () => {
    for (let n = 0; n < 20; n++) await write(n);
  });
  t.true(first instanceof LithifyError);
  mkdirSync(location);
  t.is(await t.throwsAsync(write(50)), first);
  t.is(database.getSync(value(50)), undefined);
  await database.close();
});

test('files of LevelDB that are missing, cut, or named wrongly are damage; a directory that cannot be made is not', (t) => {
  const codeFor = (message: string) => levelError(new Error(message), 'Opening /store/blobs').code;
  for (const reason of [
    'MANIFEST-000007: No such file or directory',
    '\rANIFEST-000007: No such file or directory',
    'MANIFEST/000007: Not a directory',
    '000005.ldb: Invalid argument',
  ])
    t.is(codeFor(`IO error: /store/blobs/${reason}`), 'LITHIFY_CORRUPTION', reason);
  t.regex(levelError(new Error('IO error: /store/blobs/000005.ldb: Invalid argument'), 'Reading').message, /repair/);
  t.is(codeFor('IO error: /store/blobs/LOCK: No such file or directory'), 'LITHIFY_BLOB_STORE');
});
