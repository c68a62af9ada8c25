import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { machines } from 'lithify/machines';
import { CHARTS_PAGE, chartLayouts, README, withCompactor } from '../../scripts/charts/files.ts';
import { chartsPage } from '../../scripts/charts/page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const BEHIND = 'is not of the machines as they are now; run: npm run charts';

test('the page draws the machines as they are', async (t) => {
  for (const [path, layout] of await chartLayouts()) {
    const drawn: unknown = JSON.parse(await readFile(`${root}${path}`, 'utf8').catch(() => 'null'));
    t.true(isDeepStrictEqual(drawn, layout), `${path} ${BEHIND}`);
  }
});

test('docs/charts.md shows the machines as they are', async (t) => {
  const shown = await readFile(`${root}${CHARTS_PAGE}`, 'utf8').catch(() => '');
  t.true(shown === chartsPage(), `${CHARTS_PAGE} ${BEHIND}`);
});

test('the README shows the compactor as it is', async (t) => {
  const shown = await readFile(`${root}${README}`, 'utf8');
  t.regex(shown, /^```mermaid$/m);
  t.true(shown === withCompactor(shown), `${README} ${BEHIND}`);
});

test('of every machine there is a drawing, and of nothing else', async (t) => {
  t.deepEqual(
    (await readdir(`${root}inspector/charts`)).toSorted(),
    Object.keys(machines)
      .map((id) => `${id}.json`)
      .toSorted(),
  );
});

test('every machine is found by its id', (t) => {
  for (const [id, machine] of Object.entries(machines)) t.is(machine.id, id);
});
