import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import test from 'ava';
import { freshLocation } from '../support/cli.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { fill } from '../support/held-engine.ts';
import { readDump } from './support/recorded.ts';

test('save() writes what dump() gives, into the store or where it is told to', async (t) => {
  const location = await tempDirectory(t);
  const engine = await openEngine(t, TINY, location);
  await fill(engine, 50);
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  const path = await engine.recorder.save();
  t.is(dirname(path), join(location, 'recorder'));
  const saved = await readDump(path);
  const { entries, ...head } = engine.recorder.dump();
  t.deepEqual(saved.entries, JSON.parse(JSON.stringify(entries)));
  t.like(saved, { reason: 'asked for', location, dropped: head.dropped, stats: { state: 'open' } });
  const elsewhere = await freshLocation(t);
  t.is(dirname(await engine.recorder.save(elsewhere)), elsewhere);
  t.deepEqual(await readdir(elsewhere), [basename(await readdir(elsewhere).then(([name]) => String(name)))]);
});

test('a dump names the directory itself, however its place was given', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, relative(process.cwd(), directory));
  t.deepEqual([engine.recorder.dump().location, engine.location], [directory, directory]);
});

test('an engine in memory saves to real files, when it is told where', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' });
  await t.throwsAsync(engine.recorder.save(), { code: 'LITHIFY_INVALID_ARGUMENT', message: /directory/ });
  const dump = await readDump(await engine.recorder.save(await freshLocation(t)));
  t.true(dump.entries.length > 0);
});

test('many at once have names of their own, in the order of their making', async (t) => {
  const engine = await openEngine(t, TINY);
  const directory = await freshLocation(t);
  const paths = await Promise.all(Array.from({ length: 12 }, () => engine.recorder.save(directory)));
  t.is(new Set(paths).size, 12);
  t.is((await readdir(directory)).length, 12);
  t.deepEqual(paths, [...paths].sort());
  for (const path of paths) t.is((await readDump(path)).reason, 'asked for');
});

test('where it cannot be written save() says so with a code, and leaves nothing', async (t) => {
  const engine = await openEngine(t, TINY);
  const directory = await tempDirectory(t);
  await writeFile(join(directory, 'file'), '');
  await mkdir(join(directory, 'real'));
  await symlink('nowhere', join(directory, 'loose'));
  for (const bad of [join(directory, 'file'), join(directory, 'file', 'deeper'), join(directory, 'loose')]) {
    await t.throwsAsync(engine.recorder.save(bad), { code: 'LITHIFY_INVALID_ARGUMENT', message: new RegExp(basename(bad)) });
  }
  for (const bad of ['', 7, null]) await t.throwsAsync(engine.recorder.save(bad as string), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.deepEqual((await readdir(directory)).sort(), ['file', 'loose', 'real']);
});

test('after the engine has closed, what it recorded can still be read, and saved beside the store', async (t) => {
  const location = await freshLocation(t);
  const engine = await openEngine(t, TINY, location);
  await fill(engine, 20);
  await engine.close();
  const dump = engine.recorder.dump();
  t.is(dump.stats, undefined);
  t.is(dump.entries.at(-1)?.type, 'closed');
  await t.throwsAsync(engine.recorder.save(), { code: 'LITHIFY_CLOSED' });
  t.false((await readdir(location)).includes('recorder'));
  t.deepEqual(await readDump(await engine.recorder.save(await freshLocation(t))).then(({ entries }) => entries.at(-1)?.type), 'closed');
});
