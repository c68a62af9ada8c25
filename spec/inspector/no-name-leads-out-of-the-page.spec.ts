import test from 'ava';
import { inspected } from './support/inspected.ts';
import { ask, behind } from './support/raw-http.ts';

const OUT = [
  ...['../frames.ts', '../../package.json', '../../../../../../etc/passwd', '..%2fframes.ts', '%2e%2e/frames.ts', '..\\frames.ts'],
  ...[
    'lit-html/../main.js',
    'lit-html/../../../package.json',
    'lit-html/package.json',
    'lit-html/node/lit-html.js',
    './main.js',
    '/main.js',
  ],
  ...[
    '//etc/passwd',
    'main.js/',
    'main.js%00',
    'main.js\u00e9',
    'MAIN.JS',
    'file:///etc/passwd',
    'constructor',
    '__proto__',
    'hasOwnProperty',
  ],
  ...['protocol/runtime.ts', 'protocol/', 'protocol/../main.js', '../protocol/errors.ts', 'protocol/errors.d.ts'],
  ...['tsconfig.json', 'tsconfig.build.json', 'charts/compactor.json', '.', '..', '%', '%zz', 'index.html#', 'index.html%3f'],
];

test('only names of the table are found, whatever else is written', async (t) => {
  const { url } = await inspected(t);
  for (const name of OUT) {
    const { status, body } = await ask(url, { path: encodeLatin(behind(url, name)) });
    t.deepEqual([status, body], [404, ''], name);
  }
});

test('a name is found with any query behind it', async (t) => {
  const { url } = await inspected(t);
  t.is((await ask(url, { path: behind(url, 'main.js?../../x') })).status, 200);
});

/** Node's own client refuses what is not Latin. */
function encodeLatin(path: string): string {
  return path.replaceAll('\u00e9', '%C3%A9');
}
