import test from 'ava';
import { tempDirectory } from '../support/engines.ts';
import { codeBlocks, pages, ROOT, runPasted } from './support/samples.ts';

/** What each sample of these pages prints is looked at in the-readme-runs.spec.ts. */
const LOOKED_AT_ELSEWHERE = new Set(['README.md', 'docs/testing.md']);

for (const page of pages()) {
  if (LOOKED_AT_ELSEWHERE.has(page)) continue;
  const samples = codeBlocks('ts', page);
  if (samples.length === 0) continue;
  test.serial(`every sample of ${page} is a whole program, and runs`, async (t) => {
    for (const [i, sample] of samples.entries()) {
      await t.notThrowsAsync(async () => runPasted(sample, await tempDirectory(t)), `sample ${i + 1} of ${page}:\n${sample}`);
    }
  });
}

test('every command of lithify that a page shows is one that there is', async (t) => {
  const known = await commands();
  t.true(known.has('compact'));
  for (const page of pages()) {
    const shown = ['sh', 'bash', ''].flatMap((language) => codeBlocks(language, page)).join('\n');
    for (const [line, command] of shown.matchAll(/^\s*npx lithify ([a-z][a-z-]*)/gm)) t.true(known.has(command), `${page}: ${line}`);
  }
});

async function commands(): Promise<Set<string>> {
  const { stdout } = await runPasted(`process.argv.push('--help'); await import('${ROOT}cli/main.ts');`, ROOT);
  return new Set([...stdout.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name));
}
