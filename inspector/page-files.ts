import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled } from '../protocol/bundled.ts';
import type { Answer } from './http/answer.ts';
import { safetyHeaders } from './http/answer.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
/** Plain names, so that a name in an address is the one in the table, character by character. */
const NAME = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*$/;

/** Of what stands outside page/ the only modules that the page has more of than types: it parses dumps as everybody does. */
const shared = () => [new URL('../protocol/recorder-dump.ts', import.meta.url), new URL('../protocol/errors.ts', import.meta.url)];

/**
 * Everything that may be served as a file, by its name in the address, found once: a name that is not in the table is not
 * there. The page's own files, those few of protocol/ below 'protocol/', and the browser's build of lit-html below 'lit-html/'.
 * LITHIFY_UNSUPPORTED: they are not beside this code.
 */
export async function pageFiles(): Promise<ReadonlyMap<string, string>> {
  try {
    return await findFiles();
  } catch (error) {
    throw bundled("The inspector's page", error);
  }
}

async function findFiles(): Promise<ReadonlyMap<string, string>> {
  const page = fileURLToPath(new URL('./page/', import.meta.url));
  const own = await filesIn(page);
  const library = (await filesIn(litHtml())).filter(([name]) => /^(?:directives\/)?[\w-]+\.js$/.test(name));
  const ofBoth = shared()
    .map((url) => fileURLToPath(url))
    .map((path) => [`protocol/${basename(path)}`, path] as const);
  return new Map([...[...own, ...ofBoth].flatMap(servedNames), ...library.map(([name, path]) => [`lit-html/${name}`, path] as const)]);
}

async function filesIn(directory: string): Promise<(readonly [name: string, path: string])[]> {
  const found = await readdir(directory, { withFileTypes: true, recursive: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(directory, path).replaceAll('\\', '/'), path] as const)
    .filter(([name]) => NAME.test(name) && extname(name) in TYPES && !name.endsWith('.d.ts'));
}

/** In the source tree a script is TypeScript, and the page asks for it by the name that it has when it is built. */
function servedNames([name, path]: readonly [string, string]): (readonly [string, string])[] {
  return name.endsWith('.ts')
    ? [
        [name, path],
        [name.replace(/\.ts$/, '.js'), path],
      ]
    : [[name, path]];
}

/** Node's own entry is another file than a browser's, but in the same package. */
function litHtml(): string {
  let directory = new URL('./', import.meta.resolve('lit-html'));
  while (!existsSync(new URL('package.json', directory))) directory = new URL('../', directory);
  return fileURLToPath(directory);
}

/** Read anew each time: it is asked for once a page, and a developer reloads. */
export async function fileAnswer(path: string): Promise<Answer> {
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  const bytes = await readFile(path);
  if (path.endsWith('.ts')) return { type, body: stripTypeScriptTypes(bytes.toString()) };
  if (path.endsWith('.html')) return { type, body: bytes, headers: safetyHeaders(importMapHashes(bytes.toString())) };
  return { type, body: bytes };
}

const IMPORT_MAP = /<script\s+type=["']?importmap["']?\s*>(.*?)<\/script>/gis;

/** The only scripts that may stand in the page itself. */
function importMapHashes(html: string): string[] {
  return Array.from(html.matchAll(IMPORT_MAP), ([, text = '']) => createHash('sha256').update(text).digest('base64'));
}
