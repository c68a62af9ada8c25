import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { anchorsOf, linksOf, placeOf } from '../../scripts/api/markdown.ts';
import { mendLinks } from '../../scripts/api/mend-links.ts';
import { ROOT, textOf } from './support/samples.ts';

const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];

for (const page of PAGES) {
  test(`every link of ${page} leads to a file that is there, and to an anchor that it has`, (t) => {
    t.deepEqual(
      linksOf(textOf(page))
        .map(({ target }) => target)
        .filter((target) => !isThere(target, page)),
      [],
    );
  });
}

function isThere(target: string, from: string): boolean {
  const place = placeOf({ target }, from);
  if (place === undefined) return true;
  const { page, anchor } = place;
  if (!existsSync(join(ROOT, page))) return false;
  // What is no page has lines only, and their numbers change.
  return anchor === undefined || (page.endsWith('.md') && anchorsOf(textOf(page)).has(anchor));
}

test('links are found wherever they stand, and are none within code', (t) => {
  const text = [
    'See [`a`](a.md), ![a picture](images/b.png) and ([c](c.md#x_y)).',
    '| [d](#d) | `[e](e.md)` |',
    '```ts\nconst f = "[f](f.md)";\n```',
  ].join('\n');
  t.deepEqual(
    linksOf(text).map(({ target }) => target),
    ['a.md', 'images/b.png', 'c.md#x_y', '#d'],
  );
  t.deepEqual(placeOf({ target: '../e%20f.md#g' }, 'docs/api/index.md'), { page: 'docs/e f.md', anchor: 'g' });
  t.deepEqual(placeOf({ target: '#g' }, 'docs/h.md'), { page: 'docs/h.md', anchor: 'g' });
  t.is(placeOf({ target: 'https://example.org/#g' }, 'docs/h.md'), undefined);
});

test('a heading has the anchor that GitHub gives it', (t) => {
  const text = '# A `code()`, and *more*: what’s\\_that?\n\n## Twice\n\n```sh\n# no heading\n```\n\n## Twice\n\n| <a id="own"></a> |\n';
  t.deepEqual([...anchorsOf(text).keys()], ['a-code-and-more-whats_that', 'twice', 'twice-1', 'own']);
});

test('a generated link that leads nowhere is led to the one heading of its words, or nothing is generated', (t) => {
  const pages = (link: string) =>
    new Map([
      ['index.md', '### Stats\n\n### Stats()\n\n### Twice\n\n### Twice\n'],
      ['other.md', `${link} and [\`Stats\`](index.md#stats)`],
    ]);
  t.is(mendLinks(pages('[`Stats`](index.md#stats-7)')).get('other.md'), '[`Stats`](index.md#stats) and [`Stats`](index.md#stats)');
  for (const link of ['[`None`](index.md#none)', '[`Twice`](index.md#twice-2)', '[`Stats`](#stats)'])
    t.throws(() => mendLinks(pages(link)), { message: `other.md: ${link} leads nowhere` });
});
