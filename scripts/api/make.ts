/** Makes docs/api out of the docstrings. typedoc has a compiler of its own here: TypeScript 7 has no interface for it yet. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mendLinks } from './mend-links.ts';

const here = fileURLToPath(new URL('./', import.meta.url));
const out = fileURLToPath(new URL('../../docs/api/', import.meta.url));
const typedoc = `${here}node_modules/typedoc/bin/typedoc`;

if (!existsSync(typedoc)) run('npm', ['ci', '--no-audit', '--no-fund', '--silent']);
run(process.execPath, [typedoc, '--options', `${here}typedoc.json`]);
const made = new Map(globSync('*.md', { cwd: out }).map((page) => [page, readFileSync(out + page, 'utf8')]));
for (const [page, text] of mendLinks(made)) writeFileSync(out + page, text);

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
