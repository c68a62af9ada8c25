import { readFile } from 'node:fs/promises';
import test from 'ava';

/** WCAG 2.2, AA: letters 1.4.3, and what is drawn 1.4.11. */
const LETTERS = 4.5;
const DRAWN = 3;

const GROUNDS = ['ground', 'card', 'raised'];

/** Which colours stand on which; a rule that joins others belongs here. */
const PAIRS: readonly (readonly [front: string, grounds: readonly string[], least: number])[] = [
  ['text', [...GROUNDS, 'accent-ground'], LETTERS],
  ['quiet', [...GROUNDS, 'accent-ground'], LETTERS],
  ['accent', [...GROUNDS, 'accent-ground'], LETTERS],
  ['warn', [...GROUNDS, 'warn-ground'], LETTERS],
  ['good', [...GROUNDS, 'good-ground'], LETTERS],
  ['bad', ['ground', 'card', 'bad-ground'], LETTERS],
  ['on-accent', ['accent'], LETTERS],
  ['on-danger', ['bad'], LETTERS],
  ['edge', ['ground', 'card'], DRAWN],
  ['table', ['card', 'ground'], DRAWN],
  ['held', ['card', 'ground'], DRAWN],
  ['tombstones', ['card', 'ground'], DRAWN],
];

type Colours = ReadonlyMap<string, string>;

async function colours(): Promise<{ readonly light: Colours; readonly dark: Colours }> {
  const css = await readFile(new URL('../../inspector/page/styles/colours.css', import.meta.url), 'utf8');
  const found = [...css.matchAll(/--([\w-]+):\s*light-dark\(\s*(#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\s*\)/g)];
  return { light: new Map(found.map(([, name, light]) => [name, light])), dark: new Map(found.map(([, name, , dark]) => [name, dark])) };
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

for (const mode of ['light', 'dark'] as const) {
  test(`in ${mode} mode everything can be read and seen`, async (t) => {
    const { [mode]: named } = await colours();
    for (const [front, grounds, least] of PAIRS) {
      for (const ground of grounds) {
        const [a, b] = [named.get(front), named.get(ground)];
        if (a === undefined || b === undefined) return t.fail(`--${front} or --${ground} is missing`);
        const found = contrast(a, b);
        t.true(found >= least, `--${front} on --${ground}: ${found.toFixed(2)}, at least ${least}`);
      }
    }
  });
}

test('every colour that has a name is looked at here, or is a ground or a line that says nothing by itself', async (t) => {
  const { light } = await colours();
  const known = new Set([...PAIRS.map(([front]) => front), ...PAIRS.flatMap(([, grounds]) => grounds), 'line']);
  t.deepEqual(
    [...light.keys()].filter((name) => !known.has(name)),
    [],
  );
});
