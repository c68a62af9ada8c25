/**
 * What a user gets: packs dist/, installs the tarball into an empty project, checks a small program's types against it
 * and runs that program and the command. Needs a build.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const project = await mkdtemp(join(tmpdir(), 'lithify-smoke-'));
try {
  await makeProject();
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', pack(), `@types/node@${await versionOf('@types/node')}`]);
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project]);
  run(process.execPath, ['consumer.ts']);
  run(process.execPath, ['node_modules/lithify/dist/cli/main.js', '--help']);
  console.log('The packed package installs, type-checks and runs.');
} finally {
  await rm(project, { recursive: true, force: true });
}

async function makeProject(): Promise<void> {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  await copyFile(join(root, 'scripts/smoke/consumer.ts'), join(project, 'consumer.ts'));
}

/** The tarball's path. Scripts are off because the build has been made, and so that nothing else prints. */
function pack(): string {
  const listing = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: root,
    encoding: 'utf8',
  });
  const packed: unknown = JSON.parse(listing);
  const first: unknown = Array.isArray(packed) ? packed[0] : undefined;
  if (typeof first !== 'object' || first === null || !('filename' in first)) throw new Error(`npm pack answered ${listing}`);
  return join(project, String(first.filename));
}

/** The consumer gets the same type definitions of Node that this project was checked with. */
async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(text).version;
}

function run(command: string, args: readonly string[]): void {
  const { status, signal } = spawnSync(command, args, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}`);
}
