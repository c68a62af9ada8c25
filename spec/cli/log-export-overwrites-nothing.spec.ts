import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { open } from 'lithify';
import { type Ended, freshDirectory, lithify } from '../support/cli.ts';
import { numbered, produce } from './support/logs.ts';

test('files of the topic that are there stay as they are, unless they are to go', async (t) => {
  const { out, run } = await exporting(t, { 't.history': 'old', 'u.history': 'of another topic' });
  const refused = await run('t');
  t.is(refused.code, 1);
  t.is(refused.stderr, `lithify: ${join(out, 't.history')} is there; --force takes its place\n`);
  t.deepEqual((await readdir(out)).sort(), ['t.history', 'u.history']);

  t.is((await run('t', '--force')).code, 0);
  t.deepEqual((await readdir(out)).sort(), ['t', 'u.history'], 'an old history would be read before what was written');
  t.is((await readFile(join(out, 't'))).length, 3 * 18);
});

test('a history that may be of other topics too is nobody’s to take away', async (t) => {
  const { out, run } = await exporting(t, { 't.history': 'of t.b perhaps', 't.b': '' });
  for (const { code, stderr } of await Promise.all(['t', 't.b', 't.c'].map((name) => run('t', '--as', name, '--force')))) {
    t.is(code, 1);
    t.regex(stderr, /^lithify: .+t\.history may hold records of other topics.+--as\n$/);
  }
  t.is(await readFile(join(out, 't.history'), 'utf8'), 'of t.b perhaps');
});

test("no file is written under a name that is another topic's history there, or none in the directory", async (t) => {
  const { out, run } = await exporting(t, {});
  const wrong = ['x.history', 'x.work', '../x', '/x'];
  for (const { code } of await Promise.all(wrong.map((name) => run('t', '--as', name)))) t.is(code, 1);
  t.deepEqual(await readdir(out), []);
  t.is((await run('t', '--as', 'with/a.slash')).code, 0);
  t.deepEqual(await readdir(join(out, 'with')), ['a.slash']);
});

test('without records there is no file: an empty one makes that system begin at offset 1', async (t) => {
  const { out, run } = await exporting(t, { empty: 'old' });
  const { code, stdout } = await run('empty', '--force');
  t.deepEqual([code, stdout], [0, 'no records, and so no file\n']);
  t.deepEqual(await readdir(out), []);
});

interface Exporting {
  readonly out: string;
  run(topic: string, ...options: readonly string[]): Promise<Ended>;
}

async function exporting(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<Exporting> {
  const directory = await freshDirectory(t);
  const [db, out] = [join(directory, 'store'), join(directory, 'out')];
  await produce(
    db,
    't',
    numbered(3).map(({ key }) => ({ key, value: '12345678' })),
  );
  {
    await using engine = await open(db);
    await engine.topic('empty').make();
  }
  await mkdir(out);
  for (const [name, content] of Object.entries(files)) await writeFile(join(out, name), content);
  return { out, run: (topic, ...options) => lithify(['log', 'export', topic, '--out', out, '--db', db, ...options]) };
}
