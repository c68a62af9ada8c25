import { readFile } from 'node:fs/promises';
import test from 'ava';

const PAGE = new URL('../../docs/lessons.md', import.meta.url);

/** Each row's specs: the file, and what its titles say. */
async function named(): Promise<{ row: string; file: string; titles: string[] }[]> {
  const rows = [...(await readFile(PAGE, 'utf8')).matchAll(/^\| (D\d+) \|.*\| (.*) \|$/gm)];
  return rows.flatMap(([, row, specs]) =>
    [...specs.matchAll(/\[[^\]]+\]\(\.\.\/(spec\/[^)]+)\)((?:(?:: |<br>)“[^”]+”)+)/g)].map(([, file, titles]) => ({
      row,
      file,
      titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title]) => title),
    })),
  );
}

/** So that no title is passed over because it is written in another way. */
async function quoted(): Promise<number> {
  return [...(await readFile(PAGE, 'utf8')).matchAll(/“/g)].length;
}

test('every lesson names a spec that is there, by a title that it has', async (t) => {
  const lessons = await named();
  t.deepEqual(
    [...new Set(lessons.map(({ row }) => row))],
    Array.from({ length: 38 }, (_, i) => `D${i + 1}`),
  );
  t.is(
    lessons.reduce((sum, { titles }) => sum + titles.length, 0),
    await quoted(),
  );
  for (const { row, file, titles } of lessons) {
    const source = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    const specs = source.split('\n').filter((line) => /^\s*(test|onLinux)/.test(line));
    for (const title of titles) {
      t.true(
        specs.some((line) => line.includes(title)),
        `${row}: ${file} has no “${title}”`,
      );
    }
  }
});
