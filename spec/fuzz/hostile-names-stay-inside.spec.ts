import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DurableFile } from '../../cli/log/durable-file.ts';
import { findFiles } from '../../cli/log/streambed-directory.ts';
import { runCommandLine } from '../../cli/program.ts';
import { type Engine, LithifyError, open } from '../../index.ts';
import { topicFiles } from '../../storage/log/streambed/topic-files.ts';
import { escapes } from '../../torture/fuzz/escapes.ts';
import { NAMES } from '../../torture/fuzz/names.ts';
import { TINY, tempDirectory } from '../support/engines.ts';

/** What may lie beside the directory, and under it, must not be read or written. */
async function surroundings(t: ExecutionContext): Promise<{ root: string; inside: string }> {
  const root = await tempDirectory(t);
  const inside = join(root, 'a', 'topics');
  await mkdir(inside, { recursive: true });
  for (const place of [root, join(root, 'a')])
    for (const name of ['x', 'x.history', 'passwd']) await writeFile(join(place, name), 'a secret');
  return { root, inside };
}

async function treeOf(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).sort();
}

function filesOf(name: string): ReturnType<typeof topicFiles> | undefined {
  try {
    return topicFiles('/var/logged', name);
  } catch (error) {
    if (error instanceof LithifyError && error.code === 'LITHIFY_INVALID_ARGUMENT') return undefined;
    throw error;
  }
}

const INSIDE = NAMES.filter((name) => filesOf(name) !== undefined);

test('the files of a topic are in the directory, on every system, or there are none', (t) => {
  for (const name of NAMES) {
    const files = filesOf(name);
    for (const path of files === undefined ? [] : [files.active, files.history, files.ancientHistory])
      t.false(escapes('/var/logged', path), path);
  }
  t.true(INSIDE.includes('a/b') && INSIDE.includes('__proto__') && INSIDE.includes('\uff0e\uff0e/x'));
});

for (const name of ['../x', 'a/../../x', '..', '/etc/x', '..\\x', 'a\\..\\..\\x', '\\\\server\\share\\x', '\\x', 'a\0b']) {
  test(`${JSON.stringify(name)} is no name of a file`, (t) => {
    t.is(filesOf(name), undefined);
  });
}

test('what is exported under any name is written inside, or nowhere', async (t) => {
  const { root, inside } = await surroundings(t);
  const before = await treeOf(root);
  for (const name of NAMES) {
    const active = filesOf(name) && topicFiles(inside, name).active;
    if (active === undefined) await t.throwsAsync(findFiles(inside, name), { code: 'LITHIFY_INVALID_ARGUMENT' });
    else await new DurableFile(active).fill(async (write) => write(Buffer.from('x'))).catch((error) => t.is(error.code, 'ENAMETOOLONG'));
  }
  const added = (await treeOf(root)).filter((path) => !before.includes(path));
  t.true(added.length > 10);
  t.deepEqual(
    added.filter((path) => !path.startsWith(join('a', 'topics'))),
    [],
  );
});

test.serial('the commands that import and export refuse to leave the directory, and make no store', async (t) => {
  const { root, inside } = await surroundings(t);
  const before = await treeOf(root);
  const db = join(root, 'store');
  const { said, codes } = await quietly(async () => {
    const ended: number[] = [];
    for (const name of ['../x', '../../x', join(root, 'x'), '..\\x', 'a\0b', '']) {
      ended.push(await runCommandLine(['log', 'import', inside, '--topic', name, '--db', db]));
      ended.push(await runCommandLine(['log', 'export', 'topic', '--out', inside, '--as', name, '--db', db]));
    }
    return ended;
  });
  t.deepEqual([...new Set(codes)], [1]);
  t.is(said.match(/LITHIFY_INVALID_ARGUMENT/g)?.length, 12);
  t.false(said.includes('secret'));
  t.deepEqual(await treeOf(root), before);
});

test.serial('what a command says of a hostile name drives no terminal', async (t) => {
  const root = await tempDirectory(t);
  const { said } = await quietly(async () => [
    await runCommandLine(['log', 'import', root, '--topic', '\x1b]0;owned\x07\u009b2J', '--db', join(root, 'store')]),
    await runCommandLine(['load', join(root, '\x1b[2J'), '--db', join(root, 'store')]),
  ]);
  t.true(said.includes('\\u001b[2J'));
  t.notRegex(said.replaceAll('\n', ''), /\p{Cc}/u);
});

test('a topic may have any name that is text, and no name is a path in the store', async (t) => {
  const root = await tempDirectory(t);
  const engine = await open(join(root, 'store'), TINY);
  const plain = await produceAll(engine, ['plain']);
  t.is(plain, 1);
  const before = await treeOf(root);
  const stored = await produceAll(engine, NAMES);
  t.true(stored > 40);
  t.is(engine.topics().length, stored + plain);
  await engine.close();
  const strange = (await treeOf(root)).filter((path) => !before.includes(path) && !/^store\/[a-z]+(\/[\w.-]+)?$/.test(path));
  t.deepEqual(strange, []);
});

/** How many of the names a topic may have. */
async function produceAll(engine: Engine, names: readonly string[]): Promise<number> {
  let stored = 0;
  for (const name of names) {
    try {
      await engine.topic(name).produce({ key: 1n, value: name });
      stored++;
    } catch (error) {
      if (!(error instanceof LithifyError && error.code === 'LITHIFY_INVALID_ARGUMENT')) throw error;
    }
  }
  return stored;
}

// Each run listens for the end of stderr's reader, as a process does once.
process.stderr.setMaxListeners(0);

/** What it writes to stderr, instead of writing it. */
async function quietly(run: () => Promise<number[]>): Promise<{ said: string; codes: number[] }> {
  const { write } = process.stderr;
  let said = '';
  process.stderr.write = (chunk: string | Uint8Array) => {
    said += String(chunk);
    return true;
  };
  try {
    const codes = await run();
    return { said, codes };
  } finally {
    process.stderr.write = write;
  }
}
