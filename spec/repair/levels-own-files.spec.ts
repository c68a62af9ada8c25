import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { open } from '../../index.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { quiet, TINY } from '../support/engines.ts';
import { type BuiltStore, copyOf, cutTo, entries, filesOf, flipByte, repaired, settle, storeWith } from './support/stores.ts';
import { expectNoFault } from './support/written.ts';

/** Enough that LevelDB has tables and a log in `blobs/`; what was put last stands in the log of the store. */
function built(t: ExecutionContext): Promise<BuiltStore> {
  return storeWith(
    t,
    async (written, engine) => {
      await written.put(entries(0, 400, 'first'));
      await settle(engine);
      await written.put(entries(0, 200, 'second', 2));
      await written.produce('events', ['a', 'b', 'x'.repeat(9000)]);
      await engine.ask({ type: 'MinorCompact' });
      await quiet(engine);
      await written.put(entries(1000, 10, 'last'));
    },
    { workers: 0, durability: 'os', memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024, minorTrigger: 64 },
  );
}

/** Opening a LevelDB makes a table of its log. */
async function withTables(t: ExecutionContext): Promise<BuiltStore> {
  const store = await built(t);
  for (const name of ['blobs', 'manifest']) {
    const database = await openLevelDatabase(join(store.location, name), { writeBufferBytes: 64 * 1024, createIfMissing: false });
    await database.close();
  }
  return store;
}

async function harmAll(location: string, pattern: RegExp, harm: (path: string) => Promise<void>): Promise<void> {
  for (const name of ['blobs', 'manifest']) for (const path of await filesOf(join(location, name), pattern)) await harm(path);
}

test('CURRENT, LOG and LOCK may be gone: nothing is lost', async (t) => {
  const { location, written } = await built(t);
  await harmAll(location, /^(CURRENT|LOG|LOG\.old|LOCK)$/, (path) => rm(path));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual([report.lost, report.warnings], [[], []]);
  t.deepEqual([...found.keys], [...written.current].sort());
});

const HARMS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  gone: (path) => rm(path),
  'cut to nothing': (path) => cutTo(path, 0),
  'something else': (path) => writeFile(path, 'what?'),
};
for (const [how, harm] of Object.entries(HARMS)) {
  test(`LevelDB's MANIFEST may be ${how}: nothing is missing, but nobody can be certain that our own manifest is the newest`, async (t) => {
    const { location, written } = await built(t);
    await harmAll(location, /^(MANIFEST|CURRENT)/, harm);
    const { report, found } = await repaired(t, location);
    expectNoFault(t, written, found, report);
    t.deepEqual([...found.keys], [...written.current].sort());
    t.is(found.records.get('events/0')?.size, 3);
    t.deepEqual(
      report.lost.map(({ what }) => what),
      ['manifest'],
    );
  });
}

for (const name of ['blobs', 'manifest']) {
  test(`tables and logs in ${name}/ may be gone or empty: what was in them is reported, and the rest is there`, async (t) => {
    const { location, written } = await withTables(t);
    const files = await filesOf(join(location, name), /\.(ldb|log)$/);
    t.true(files.length > 1);
    for (const [i, file] of files.entries()) {
      const copy = await copyOf(t, location);
      await [HARMS.gone, HARMS['cut to nothing']][i % 2](join(copy, name, basename(file)));
      const { report, found } = await repaired(t, copy);
      expectNoFault(t, written, found, report);
      for (const [key] of entries(1000, 10, 'last')) t.true(found.keys.has(key), 'the log has it');
    }
  });
}

test('a byte of a LevelDB table that is turned costs at most the values in its block', async (t) => {
  const { location, written } = await withTables(t);
  const [table] = await filesOf(join(location, 'blobs'), /\.ldb$/);
  const { size } = await stat(table);
  for (let i = 0; i < 5; i++) {
    const copy = await copyOf(t, location);
    await flipByte(join(copy, 'blobs', basename(table)), Math.floor((size * i) / 5));
    const { report, found } = await repaired(t, copy);
    expectNoFault(t, written, found, report);
    t.true(found.keys.size > 0);
  }
});

test('with its index damaged the blocks of a LevelDB table are found one behind the other', async (t) => {
  const { location, written } = await withTables(t);
  for (const table of await filesOf(join(location, 'blobs'), /\.ldb$/)) {
    const bytes = await readFile(table);
    // The footer, and half of the index before it.
    await writeFile(table, bytes.fill(0, bytes.length - 60));
  }
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual([...found.keys], [...written.current].sort());
  t.deepEqual(report.lost, []);
  t.true(report.warnings.some((warning) => warning.includes('index is damaged')));
});

test('everything of LevelDB may be gone: the log is still there', async (t) => {
  const { location, written } = await built(t);
  await rm(join(location, 'blobs'), { recursive: true });
  await rm(join(location, 'manifest'), { recursive: true });
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.is(found.keys.size, 10);
});

/** What was written last. */
async function blotEnd(path: string): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(1, bytes.length - 60));
}

for (const [how, harm] of Object.entries({ gone: (path: string) => rm(path), damaged: blotEnd })) {
  test(`the newest entries of our manifest are missed when their file is ${how}, although those before are a whole chain`, async (t) => {
    const { location, written } = await withTables(t);
    const engine = await open(location, TINY);
    await engine.topic('made last').make();
    await engine.close();
    const [log] = await filesOf(join(location, 'manifest'), /\.log$/);
    await harm(log);
    const { report, found } = await repaired(t, location);
    expectNoFault(t, written, found, report);
    t.false(found.records.has('made last/0'), 'nothing else speaks of it');
    t.true(report.lost.some(({ what }) => what === 'manifest'));
  });
}
