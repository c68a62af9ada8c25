import test from 'ava';
import type { SendReply } from '../../inspector/frames.ts';
import { SendDesk } from '../../inspector/send.ts';
import { openEngine } from '../support/engines.ts';
import { nextEvent } from '../support/next-event.ts';
import { inspected, inspectedAs } from './support/inspected.ts';
import { ask, dial, heard, posted } from './support/raw-http.ts';

async function send(url: string, message: unknown): Promise<SendReply & { status: number }> {
  const { status, body } = await ask(url, posted(url, message));
  return { status, ...JSON.parse(body) };
}

test('each of the five messages gets its report', async (t) => {
  const { engine, url } = await inspected(t);
  await engine.kv.put('a', 'b');
  t.like(await send(url, { type: 'MinorCompact' }), { status: 200, ok: true, report: { type: 'MinorCompact', compacted: true } });
  t.like(await send(url, { type: 'MajorCompaction', range: { gte: 'a' } }), { status: 200, ok: true, report: { type: 'MajorCompaction' } });
  t.like(await send(url, { type: 'GarbageCollect' }), { status: 200, ok: true, report: { type: 'GarbageCollect' } });
  t.like(await send(url, { type: 'DeleteBlob', blobId: 12345 }), { status: 200, ok: true, report: { type: 'DeleteBlob', deleted: [] } });
  t.like(await send(url, { type: 'Shutdown' }), { status: 200, ok: true, report: { type: 'Shutdown', refused: 0 } });
  await engine.closed;
});

test("the engine's own refusal is the answer, with its code", async (t) => {
  const { engine, url } = await inspected(t);
  await engine.kv.put('a', 'b');
  await engine.ask({ type: 'MinorCompact' });
  const [{ id }] = [...engine.shape().minors, ...engine.shape().levels.flat()];
  t.like(await send(url, { type: 'DeleteBlob', blobId: id }), { status: 200, ok: false, error: { code: 'LITHIFY_BLOB_IN_USE' } });
});

test('what is no message is refused by code, and the engine goes on', async (t) => {
  const { engine, url } = await inspected(t);
  const none = [
    null,
    1,
    [],
    {},
    { type: 'X' },
    { type: 'DeleteBlob' },
    { type: 'DeleteBlob', blobId: '1' },
    { type: 'MajorCompaction', range: 7 },
  ];
  const malformed = ['', 'no JSON', '{', '{"type":"MinorCompact"', '"\\ud800', '{"__proto__":{"type":"MinorCompact"}}'];
  for (const message of [...none, ...malformed]) {
    const reply = await send(url, message);
    t.like(reply, { status: 400, ok: false, error: { code: 'LITHIFY_INVALID_ARGUMENT' } }, JSON.stringify(message));
  }
  const bytes = await ask(url, { ...posted(url, ''), body: Uint8Array.of(0x22, 0xff, 0xfe, 0x22) });
  t.like(JSON.parse(bytes.body), { ok: false, error: { code: 'LITHIFY_INVALID_ARGUMENT' } }, 'not UTF-8');
  t.is(engine.stats().state, 'open');
});

test('only JSON is taken', async (t) => {
  const { url } = await inspected(t);
  const status = async (type: string) => (await ask(url, posted(url, { type: 'MinorCompact' }, { 'content-type': type }))).status;
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) t.is(await status(type), 200, type);
  const simple = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
  for (const type of [...simple, '', 'application/jsonx', 'text/plain; application/json', 'application/json; charset=latin1'])
    t.is(await status(type), 415, type);
});

test('a body of more than 64 KiB is refused, whether it says so or not', async (t) => {
  const { url } = await inspected(t);
  const padded = (bytes: number) => `{"type":"MinorCompact"${' '.repeat(bytes - 23)}}`;
  t.is((await ask(url, posted(url, padded(64 * 1024)))).status, 200);
  t.is((await ask(url, posted(url, padded(64 * 1024 + 1)))).status, 413);
  t.is((await ask(url, posted(url, padded(64 * 1024 + 1), { 'transfer-encoding': 'chunked' }))).status, 413);
});

test('a body that is never sent whole holds nothing but its connection', async (t) => {
  const { url, engine } = await inspected(t);
  const { pathname, host, origin } = new URL(url);
  const socket = await dial(url);
  const head = `Host: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: 1000`;
  socket.write(`POST ${pathname}send HTTP/1.1\r\n${head}\r\n\r\n{"type":`);
  t.like(await send(url, { type: 'MinorCompact' }), { ok: true });
  socket.destroy();
  t.is(await heard(socket), '');
  t.is(engine.stats().state, 'open');
});

test('a request goes on when its page goes away', async (t) => {
  const engine = await openEngine(t);
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const asked: typeof engine.ask = async (message) => {
    begun.resolve();
    await gone.promise;
    return engine.ask(message);
  };
  const { url } = await inspectedAs(t, engine, { ask: asked });
  const replied = nextEvent(engine, 'replied', ({ to }) => to === 'GarbageCollect');
  const socket = await dial(url);
  const { pathname, host, origin } = new URL(url);
  const body = '{"type":"GarbageCollect"}';
  const head = `Host: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(`POST ${pathname}send HTTP/1.1\r\n${head}\r\n\r\n${body}`);
  await begun.promise;
  socket.destroy();
  gone.resolve();
  t.true((await replied).ok);
});

test('beyond some messages that wait, a page is told to come back', async (t) => {
  const engine = await openEngine(t);
  const held = Promise.withResolvers<void>();
  let asked = 0;
  const all = Promise.withResolvers<void>();
  const hold: typeof engine.ask = async (message) => {
    if (++asked === 32) all.resolve();
    await held.promise;
    return engine.ask(message);
  };
  const { url } = await inspectedAs(t, engine, { ask: hold });
  const waiting = Array.from({ length: 32 }, () => send(url, { type: 'MinorCompact' }));
  await all.promise;
  t.like(await send(url, { type: 'MinorCompact' }), { status: 503, ok: false, error: { code: 'LITHIFY_MAILBOX_FULL' } });
  held.resolve();
  for (const reply of await Promise.all(waiting)) t.true(reply.ok);
  t.like(await send(url, { type: 'MinorCompact' }), { status: 200, ok: true });
});

test('whoever has waited long enough is told that the request goes on', async (t) => {
  const never = new Promise<never>(() => {});
  // The desk holds no process open.
  const held = setInterval(() => undefined, 2 ** 30);
  t.teardown(() => clearInterval(held));
  t.is((await new SendDesk({ ask: () => never }, 1).reply({ type: 'MajorCompaction' })).error?.code, 'LITHIFY_TIMEOUT');
});
