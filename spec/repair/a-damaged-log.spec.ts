import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { LostWrites } from '../../index.ts';
import { RECORD_MARKER, recordLength } from '../../storage/wal/record.ts';
import { SEGMENT_HEADER_BYTES } from '../../storage/wal/segment.ts';
import { type BuiltStore, cutTo, entries, filesOf, flipByte, keyOf, repaired, storeWith } from './support/stores.ts';
import { expectNoFault, type Written } from './support/written.ts';

/** A write each, so that there are many records; the log has several segments when a topic's records hold them back. */
function logged(t: ExecutionContext, count = 60): Promise<BuiltStore> {
  return storeWith(t, async (written) => {
    for (const entry of entries(0, count, 'value')) await written.put([entry]);
  });
}

async function segment(location: string, at = 0): Promise<string> {
  return (await filesOf(join(location, 'wal'), /\.wal$/))[at];
}

/** Where records begin. */
async function recordsIn(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  const found: number[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += recordLength(bytes, at)) found.push(at);
  return found;
}

function writesLost({ lost }: { lost: readonly { what: string }[] }): LostWrites[] {
  return lost.filter((one): one is LostWrites => one.what === 'writes');
}

/** What stands in tables of this spec's stores is nothing, so a missing key was in the log. */
function missing(written: Written, keys: ReadonlyMap<string, string>): string[] {
  return [...written.current.keys()].filter((key) => !keys.has(key)).sort();
}

test('a damaged record costs its own group; those behind it are found by their marks', async (t) => {
  const { location, written } = await logged(t);
  const path = await segment(location);
  const records = await recordsIn(path);
  await flipByte(path, records[20] + 50);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(missing(written, found.keys), [keyOf(20)]);
  const bytes = records[21] - records[20];
  t.like(writesLost(report), [{ file: '0000000000000001.wal', offset: records[20], bytes, groups: 1 }]);
});

test('a stretch of zeros costs what it hit, and says how many groups those were', async (t) => {
  const { location, written } = await logged(t);
  const path = await segment(location);
  const records = await recordsIn(path);
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(0, records[10] + 5, records[14] + 5));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(missing(written, found.keys), [10, 11, 12, 13, 14].map(keyOf));
  t.like(writesLost(report), [{ groups: 5, offset: records[10] }]);
});

for (const [what, at] of Object.entries({ 'its name': 0, 'its number': 9, 'its checksum': 37 })) {
  test(`a header with ${what} damaged costs nothing`, async (t) => {
    const { location, written } = await logged(t);
    await flipByte(await segment(location), at);
    const { report, found } = await repaired(t, location);
    expectNoFault(t, written, found, report);
    t.deepEqual(missing(written, found.keys), []);
  });
}

test('a log that is cut off in a record loses that one, and one that is empty all; both are said', async (t) => {
  const { location, written } = await logged(t);
  const path = await segment(location);
  const records = await recordsIn(path);
  await cutTo(path, records[50] + 20);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(missing(written, found.keys).length, 10);
  t.like(writesLost(report), [{ offset: records[50], bytes: 20 }]);
  await cutTo(path, 0);
  const empty = await repaired(t, location);
  t.is(empty.found.keys.size, 0);
  t.like(writesLost(empty.report), [{ file: '0000000000000001.wal' }]);
});

test('a log that is not there is said to be missing', async (t) => {
  const { location, written } = await logged(t);
  await rm(await segment(location));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.like(writesLost(report), [{ file: '0000000000000001.wal', reason: 'the segment is missing' }]);
});

test('a record that only looks like one, in a value, is not taken for one', async (t) => {
  const mark = String.fromCharCode(RECORD_MARKER & 255, (RECORD_MARKER >> 8) & 255, (RECORD_MARKER >> 16) & 255, RECORD_MARKER >>> 24);
  const { location, written } = await storeWith(t, async (model) => {
    for (const [key] of entries(0, 20, 'x')) await model.put([[key, `@\0\0\0\0\0\0\0${mark}${mark.repeat(20)}`]]);
  });
  const path = await segment(location);
  const records = await recordsIn(path);
  await flipByte(path, records[5] + 8);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(missing(written, found.keys), [keyOf(5)]);
});

test('a lost group leaves a hole in the offsets of its topics, which is reported, and the next offset stays', async (t) => {
  const { location, written } = await storeWith(t, async (model) => {
    for (let i = 0; i < 10; i++) await model.produce('events', [`a ${i}`, `b ${i}`]);
  });
  const path = await segment(location);
  const records = await recordsIn(path);
  await flipByte(path, records[4] + 60);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.is(found.records.get('events/0')?.size, 18);
  t.is(found.next['events/0'], 20);
  t.like(
    report.lost.find(({ what }) => what === 'records'),
    { topic: 'events', partition: 0, from: 8, to: 9 },
  );
});
