import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bug, planted } from './bug.ts';
import { IN_A_COPY } from './in-a-copy.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** What the attacks are not made of. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', 'docs', 'bench', 'examples', '.git', '.ci']);

/** A bug may make the copy stand still; whoever waits for it hears of that. */
const MOST_MS = 10 * 60_000;

/** Where an attack begins, and for how long it goes on. */
export interface Bounds {
  readonly seed: number;
  readonly rounds: number;
}

/** `seed`: of the round that broke. */
export type Verdict =
  | { readonly isCaught: true; readonly seed: number; readonly said: string }
  | { readonly isCaught: false; readonly said: string };

/** Attacks a copy of the source that has the bug. Rejects when the copy does not even load: nothing was attacked then. */
export async function attackWith(bug: Bug, bounds: Bounds): Promise<Verdict> {
  const copy = await mkdtemp(join(tmpdir(), 'lithify-planted-'));
  try {
    await copySource(copy);
    const file = join(copy, bug.file);
    await writeFile(file, planted(bug, await readFile(file, 'utf8')));
    return await attack(copy, bug, bounds);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Does it fit the source as it is? Throws otherwise. */
export async function expectToFit(bug: Bug): Promise<void> {
  planted(bug, await readFile(join(ROOT, bug.file), 'utf8'));
}

async function copySource(copy: string): Promise<void> {
  for (const entry of await readdir(ROOT)) {
    if (!LEFT_OUT.has(entry)) await cp(join(ROOT, entry), join(copy, entry), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
}

async function attack(copy: string, bug: Bug, { seed, rounds }: Bounds): Promise<Verdict> {
  const options = ['--only', bug.attack, '--seed', String(seed), '--rounds', String(rounds)];
  const { code, said } = await run(copy, ['--conditions=lithify-source', 'torture/main.ts', ...options]);
  const broken = new RegExp(`^BROKEN: ${bug.attack}, seed (\\d+): (.*)$`, 'm').exec(said);
  if (code === 1 && broken !== null) return { isCaught: true, seed: Number(broken[1]), said: broken[2] };
  if (code === 0) return { isCaught: false, said: 'all promises held' };
  throw new Error(`With the bug '${bug.name}' ${bug.attack} did not end as attacks do (exit code ${code}):\n${said.slice(-2000)}`);
}

function run(cwd: string, args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, [IN_A_COPY]: '1' };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'], timeout: MOST_MS });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
}
