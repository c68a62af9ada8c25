import { readFile } from 'node:fs/promises';
import test from 'ava';

/** Rows are a letter and a number; every defect has one, but for those of which nothing can come up here. */
const PAGES = [
  { page: 'lessons.md', letter: 'D', defects: 38, without: [] },
  { page: 'lessons-logs.md', letter: 'L', defects: 45, without: [43] },
];

for (const { page, letter, defects, without } of PAGES) {
  test(`every lesson of ${page} names a spec that is there, by a title that it has`, async (t) => {
    const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
    const lessons = named(text, letter);
    const isToBeThere = (_: string, i: number) => !without.some((number) => number === i + 1);
    t.deepEqual(
      [...new Set(lessons.map(({ row }) => row))],
      Array.from({ length: defects }, (_, i) => `${letter}${i + 1}`).filter(isToBeThere),
    );
    for (const number of without) t.regex(text, new RegExp(`^- ${letter}${number}: `, 'm'), 'it says why there is none');
    // So that no title is passed over because it is written in another way.
    t.is(lessons.flatMap(({ titles }) => titles).length, [...text.matchAll(/“/g)].length);
    for (const { row, file, titles } of lessons) {
      const specs = await titlesIn(file);
      for (const title of titles)
        t.true(
          specs.some((line) => line.includes(title)),
          `${row}: ${file} has no “${title}”`,
        );
    }
  });
}

/** Each row's specs: the file, and what its titles say. */
function named(page: string, letter: string): { row: string; file: string; titles: string[] }[] {
  const rows = [...page.matchAll(new RegExp(`^\\| (${letter}\\d+) \\|.*\\| (.*) \\|$`, 'gm'))];
  return rows.flatMap(([, row, specs]) =>
    [...specs.matchAll(/\[[^\]]+\]\(\.\.\/(spec\/[^)]+)\)((?:(?:: |<br>)“[^”]+”)+)/g)].map(([, file, titles]) => ({
      row,
      file,
      titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title]) => title),
    })),
  );
}

async function titlesIn(file: string): Promise<string[]> {
  const source = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  return source.split('\n').filter((line) => /^\s*(test|onLinux)/.test(line));
}
