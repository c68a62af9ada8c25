import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { encoded, hexOf, joinedBytes, noise } from '../log/support/records.ts';
import { fileOf, recordWith } from '../log/support/streambed.ts';
import { hexBytes, VECTORS } from '../log/support/vectors.ts';
import { freshDirectory, lithify } from '../support/cli.ts';
import { lines, recordsIn, stdoutOf } from './support/logs.ts';

/** Those of the vectors that can follow one another: offsets 0, 1, 3, 127, 128. */
const NAMES = ['V7', 'V8', 'V6, before 1970', 'V1, headers', 'V2, a time and a key above 2^53'];
const BYTES = joinedBytes(...NAMES.map((name) => hexBytes(VECTORS.find((one) => one.name === name)?.hex ?? '')));

test("that system's bytes, imported and exported, are the same bytes, and its records ours", async (t) => {
  const { db, from, to } = await freshDirectories(t);
  await writeFile(join(from, 'iot:readings'), BYTES);
  const imported = await stdoutOf(t, ['log', 'import', from, '--topic', 'iot:readings', '--db', db]);
  t.is(imported, `5 records in ${BYTES.length} B, offsets 0 to 128\n`);
  const exported = await stdoutOf(t, ['log', 'export', 'iot:readings', '--out', to, '--db', db]);
  t.is(exported, `5 records in ${BYTES.length} B: ${join(to, 'iot:readings')}\n`);
  t.deepEqual(await readdir(to), ['iot:readings'], 'the one file, and nothing of what was needed on the way');
  t.is(hexOf(await readFile(join(to, 'iot:readings'))), hexOf(BYTES));
  const output = await stdoutOf(t, ['log', 'subscribe', 'iot:readings', '--idle-timeout', '0', '--db', db]);
  t.regex(lines(output)[4], /"timestamp":"2023-11-14T22:13:20.123Z","key":9007202990669551,.*"offset":128}$/);
});

test('ancient history, history and the active file are one topic, whose records that stand twice come once', async (t) => {
  const { db, from, to } = await freshDirectories(t);
  await writeFile(join(from, 't.ancient_history'), fileOf(0, 5));
  await writeFile(join(from, 't.history'), joinedBytes(recordWith(3), fileOf(5, 5)));
  await writeFile(join(from, 't'), fileOf(20, 5));
  await writeFile(join(from, 't.work'), fileOf(0, 1));
  const imported = await stdoutOf(t, ['log', 'import', from, '--topic', 't', '--as', 'other', '--json', '--db', db]);
  t.deepEqual(JSON.parse(imported), { records: 15, bytes: 15 * 32, duplicates: 1, damaged: 0, first: 0, last: 24 });
  await stdoutOf(t, ['log', 'export', 'other', '--out', join(to, 'made', 'here'), '--as', 't', '--db', db]);
  t.is(hexOf(await readFile(join(to, 'made', 'here', 't'))), hexOf(joinedBytes(fileOf(0, 10), fileOf(20, 5))));
});

test('large values go both ways: what is staged, and what is not but fills a buffer', async (t) => {
  const { db, from, to } = await freshDirectories(t);
  const large = encoded({ key: 2n ** 63n, value: noise(5_000_000), timestamp: 1_700_000_000_123 }, 7);
  const bytes = joinedBytes(recordWith(1), large, encoded({ key: 1n, value: noise(400_000) }, 9), recordWith(10));
  await writeFile(join(from, 't'), bytes);
  await stdoutOf(t, ['log', 'import', from, '--topic', 't', '--db', db]);
  t.deepEqual(
    (await recordsIn(db, 't')).map(({ value }) => value.length),
    [12, 5_000_000, 400_000, 12],
  );
  await stdoutOf(t, ['compact', '--db', db]);
  const { stdout, stderr } = await exportJson(db, to);
  t.deepEqual(JSON.parse(stdout), { records: 4, bytes: bytes.length, large: 2 });
  t.regex(stderr, /^lithify: 2 records above 16 KiB; .+max_record_size.+\n$/);
  t.is(Buffer.compare(await readFile(join(to, 't')), bytes), 0);
});

test('a partition of several is exported when it is named', async (t) => {
  const { db, to } = await freshDirectories(t);
  const input = '{"headers":null,"key":4,"value":"AA=="}\n{"headers":null,"key":5,"value":"AQ=="}\n';
  await stdoutOf(t, ['log', 'produce', '--topic', 't', '--partitions', '2', '--db', db], input);
  const { code, stderr } = await exportJson(db, to);
  t.is(code, 1);
  t.regex(stderr, /^lithify: topic "t" has 2 partitions, .+--partition\n$/);
  await stdoutOf(t, ['log', 'export', 't', '--partition', '1', '--out', to, '--db', db]);
  t.is(hexOf(await readFile(join(to, 't'))), hexOf(encoded({ key: 5n, value: Uint8Array.of(1) }, 0)));
});

async function exportJson(db: string, to: string): Promise<Awaited<ReturnType<typeof lithify>>> {
  return lithify(['log', 'export', 't', '--out', to, '--json', '--db', db]);
}

async function freshDirectories(t: Parameters<typeof freshDirectory>[0]): Promise<{ db: string; from: string; to: string }> {
  const directory = await freshDirectory(t);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await mkdir(from);
  return { db: join(directory, 'store'), from, to };
}
