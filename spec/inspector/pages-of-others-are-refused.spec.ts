import test from 'ava';
import { inspected } from './support/inspected.ts';
import { ask, behind, dial, heard, posted } from './support/raw-http.ts';

const MESSAGE = { type: 'MinorCompact' };

test('the Host must be loopback with our port, letter by letter', async (t) => {
  const { url, inspector } = await inspected(t);
  const { port } = inspector;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
    t.is((await ask(url, { headers: { host } })).status, 200, host);
  }
  const strangers = [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    'localhost',
    `127.0.0.1:${port + 1}`,
    `127.0.0.1.evil.example:${port}`,
  ];
  const tricks = [`127.1:${port}`, `localhost.:${port}`, `127.0.0.1:${port}@evil.example`, `user@127.0.0.1:${port}`, `0.0.0.0:${port}`, ''];
  for (const host of [...strangers, ...tricks]) t.is((await ask(url, { headers: { host } })).status, 403, host);
});

test('a request without a Host is refused, and so is one with two, whichever comes first', async (t) => {
  const { url, inspector } = await inspected(t);
  for (const headers of [
    '',
    `Host: evil.example\r\nHost: 127.0.0.1:${inspector.port}\r\n`,
    `Host: 127.0.0.1:${inspector.port}\r\nHost: evil.example\r\n`,
    `Host: 127.0.0.1:${inspector.port}\r\nhost: 127.0.0.1:${inspector.port}\r\n`,
    `Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:${inspector.port}\r\n`,
  ]) {
    const socket = await dial(url);
    socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\n${headers}\r\n`);
    t.regex(await heard(socket), /^HTTP\/1\.1 (403|400) /, headers);
  }
});

test('an address with a host in it is not a path', async (t) => {
  const { url } = await inspected(t);
  for (const path of [url, `http://evil.example${new URL(url).pathname}`]) t.is((await ask(url, { path })).status, 404, path);
});

test('an Origin, where there is one, must be the page itself', async (t) => {
  const { url, inspector } = await inspected(t);
  const { origin } = new URL(url);
  const others = [
    'null',
    'http://evil.example',
    `https://127.0.0.1:${inspector.port}`,
    'http://127.0.0.1',
    `${origin}.evil.example`,
    `http://localhost:${inspector.port}`,
  ];
  for (const other of others) {
    t.is((await ask(url, { headers: { origin: other } })).status, 403, `GET from ${other}`);
    t.is((await ask(url, posted(url, MESSAGE, { origin: other }))).status, 403, `POST from ${other}`);
    t.is((await ask(url, { path: behind(url, 'events'), headers: { origin: other } })).status, 403, `events for ${other}`);
  }
  t.is((await ask(url, { headers: { origin } })).status, 200);
  t.is((await ask(url, posted(url, MESSAGE))).status, 200);
});

test('nothing is sent for a POST that does not say where it comes from', async (t) => {
  const { url } = await inspected(t);
  const { headers, ...rest } = posted(url, MESSAGE);
  t.is((await ask(url, { ...rest, headers: { 'content-type': 'application/json' } })).status, 403);
  t.not(headers, undefined);
});

test('a browser that says that another site asks is believed', async (t) => {
  const { url } = await inspected(t);
  const statusFor = async (site: string) => [
    (await ask(url, { headers: { 'sec-fetch-site': site } })).status,
    (await ask(url, posted(url, MESSAGE, { 'sec-fetch-site': site }))).status,
  ];
  t.deepEqual(await statusFor('same-origin'), [200, 200]);
  t.deepEqual(await statusFor('none'), [200, 403], 'typed into the address bar, which posts nothing');
  for (const site of ['cross-site', 'same-site', 'whatever', '']) t.deepEqual(await statusFor(site), [403, 403], site);
});

test('a page that is reached by another of its names is its own origin', async (t) => {
  const { url, inspector } = await inspected(t);
  const host = `localhost:${inspector.port}`;
  t.is((await ask(url, posted(url, MESSAGE, { host, origin: `http://${host}` }))).status, 200);
  t.is((await ask(url, posted(url, MESSAGE, { host }))).status, 403, 'the address of the other name');
});
