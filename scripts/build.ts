/**
 * Makes dist/: ES modules and their types. The compiler rewrites `.ts` in imports, but neither in
 * `new URL('./x.ts', import.meta.url)`, by which workers are found, nor in declarations; that is done here.
 */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');
const COMMAND = join(dist, 'cli/main.js');

await rm(dist, { recursive: true, force: true });
compile('tsconfig.build.json');
compile('inspector/page/tsconfig.build.json');
for await (const file of glob('**/*.js', { cwd: dist })) {
  await rewrite(join(dist, file), /(new URL\(\s*['"]\.{1,2}\/[^'"]+)\.ts(['"],\s*import\.meta\.url\s*\))/g);
}
for await (const file of glob('**/*.d.ts', { cwd: dist })) {
  await rewrite(join(dist, file), /((?:from |import |import\()['"]\.{1,2}\/[^'"]+)\.ts(['"])/g);
}
await copyPage();
await makeCommand();

/** What the page needs besides its scripts: it asks for them by the names that they have here. */
async function copyPage(): Promise<void> {
  for (const pattern of ['inspector/page/**/*.{html,css,svg}', 'inspector/charts/*.json']) {
    for await (const file of glob(pattern, { cwd: root })) {
      await mkdir(dirname(join(dist, file)), { recursive: true });
      await copyFile(join(root, file), join(dist, file));
    }
  }
}

function compile(project: string): void {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, project)], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** `.ts` and `.js` are equally long, so the source maps stay right. */
async function rewrite(file: string, specifiers: RegExp): Promise<void> {
  const text = await readFile(file, 'utf8');
  const rewritten = text.replace(specifiers, '$1.js$2');
  if (rewritten !== text) await writeFile(file, rewritten);
  const left = /['"]\.{1,2}\/[^'"\s]+(?<!\.d)\.ts['"]/.exec(rewritten);
  if (left !== null) throw new Error(`${file} still names the source file ${left[0]}.`);
}

async function makeCommand(): Promise<void> {
  const text = await readFile(COMMAND, 'utf8');
  if (!text.startsWith('#!')) throw new Error('cli/main.ts must begin with #!/usr/bin/env node, because it becomes the lithify command.');
  await chmod(COMMAND, 0o755);
}
