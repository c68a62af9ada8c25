import { anchorsOf, type Link, linksOf, placeOf, plain } from './markdown.ts';

/**
 * Leads links to headings that are there. The generator counts names that it never makes headings of, so that a link may go to
 * `#enginestats-1` where there is one `### EngineStats` only. Throws where no heading, or more than one, has the link's words.
 */
export function mendLinks(pages: ReadonlyMap<string, string>): Map<string, string> {
  const anchors = new Map([...pages].map(([page, text]) => [page, anchorsOf(text)]));
  return new Map(
    [...pages].map(([page, text]) => {
      const broken = linksOf(text).filter((link) => isBroken(link, page, anchors));
      return [page, broken.reduce((mended, link) => withMended(mended, link, page, anchors), text)];
    }),
  );
}

type Anchors = ReadonlyMap<string, ReadonlyMap<string, string>>;

function isBroken(link: Link, page: string, anchors: Anchors): boolean {
  const place = placeOf(link, page);
  return place?.anchor !== undefined && anchors.get(place.page)?.has(place.anchor) !== true;
}

function withMended(text: string, link: Link, page: string, anchors: Anchors): string {
  const there = anchors.get(placeOf(link, page)?.page ?? page) ?? new Map<string, string>();
  const [anchor, ...others] = [...there].filter(([, heading]) => heading === plain(link.words)).map(([name]) => name);
  if (anchor === undefined || others.length > 0) throw new Error(`${page}: [${link.words}](${link.target}) leads nowhere`);
  const [path = ''] = link.target.split('#');
  return text.replaceAll(`[${link.words}](${link.target})`, `[${link.words}](${path}#${anchor})`);
}
