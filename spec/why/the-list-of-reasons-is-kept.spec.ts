import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { REASON_CODES } from '../../protocol/why.ts';

const SOURCES = new URL('../../actors/observation/why/', import.meta.url);

function sources(): string {
  return readdirSync(SOURCES)
    .map((name) => readFileSync(new URL(name, SOURCES), 'utf8'))
    .join('\n');
}

/** Rows of the page's tables: the code, what it means, what can be done. */
function rows(): string[][] {
  const page = readFileSync(new URL('../../docs/why.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^\| `([a-z-]+)` \|(.*)\|(.*)\|$/gm)].map(([, code, meaning, remedy]) => [code, meaning.trim(), remedy.trim()]);
}

test('docs/why.md lists every code once, and no other', (t) => {
  t.deepEqual(
    rows().map(([code]) => code),
    [...REASON_CODES],
  );
});

test('of each it says what it means', (t) => {
  for (const [code, meaning] of rows()) t.true(meaning.length > 15, code);
});

test('every code is one that the engine gives, and no code is listed twice', (t) => {
  const code = sources();
  for (const one of REASON_CODES) t.true(code.includes(`'${one}'`), `nothing gives ${one}`);
  t.is(new Set(REASON_CODES).size, REASON_CODES.length);
});
