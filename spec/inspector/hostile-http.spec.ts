import { once } from 'node:events';
import test from 'ava';
import fc from 'fast-check';
import { inspected } from './support/inspected.ts';
import { Looker } from './support/looker.ts';
import { ask, behind, dial, heard, posted } from './support/raw-http.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const anyLine = fc.oneof(
  anyText,
  fc.constantFrom(
    '',
    '\0',
    'Content-Length: 9',
    'Transfer-Encoding: chunked',
    'Connection: upgrade',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Expect: x',
  ),
);
const anyMethod = fc.constantFrom('GET', 'POST', 'PUT', 'CONNECT', 'TRACE', 'PRI', 'get', 'M-SEARCH', 'X', '');
const anyName = fc.oneof(
  fc.constantFrom(
    '',
    'events',
    'send',
    'why?blob=1',
    'why?range={',
    'why?range=%7B%22gte%22:7%7D',
    'why?blob=-1',
    'charts',
    'recorder',
    '*',
    '%00',
  ),
  anyText,
);

test('whatever bytes come, the page goes on serving', async (t) => {
  const { url, engine } = await inspected(t);
  const { host, pathname, origin } = new URL(url);
  const request = fc.tuple(
    anyMethod,
    fc.constantFrom(pathname, '/', ''),
    anyName,
    fc.array(anyLine, { maxLength: 5 }),
    fc.boolean(),
    anyText,
  );
  await fc.assert(
    fc.asyncProperty(request, async ([method, start, name, lines, isOurs, body]) => {
      const socket = await dial(url);
      const own = isOurs ? `Host: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\n` : '';
      socket.end(`${method} ${start}${name} HTTP/1.1\r\n${own}${lines.join('\r\n')}\r\n\r\n${body}`);
      socket.resume();
      // An accepted stream of events goes on until we go.
      await Promise.race([once(socket, 'close'), once(socket, 'data')]).catch(() => undefined);
      socket.destroy();
    }),
    { numRuns: 150 },
  );
  t.is((await ask(url)).status, 200);
  t.is(engine.stats().state, 'open');
});

test('whatever JSON is posted, the answer is a reply', async (t) => {
  const { url, engine } = await inspected(t);
  const types = fc.constantFrom('MinorCompact', 'MajorCompaction', 'GarbageCollect', 'DeleteBlob', 'X');
  const message = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { type: types, range: fc.jsonValue(), blobId: fc.jsonValue(), blobIds: fc.jsonValue(), memtable: fc.jsonValue() },
      { requiredKeys: ['type'] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(message, async (one) => {
      const { status, body } = await ask(url, posted(url, JSON.stringify(one)));
      const { ok, report, error } = JSON.parse(body);
      return ok ? status === 200 && typeof report.type === 'string' : [200, 400].includes(status) && error.code.startsWith('LITHIFY_');
    }),
    { numRuns: 100 },
  );
  t.is(engine.stats().state, 'open');
});

test('headers without an end are cut off', async (t) => {
  const { url } = await inspected(t);
  const socket = await dial(url);
  const all = heard(socket);
  socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n`);
  for (let i = 0; i < 40 && !socket.destroyed; i++) socket.write(`X-${i}: ${'x'.repeat(1000)}\r\n`);
  t.is(await all, '');
  t.is((await ask(url)).status, 200);
});

test('connections that say nothing keep nobody out, and are hung up on when others come', async (t) => {
  const { url } = await inspected(t);
  const page = await Looker.open(t, url);
  const silent = [];
  for (let i = 0; i < 100; i++) silent.push(await dial(url));
  const ends = silent.map(heard);
  t.is((await ask(url, { path: behind(url, 'charts') })).status, 200);
  t.deepEqual(await Promise.all(ends.slice(0, 37)), Array(37).fill(''), 'the oldest go: with the page and who asked there are 64');
  t.false(silent.at(-1)?.closed, 'and the youngest stay');
  await page.frame();
});

test('there is an end to connections that know the secret as well', async (t) => {
  const { url } = await inspected(t);
  // Each has its answer, and waits for the rest of what it has sent.
  const known = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const socket = await dial(url);
      socket.write(`GET ${behind(url, 'why')} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Length: 1\r\n\r\n`);
      await once(socket, 'data');
      return socket;
    }),
  );
  const beyond = await dial(url);
  beyond.write(`GET ${behind(url, 'charts')} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`);
  t.is(await heard(beyond), '', 'the next one is hung up on');
  t.deepEqual(
    known.filter(({ closed }) => closed),
    [],
  );
  known[0].destroy();
  // The server hears of it a little later than we do.
  const answered = async (): Promise<number | undefined> => (await ask(url).catch(() => undefined))?.status;
  while ((await answered()) === undefined);
  t.is(await answered(), 200);
});

test('two requests on one connection are two requests', async (t) => {
  const { url } = await inspected(t);
  const socket = await dial(url);
  const one = `GET ${behind(url, 'why')} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n`;
  socket.write(`${one}\r\n`);
  const [first] = await once(socket, 'data');
  socket.write(`${one}Connection: close\r\n\r\n`);
  const answers = [String(first), await heard(socket)];
  for (const answer of answers) t.regex(answer, /^HTTP\/1\.1 200 /);
});

test('what follows a refused body is not taken for a request', async (t) => {
  const { url, engine } = await inspected(t);
  const { host, origin, pathname } = new URL(url);
  const smuggled = `POST ${pathname}send HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"type":"Shutdown"}`;
  const socket = await dial(url);
  const head = `POST ${pathname}send HTTP/1.1\r\nHost: evil.example\r\nContent-Type: text/plain\r\nContent-Length: ${smuggled.length}\r\n\r\n`;
  socket.write(head + smuggled);
  const answer = await heard(socket);
  t.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 403']);
  t.regex(answer, /^connection: close\r$/im, 'nobody waits for the rest of it');
  t.is(engine.stats().state, 'open');
});
