import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fileFailure } from '../../cli/file-failure.ts';
import { freshDirectory } from '../support/cli.ts';
import { numbered, produce } from './support/logs.ts';
import { lithifyEach } from './support/one-process.ts';

/** `AT` is the place, `NEW` a store that is not there, `STORE` one with a topic. */
const READING = [
  ['recorder', 'AT'],
  ['load', 'AT', '--db', 'NEW'],
  ['log', 'produce', 'AT', '--topic', 't', '--db', 'NEW'],
  ['demo', '--check', 'AT', '--db', 'NEW'],
];
const READING_DIRECTORIES = [
  ['import-level', 'AT', '--db', 'NEW'],
  ['log', 'import', 'AT', '--topic', 't', '--db', 'NEW'],
  ['repair', 'AT', '--to', 'NEW'],
];
const CHARTS = ['charts', '--out', 'AT'];
const SUBSCRIBE = ['log', 'subscribe', 't', '--idle-timeout', '0', '--output', 'AT', '--db', 'STORE'];
const WRITING = [
  CHARTS,
  SUBSCRIBE,
  ['demo', '--writes', '10', '--intent', 'AT', '--db', 'NEW'],
  ['log', 'export', 't', '--out', 'AT', '--db', 'STORE'],
  ['restore', 'STORE', '--db', 'AT'],
  ['backup', 'AT', '--db', 'STORE'],
  ['repair', 'STORE', '--to', 'AT'],
];

test('what is not there is named, on one line, and no store is made', async (t) => {
  const { at, refused } = await places(t);
  await refused(
    [...READING, ...READING_DIRECTORIES],
    'none\n\u001b[2J',
    `LITHIFY_NOT_FOUND: Cannot read ${at('none\\u000a\\u001b[2J')}: it is not there; see how it is spelt.`,
  );
});

test('so is a directory in the place of a file, and a file in the place of a directory', async (t) => {
  const { at, refused } = await places(t);
  await refused(
    READING,
    'directory',
    `LITHIFY_INVALID_ARGUMENT: Cannot read ${at('directory')}: it is a directory; a file is wanted there.`,
  );
  const wrong = `LITHIFY_INVALID_ARGUMENT: Cannot read ${at('file')}: it, or a part of its path, is no directory; name another place.`;
  await refused(READING_DIRECTORIES, 'file', wrong);
  const written = new RegExp(`^LITHIFY_INVALID_ARGUMENT: Cannot write ${at('file')}[^:]*: it, or a part of its path, is no directory;`);
  await refused([CHARTS, ['log', 'export', 't', '--out', 'AT', '--db', 'STORE']], 'file', written);
});

test('so is a place below a file, that is to be read or written', async (t) => {
  const { at, refused } = await places(t);
  const wrong = (wanted: string) =>
    new RegExp(`^LITHIFY_INVALID_ARGUMENT: Cannot ${wanted} ${at('file/below')}[^:]*: it, or a part of its path, is no directory;`);
  await refused([...READING, ...READING_DIRECTORIES], 'file/below', wrong('read'));
  await refused(WRITING, 'file/below', wrong('write'));
});

test('so is a store that is no directory, or stands below a file', async (t) => {
  const { at, refused } = await places(t);
  const opening = [
    ['get', 'key', '--db', 'AT'],
    ['stats', '--db', 'AT'],
    ['put', 'key', 'value', '--db', 'AT'],
    ['inspect', '--db', 'AT'],
    ['restore', 'AT', '--db', 'NEW'],
  ];
  const wrong = (path: string) =>
    `LITHIFY_INVALID_ARGUMENT: Cannot open ${at(path)}: it, or a part of its path, is no directory; name another place.`;
  await refused(opening, 'file', wrong('file'));
  await refused(opening.slice(2, 3), 'file/below', wrong('file/below'));
});

