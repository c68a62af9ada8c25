import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const UNBUILT = ['--conditions=lithify-source'];
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The README and what stands in docs/, but for what is generated from the sources. */
export function pages(): string[] {
  const docs = globSync('docs/**/*.md', { cwd: ROOT }).filter((page) => !page.startsWith('docs/api/'));
  return ['README.md', ...docs.sort()];
}

export function textOf(page: string): string {
  return readFileSync(`${ROOT}${page}`, 'utf8');
}

/** Code blocks of one language, in their order. */
export function codeBlocks(language: string, page = 'README.md'): string[] {
  return [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code ?? '');
}

/** The one sample of the page that has these words. */
export function sampleWith(words: string, page = 'README.md'): string {
  const found = codeBlocks('ts', page).filter((code) => code.includes(words));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${page} has ${found.length} samples with ${words}.`);
  return found[0];
}

/** In the package's own folder, so that it finds itself by name; unbuilt, as everywhere in the specs. */
export function runPasted(program: string, cwd: string): Promise<{ stdout: string }> {
  return pasted(program, (file) => run(process.execPath, [...UNBUILT, file], { cwd, timeout: 60_000 }));
}

/** One that goes on until it is stopped: `work` gets its first line, and then it is killed. */
export function whilePasted<T>(program: string, cwd: string, work: (line: string) => Promise<T>): Promise<T> {
  return pasted(program, async (file) => {
    const child = spawn(process.execPath, [...UNBUILT, file], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [chunk] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
      return await work(String(chunk).split('\n', 1)[0] ?? '');
    } finally {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  });
}

async function pasted<T>(program: string, work: (file: string) => Promise<T>): Promise<T> {
  await mkdir(`${ROOT}.tmp`, { recursive: true });
  const folder = await mkdtemp(`${ROOT}.tmp/sample-`);
  try {
    await writeFile(`${folder}/program.ts`, program);
    return await work(`${folder}/program.ts`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
