/** Makes docs/api out of the docstrings. typedoc has a compiler of its own here: TypeScript 7 has no interface for it yet. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('./', import.meta.url));
const typedoc = `${here}node_modules/typedoc/bin/typedoc`;

if (!existsSync(typedoc)) run('npm', ['ci', '--no-audit', '--no-fund', '--silent']);
run(process.execPath, [typedoc, '--options', `${here}typedoc.json`]);

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
