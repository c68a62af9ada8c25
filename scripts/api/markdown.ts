import { posix } from 'node:path';

/** A link as it stands in a page: `[words](target)`, an image too. */
export interface Link {
  readonly words: string;
  readonly target: string;
}

/** Where a link within the repository leads; undefined: out of it. */
export interface Place {
  /** From where the page's own path begins. */
  readonly page: string;
  readonly anchor?: string;
}

/** Every link outside code. */
export function linksOf(text: string): Link[] {
  return [...withoutCode(text).matchAll(/\[([^\][]*)\]\(([^()\s]+)\)/g)].map(([, words = '', target = '']) => ({ words, target }));
}

export function placeOf({ target }: Pick<Link, 'target'>, page: string): Place | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = target.split('#').map(decodeURI);
  const there = path === '' ? page : posix.join(posix.dirname(page), path);
  return { page: there, ...(anchor !== undefined && { anchor }) };
}

/** By its anchor, what GitHub lets a link lead to: headings by their words, and `<a id>`, of which there are none to tell. */
export function anchorsOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const uses = new Map<string, number>();
  for (const [, heading = ''] of withoutBlocks(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const words = plain(heading);
    const slug = slugOf(words);
    const before = uses.get(slug) ?? 0;
    uses.set(slug, before + 1);
    found.set(before === 0 ? slug : `${slug}-${before}`, words);
  }
  for (const [, id = ''] of withoutCode(text).matchAll(/<a id="([^"]+)"/g)) found.set(id, '');
  return found;
}

/** Without marks of emphasis and code, and of a link only what is read. */
export function plain(words: string): string {
  return words
    .replace(/\[([^\][]*)\]\([^()]*\)/g, '$1')
    .replace(/\\([^\w\s])/g, '$1')
    .replace(/[`*]/g, '');
}

/** As GitHub makes it. */
function slugOf(words: string): string {
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

function withoutBlocks(text: string): string {
  return text.replace(/^( *)(```+)[^`\n]*\n.*?^\1\2$/gms, '');
}

/** A link may have code for its words, but what looks like one within code is none. */
function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/(`+)[^\n]+?\1(?!`)/g, (code) => (code.includes('](') ? '' : code));
}
