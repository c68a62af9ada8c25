import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { joinedBytes } from '../log/support/records.ts';
import { fileOf, range } from '../log/support/streambed.ts';
import { hexBytes, VECTORS } from '../log/support/vectors.ts';
import { freshDirectory, lithify } from '../support/cli.ts';
import { lines, recordsIn } from './support/logs.ts';

const RECORD = 32;

test('a flipped bit in the history hides its own record only, and is reported with file and place', async (t) => {
  const history = fileOf(0, 100);
  history[50 * RECORD + 20] ^= 8;
  const { code, reports, reason, offsets, path } = await imported(t, { 't.history': history, t: fileOf(100, 10) });
  t.is(code, 1);
  t.regex(reports[0], new RegExp(`^lithify: ${path}/t.history: 32 bytes at 1600: .*checksum`));
  t.is(reports.length, 1);
  t.is(reason, 'lithify: 1 damaged stretch; every good record was taken over');
  t.deepEqual(offsets, [...range(0, 50), ...range(51, 59)]);
});

test('a torn tail costs the torn record, in whatever file', async (t) => {
  const { code, reports, offsets } = await imported(t, { 't.history': fileOf(0, 10).slice(0, -7), t: fileOf(20, 10).slice(0, -1) });
  t.is(code, 1);
  t.is(reports.length, 2);
  t.deepEqual(offsets, [...range(0, 9), ...range(20, 9)]);
});

test('a tail of zeros costs nothing; asked to, the command takes damage as it comes', async (t) => {
  const zeros = { t: joinedBytes(fileOf(0, 10), new Uint8Array(4096)) };
  const { code, reports, reason, offsets } = await imported(t, zeros, '--skip-damaged');
  t.is(code, 0);
  t.regex(reason, /t: 4,096 bytes at 320: /, 'it is reported all the same');
  t.deepEqual(reports, []);
  t.deepEqual(offsets, range(0, 10));
});

test('a record whose offset no JavaScript number can hold is reported, not rounded', async (t) => {
  const [beyond] = VECTORS.filter(({ offset }) => offset === 2n ** 64n - 1n);
  const { code, reports, offsets } = await imported(t, { t: joinedBytes(fileOf(0, 2), hexBytes(beyond.hex)) });
  t.is(code, 1);
  t.regex(reports[0], /337 bytes at 64: .*18446744073709551615/);
  t.deepEqual(offsets, [0, 1]);
});

async function imported(
  t: Parameters<typeof freshDirectory>[0],
  files: Readonly<Record<string, Uint8Array>>,
  ...options: readonly string[]
) {
  const path = await freshDirectory(t);
  const db = join(path, 'store');
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
  const { code, stderr } = await lithify(['log', 'import', path, '--topic', 't', '--db', db, ...options]);
  const said = lines(stderr);
  const offsets = (await recordsIn(db, 't')).map(({ offset }) => offset);
  return { code, reports: said.slice(0, -1), reason: said.at(-1) ?? '', offsets, path };
}