test('so is a link that leads in a circle, and a name that is too long', async (t) => {
  const { refused } = await places(t);
  const read = [...READING, ...READING_DIRECTORIES];
  await refused([...read, ...WRITING.slice(0, 2)], 'loop', /^LITHIFY_INVALID_ARGUMENT: Cannot .+loop[^:]*: its links lead in a circle;/);
  await refused([...read, ...WRITING.slice(0, 2)], 'x'.repeat(300), /^LITHIFY_INVALID_ARGUMENT: Cannot .+: its name is too long;/);
});

test('a directory in the place of a file that is to be written stays there, in spite of --force', async (t) => {
  const { at, refused } = await places(t);
  await mkdir(at('directory/writer.mmd'));
  const wrong = (path: string) => `LITHIFY_INVALID_ARGUMENT: Cannot write ${at(path)}: it is a directory; a file is wanted there.`;
  await refused([[...CHARTS, '--force']], 'directory', wrong('directory/writer.mmd'));
  await refused([SUBSCRIBE], 'directory', wrong('directory'));
  t.true(existsSync(at('directory/writer.mmd')));
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('a full disk is said of the file that was to be written', async (t) => {
  const { at, refused } = await places(t);
  await symlink('/dev/full', at('full'));
  await refused([SUBSCRIBE], 'full', `LITHIFY_DISK_FULL: Cannot write ${at('full')}: the disk is full; make room, or name another disk.`);
});

test('a name without a letter is wrong usage, and never the directory that one stands in', async (t) => {
  const stores = [
    ['restore', 'AT', '--db', 'NEW'],
    ['inspect', '--db', 'AT'],
    ['demo', '--db', 'AT'],
    ['log', 'compact', 't', '--module', 'AT', '--db', 'NEW'],
  ];
  const { run } = await places(t);
  for (const { code, stderr, stdout } of await run([...READING, ...READING_DIRECTORIES, ...WRITING, ...stores], '')) {
    t.deepEqual([code, stdout], [2, '']);
    t.regex(stderr, /^error: .+ It is empty\.$/m);
  }
});

test('what this user may not do is said without a word of the system, and what nobody foresaw in its own', (t) => {
  const failing = (code: string) => fileFailure(Object.assign(new Error(`${code}: as it says`), { code }), '/there', 'write');
  t.like(failing('EACCES'), {
    code: 'LITHIFY_INVALID_ARGUMENT',
    message: 'Cannot write /there: this user may not; change its permissions, or name another place.',
    details: { path: '/there' },
  });
  t.regex(failing('EROFS').message, /can only be read/);
  t.regex(failing('EIO').message, /^Cannot write \/there: EIO: as it says; /);
  t.is(fileFailure(failing('EIO'), '/elsewhere', 'read').message, failing('EIO').message, 'said once, and not again');
});

/** A directory with one thing of each kind. */
async function places(t: ExecutionContext) {
  const directory = await freshDirectory(t);
  const at = (entry: string) => join(directory, entry);
  await Promise.all([writeFile(at('file'), 'content'), mkdir(at('directory')), symlink('loop', at('loop'))]);
  await produce(at('store'), 't', numbered(3));

  /** Each with the path of `name` in that directory. */
  const run = async (commands: readonly (readonly string[])[], name: string) => {
    const paths: Readonly<Record<string, string>> = { AT: name === '' ? '' : at(name), NEW: at('new'), STORE: at('store') };
    return await lithifyEach(commands.map((args) => args.map((arg) => paths[arg] ?? arg)));
  };
  const refused = async (commands: readonly (readonly string[])[], name: string, reason: string | RegExp) => {
    const all = await run(commands, name);
    t.is(all.length, commands.length);
    for (const { code, stdout, stderr } of all) {
      t.deepEqual([code, stdout], [1, '']);
      const said = /^lithify: (.+)\n$/.exec(stderr)?.[1] ?? stderr;
      if (typeof reason === 'string') t.is(said, reason);
      else t.regex(said, reason);
    }
    t.false(existsSync(at('new')));
  };
  return { at, run, refused };
}
