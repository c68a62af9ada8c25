import { once } from 'node:events';
import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import test from 'ava';
import { openEngine } from '../support/engines.ts';
import { inspected } from './support/inspected.ts';
import { ask, behind, dial, heard, posted } from './support/raw-http.ts';

const NAMES = ['', 'index.html', 'main.js', 'events', 'send', 'why', 'recorder', 'charts', 'lit-html/lit-html.js'];

test('the secret has more than 128 bits, and is another one for every page', async (t) => {
  const engine = await openEngine(t);
  const [one, two] = [await engine.inspect(), await engine.inspect()];
  t.not(one.port, two.port);
  const secrets = [one, two].map(({ url }) => new URL(url).pathname);
  t.not(secrets[0], secrets[1]);
  for (const secret of secrets) t.regex(secret, /^\/[\w-]{32}\/$/);
  for (const { url } of [one, two]) t.is((await ask(url, { path: behind(url, 'why') })).status === 404, false);
  t.is((await ask(one.url, { path: secrets[1] })).status, 404, "another page's secret");
});

test('every address without the whole secret is not found, and nothing says why', async (t) => {
  const { url } = await inspected(t);
  const { pathname } = new URL(url);
  const near = [`${pathname.slice(0, -2)}/`, pathname.toUpperCase(), pathname.slice(0, -1), `/${pathname}`, `${pathname.slice(0, -1)}x/`];
  const wrong = ['/', '', '//', '/favicon.ico', '/index.html', ...near].map((path) => (path === '' ? '*' : path));
  for (const path of wrong) {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const { status, body } = await ask(url, { path, method });
      t.deepEqual([status, body], [404, ''], `${method} ${path}`);
    }
  }
  for (const name of NAMES) t.is((await ask(url, { path: `/${'x'.repeat(32)}/${name}` })).status, 404, name);
});

test('without the secret, a wrong Host or Origin is not found either', async (t) => {
  const { url } = await inspected(t);
  const answers = await Promise.all([
    ask(url, { path: '/', headers: { host: 'evil.example' } }),
    ask(url, { ...posted(url, { type: 'MinorCompact' }, { origin: 'http://evil.example' }), path: '/send' }),
  ]);
  t.deepEqual(
    answers.map(({ status, body }) => [status, body]),
    [
      [404, ''],
      [404, ''],
    ],
  );
});

test('who asks whether to send a body is told so only behind the secret', async (t) => {
  const { url } = await inspected(t);
  const { host, origin, pathname } = new URL(url);
  const message = JSON.stringify({ type: 'GarbageCollect' });
  const rest = `Origin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: ${message.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
  const answers = async (path: string, from: string) => {
    const socket = await dial(url);
    const all = heard(socket);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${from}\r\n${rest}`);
    await once(socket, 'data');
    socket.write(message);
    return (await all).match(/HTTP\/1\.1 \d+/g);
  };
  t.deepEqual(await answers('/x/send', host), ['HTTP/1.1 404']);
  t.deepEqual(await answers(`${pathname}send`, 'evil.example'), ['HTTP/1.1 403']);
  t.deepEqual(await answers(`${pathname}send`, host), ['HTTP/1.1 100', 'HTTP/1.1 200']);
});

test('what the secret opens is there with it', async (t) => {
  const { url } = await inspected(t);
  const { status, headers, body } = await ask(url);
  t.is(status, 200);
  t.is(headers['content-type'], 'text/html; charset=utf-8');
  t.regex(body, /^<!doctype html>/i);
});

test('it listens on loopback, and on no other address of this machine', async (t) => {
  const { inspector } = await inspected(t);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of others) t.is(await dialled(address, inspector.port), 'ECONNREFUSED', address);
  t.is(await dialled('127.0.0.2', inspector.port), 'ECONNREFUSED', 'not even on the rest of loopback');
  t.is(await dialled('127.0.0.1', inspector.port), 'connected');
});

function dialled(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
