import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { tempDirectory } from '../support/engines.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the first program of the README works when pasted', async (t) => {
  const [program] = await codeBlocks('ts');
  t.truthy(program, 'there is a TypeScript block');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^2\d °C$/m);
  t.regex(stdout, /^100 entries in 1 table$/m);
  t.regex(stdout, /^sensor:90 2\d °C\nsensor:91 2\d °C\nsensor:92 2\d °C$/m);
  t.regex(stdout, /^flush: /m);
});

test('so does the program in the place of level', async (t) => {
  const [, program] = await codeBlocks('ts');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^\{ celsius: 21 \} undefined$/m);
  t.regex(stdout, /count: 0/);
});

test('so does the program about commit logs', async (t) => {
  const [, , program] = await codeBlocks('ts');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /name: 'readings',/);
  t.regex(stdout, /records: 100$/m);
  t.regex(stdout, /^4942 2\d °C$/m);
});

test('so does the simulation of docs/testing.md', async (t) => {
  const [program] = await codeBlocks('ts', 'docs/testing.md');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^\d+ steps, \d+ storage operations, trace [0-9a-f]{8}-\d+$/m);
});

test('so does its program about faults on a real disk', async (t) => {
  const [, program] = await codeBlocks('ts', 'docs/testing.md');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^key \d: LITHIFY_DISK_FULL$/m);
  t.regex(stdout, /'key 0'/);
});

test('every file that the README and the docs link to is there', async (t) => {
  for (const [page, base] of [
    ['README.md', ''],
    ['docs/architecture.md', 'docs/'],
    ['docs/backup.md', 'docs/'],
    ['docs/durability.md', 'docs/'],
    ['docs/from-level.md', 'docs/'],
    ['docs/lessons.md', 'docs/'],
    ['docs/lessons-logs.md', 'docs/'],
    ['docs/testing.md', 'docs/'],
    ['docs/trust.md', 'docs/'],
  ] as const) {
    const text = await readFile(`${ROOT}${page}`, 'utf8');
    for (const [, link] of text.matchAll(/\]\(([^)#\s]+)\)/g)) {
      if (link === undefined || link.includes('://')) continue;
      await t.notThrowsAsync(() => run('test', ['-e', new URL(link, `file://${ROOT}${base}`).pathname]), `${page} links to ${link}`);
    }
  }
});

async function codeBlocks(language: string, page = 'README.md'): Promise<string[]> {
  const text = await readFile(`${ROOT}${page}`, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code ?? '');
}

/** In the package's own folder, so that it finds itself by name; unbuilt, as everywhere in the specs. */
async function runPasted(program: string, cwd: string): Promise<{ stdout: string }> {
  await mkdir(`${ROOT}.tmp`, { recursive: true });
  const folder = await mkdtemp(`${ROOT}.tmp/readme-`);
  try {
    await writeFile(`${folder}/program.ts`, program);
    return await run(process.execPath, ['--conditions=lithify-source', `${folder}/program.ts`], { cwd });
  } finally {
    await rm(folder, { recursive: true });
  }
}
