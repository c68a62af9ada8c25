import { createHash } from 'node:crypto';
import test from 'ava';
import { inspected } from './support/inspected.ts';
import { Looker } from './support/looker.ts';
import { ask, behind, posted } from './support/raw-http.ts';

const GUARDS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", 'trusted-types lit-html'],
];

test('whatever is asked for, found or refused, the answer has every guard', async (t) => {
  const { url } = await inspected(t);
  const names = ['', 'index.html', 'main.js', 'lit-html/lit-html.js', 'why', 'charts', 'recorder', 'no-such-thing'];
  const asked = [
    ...names.map((name) => ({ path: behind(url, name) })),
    ...[{ path: '/' }, { headers: { host: 'evil.example' } }, { method: 'PUT' }, { path: behind(url, 'why?blob=x') }],
    ...[
      posted(url, { type: 'MinorCompact' }),
      posted(url, { type: 'X' }),
      posted(url, 'no JSON'),
      posted(url, '{}', { 'content-type': 'text/plain' }),
    ],
  ];
  for (const one of asked) {
    const { headers, status } = await ask(url, one);
    t.like(headers, GUARDS, `${JSON.stringify(one)}: ${status}`);
    t.deepEqual(withoutHashes(headers['content-security-policy']), POLICY);
    t.is(headers['access-control-allow-origin'], undefined);
  }
});

test('the stream of events has them too', async (t) => {
  const { url } = await inspected(t);
  const { headers } = await Looker.open(t, url);
  t.like(headers, { ...GUARDS, 'content-type': 'text/event-stream' });
  t.deepEqual(withoutHashes(headers['content-security-policy']), POLICY);
});

test('the page may run its import map and its own files, and nothing else that stands in it', async (t) => {
  const { url } = await inspected(t);
  const { headers, body } = await ask(url);
  const inline = [...body.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)].filter(([, , text]) => text.trim() !== '');
  t.deepEqual(
    inline.map(([, attributes]) => attributes.trim()),
    ['type="importmap"'],
  );
  const hash = createHash('sha256')
    .update(inline[0]?.[2] ?? '')
    .digest('base64');
  t.true(headers['content-security-policy']?.includes(`script-src 'self' 'sha256-${hash}';`));
  t.notRegex(body, /\son\w+=|\sstyle=|=.javascript:|https?:/i, 'no inline handler or style, and no other host');
});

test('each name has one method', async (t) => {
  const { url } = await inspected(t);
  for (const name of ['', 'main.js', 'events', 'why', 'recorder', 'charts']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask(url, { path: behind(url, name), method, headers: { origin: new URL(url).origin } });
      t.deepEqual([status, headers.allow], [405, 'GET'], `${method} ${name}`);
    }
  }
  const { status, headers } = await ask(url, { path: behind(url, 'send') });
  t.deepEqual([status, headers.allow], [405, 'POST']);
});

test('files come with the type that a browser needs to take them', async (t) => {
  const { url } = await inspected(t);
  const type = async (name: string) => (await ask(url, { path: behind(url, name) })).headers['content-type'];
  t.is(await type('main.js'), 'text/javascript; charset=utf-8');
  t.is(await type('main.ts'), 'text/javascript; charset=utf-8');
  t.is(await type('lit-html/directives/repeat.js'), 'text/javascript; charset=utf-8');
  t.is(await type('charts'), 'application/json');
});

test('a script is sent without its types, and the library as browsers want it', async (t) => {
  const { url } = await inspected(t);
  const own = await ask(url, { path: behind(url, 'main.js') });
  t.notRegex(own.body, /\binterface\b|import type/);
  t.is((await ask(url, { path: behind(url, 'main.ts') })).body, own.body);
  const library = await ask(url, { path: behind(url, 'lit-html/lit-html.js') });
  t.regex(library.body, /document/);
  t.notRegex(library.body, /void 0===\w+\.document/, "Node's own build asks whether there is a document");
});

test('the recorder comes as a file to keep, and the charts as one list', async (t) => {
  const { url } = await inspected(t);
  const dump = await ask(url, { path: behind(url, 'recorder') });
  t.is(dump.headers['content-disposition'], 'attachment; filename="lithify-recorder.json"');
  t.like(JSON.parse(dump.body), { format: 'lithify-recorder' });
  const charts: { id: string }[] = JSON.parse((await ask(url, { path: behind(url, 'charts') })).body);
  t.true(charts.some(({ id }) => id === 'compactor'));
});

function withoutHashes(policy: string | string[] | undefined): string[] {
  return String(policy)
    .replaceAll(/ 'sha256-[\w+/=]+'/g, '')
    .split('; ');
}
