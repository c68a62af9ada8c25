import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { chartOf, machineJson, machines, mermaidOf } from 'lithify/machines';
import { createMachine } from 'xstate';
import { freshDirectory, lithify } from '../support/cli.ts';

test('every machine is written three times, into a directory that is made', async (t) => {
  const out = join(await freshDirectory(t), 'deep/charts');
  const { code, stdout, stderr } = await lithify(['charts', '--out', out]);
  t.deepEqual([code, stderr], [0, '']);
  t.regex(stdout, /^compactor +8 states, 19 transitions: compactor\.machine\.json, compactor\.machine\.ts, compactor\.mmd$/m);
  t.is((await readdir(out)).length, 3 * Object.keys(machines).length);
  for (const [id, machine] of Object.entries(machines)) {
    const read = async (name: string) => await readFile(join(out, name), 'utf8');
    t.deepEqual(JSON.parse(await read(`${id}.machine.json`)), machineJson(machine));
    t.is(await read(`${id}.mmd`), `${mermaidOf(machine)}\n`);
    t.deepEqual(chartOf(createMachine(configIn(t, await read(`${id}.machine.ts`)))), chartOf(machine));
  }
});

test('--json lists what was written', async (t) => {
  const out = await freshDirectory(t);
  const { stdout } = await lithify(['charts', '--out', out, '--json']);
  const listed: { id: string; states: number; transitions: number; files: string[] }[] = JSON.parse(stdout);
  t.deepEqual(
    listed.map(({ id }) => id),
    Object.keys(machines),
  );
  t.like(listed[1], { states: 3, transitions: 14 });
  t.deepEqual(listed.flatMap(({ files }) => files).toSorted(), (await readdir(out)).map((name) => join(out, name)).toSorted());
});

test('a file of somebody else is not overwritten, and then nothing is written; --force takes its place', async (t) => {
  const out = await freshDirectory(t);
  const mine = join(out, 'writer.mmd');
  await writeFile(mine, 'my own');
  const refused = await lithify(['charts', '--out', out]);
  t.deepEqual([refused.code, refused.stdout], [1, '']);
  t.is(refused.stderr, `lithify: ${mine} is there and is not what would be written; --force takes its place\n`);
  t.deepEqual(await readdir(out), ['writer.mmd']);
  t.is(await readFile(mine, 'utf8'), 'my own');

  t.is((await lithify(['charts', '--out', out, '--force'])).code, 0);
  t.is(await readFile(mine, 'utf8'), `${mermaidOf(machines.writer)}\n`);
});

test('files that are there already are left alone, and others beside them', async (t) => {
  const out = await freshDirectory(t);
  await writeFile(join(out, 'notes.txt'), 'mine');
  await lithify(['charts', '--out', out]);
  const before = await timesIn(out);
  t.is((await lithify(['charts', '--out', out])).code, 0);
  t.deepEqual(await timesIn(out), before);
  t.is(await readFile(join(out, 'notes.txt'), 'utf8'), 'mine');
});

test('a directory that cannot be one is named; without one the command is used wrongly', async (t) => {
  const file = join(await freshDirectory(t), 'file');
  await writeFile(file, '');
  const refused = await lithify(['charts', '--out', file]);
  t.is(refused.code, 1);
  t.true(refused.stderr.includes(file));
  const nowhere = await lithify(['charts', '--out', '/proc/charts']);
  t.is(nowhere.code, 1, 'and the command comes to its end');
  t.true(nowhere.stderr.includes('/proc/charts'));
  for (const args of [['charts'], ['charts', '--out', '']]) t.is((await lithify(args)).code, 2);
});

/** What the call in a source file is given. */
function configIn(t: ExecutionContext, source: string): Parameters<typeof createMachine>[0] {
  const [, config] =
    /^import \{ createMachine \} from 'xstate';\n\nexport const machine = createMachine\(([\s\S]*)\);\n$/.exec(source) ?? [];
  t.truthy(config);
  return JSON.parse(config);
}

async function timesIn(directory: string): Promise<[string, number][]> {
  const names = await readdir(directory);
  return await Promise.all(names.map(async (name): Promise<[string, number]> => [name, (await stat(join(directory, name))).mtimeMs]));
}
