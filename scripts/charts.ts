/** Draws the machines: inspector/charts/*.json for the page, docs/charts.md for people. To be run when a machine has changed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartFiles } from './charts/files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
for (const [path, content] of await chartFiles()) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  console.log(path);
}
