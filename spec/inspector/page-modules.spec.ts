import { posix } from 'node:path';
import test from 'ava';
import { fileAnswer, pageFiles } from '../../inspector/page-files.ts';

/** As a browser sees them: the secret is one folder, and no address goes above its root. */
const PAGE = 'http://127.0.0.1/secret/';

/** The address of what a script names, by the import map of the page. */
function resolved(specifier: string, from: string, imports: Readonly<Record<string, string>>): string {
  const address = /^\.{0,2}\//.test(specifier) ? new URL(specifier, from).href : specifier;
  const entries = Object.entries(imports).map(([key, to]) => [key.startsWith('.') ? new URL(key, PAGE).href : key, to] as const);
  const [key, to] = entries.find(([key]) => address === key || (key.endsWith('/') && address.startsWith(key))) ?? ['', ''];
  return key === '' ? address : new URL(to + address.slice(key.length), PAGE).href;
}

test('whatever the scripts of the page import is served', async (t) => {
  const files = await pageFiles();
  const html = String((await fileAnswer(files.get('index.html') ?? '')).body);
  const { imports } = JSON.parse(/<script type="importmap">(.*)<\/script>/.exec(html)?.[1] ?? '');
  const scripts = [...files].filter(([name]) => /^(?!lit-html\/).*\.js$/.test(name));
  t.true(scripts.length > 30);
  for (const [name, path] of scripts) {
    const text = String((await fileAnswer(path)).body);
    for (const [, specifier] of text.matchAll(/^(?:import\b[^;'"]*|export\b[^;'"(=]*\bfrom\s*)['"]([^'"]+)['"]/gm)) {
      const address = resolved(specifier, new URL(name, PAGE).href, imports);
      t.true(address.startsWith(PAGE) && files.has(address.slice(PAGE.length)), `${name} imports ${specifier}: ${address}`);
    }
  }
});

test('of what stands outside the page’s folder only the reader of dumps is served, and what it needs', async (t) => {
  const names = [...(await pageFiles()).keys()].filter((name) => posix.dirname(name).startsWith('protocol'));
  t.deepEqual(names.sort(), ['protocol/errors.js', 'protocol/errors.ts', 'protocol/recorder-dump.js', 'protocol/recorder-dump.ts']);
});
