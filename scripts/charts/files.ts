import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChartLayout } from '../../inspector/chart-layout.ts';
import { chartOf, machines, mermaidOf } from '../../machines/index.ts';
import { layoutOf } from './layout.ts';
import { chartsPage } from './page.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CHARTS_PAGE = 'docs/charts.md';
export const README = 'README.md';

/** By their paths in the repository. */
export async function chartLayouts(): Promise<Map<string, ChartLayout>> {
  const layouts = Object.entries(machines).map(
    async ([id, machine]) => [`inspector/charts/${id}.json`, await layoutOf(chartOf(machine))] as const,
  );
  return new Map(await Promise.all(layouts));
}

/** Every file that is made from the machines, by its path. The same machines give the same bytes. */
export async function chartFiles(): Promise<Map<string, string>> {
  const layouts = [...(await chartLayouts())].map(([path, layout]) => [path, formatted(path, JSON.stringify(layout))] as const);
  return new Map([[CHARTS_PAGE, chartsPage()], [README, withCompactor(await readFile(join(ROOT, README), 'utf8'))], ...layouts]);
}

/** The README with the compactor as it is now in the place of its one diagram. */
export function withCompactor(readme: string): string {
  return readme.replace(/(?<=^```mermaid\n).*?(?=\n```$)/ms, () => mermaidOf(machines.compactor));
}

/** As the linter wants it. */
function formatted(path: string, text: string): string {
  const biome = join(dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')), 'bin/biome');
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], { input: text, encoding: 'utf8' });
}
