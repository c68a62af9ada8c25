import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { answer } from '../../inspector/http/answer.ts';
import { answerInSlices } from '../../inspector/http/answer-in-slices.ts';
import { LocalServer, type Route } from '../../inspector/http/server.ts';
import { openEngine } from '../support/engines.ts';
import { inspectedAs, recorderWith } from './support/inspected.ts';
import { Looker } from './support/looker.ts';
import { behind, dial, heard } from './support/raw-http.ts';

function get(url: string, name: string): string {
  return `GET ${behind(url, name)} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`;
}

test('of requests that are sent ahead only the first is worked for', async (t) => {
  const engine = await openEngine(t);
  let captures = 0;
  const capture = () => {
    captures++;
    return engine.recorder.capture();
  };
  const { url } = await inspectedAs(t, engine, { recorder: recorderWith(engine, { capture }) });
  const socket = await dial(url);
  socket.write(get(url, 'charts') + get(url, 'recorder'));
  t.deepEqual((await heard(socket)).match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 503']);
  t.is(captures, 0);
});

test('who sends more than one ahead is hung up on, with the secret or without', async (t) => {
  let routed = 0;
  const never: Route = { method: 'GET', handle: () => void routed++ };
  const server = new LocalServer(new Map([['never', never]]));
  await server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  for (const request of [get(server.url, 'never'), get(server.url, 'nothing'), 'GET / HTTP/1.1\r\n\r\n']) {
    const socket = await dial(server.url);
    socket.write(request.repeat(10));
    t.true(((await heard(socket)).match(/HTTP\/1\.1/g) ?? []).length <= 1);
  }
  t.is(routed, 1);
});

test('a stream that is asked for ahead takes no place', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine);
  const socket = await dial(url);
  socket.write(get(url, 'events').repeat(2));
  await once(socket, 'data');
  const others = await Promise.all(Array.from({ length: 7 }, () => Looker.open(t, url)));
  for (const page of others) await page.frame();
  socket.destroy();
  await others[0].frame();
  await t.notThrowsAsync(async () => (await Looker.open(t, url)).frame());
});

const LARGE = Buffer.alloc(64 * 2 ** 20, 'x');
const SLICE = 'x'.repeat(64 * 1024);

/** A server that does not wait long, with a large answer, and one that comes when it may. */
async function impatient(t: ExecutionContext) {
  const [gone, asked, mayAnswer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const large: Route = {
    method: 'GET',
    handle: ({ response }) => {
      response.once('close', gone.resolve);
      answer(response, { type: 'text/plain', body: LARGE });
    },
  };
  const late: Route = {
    method: 'GET',
    handle: async ({ response }) => {
      asked.resolve();
      await mayAnswer.promise;
      answer(response, { type: 'text/plain', body: 'late' });
    },
  };
  let slices = 0;
  const endless: Route = {
    method: 'GET',
    handle: async (exchange) => {
      await answerInSlices(exchange, { type: 'text/plain' }, async () => {
        slices++;
        await turn();
        return SLICE;
      });
      gone.resolve();
    },
  };
  const routes = new Map(Object.entries({ large, late, endless }));
  const server = new LocalServer(routes, 50);
  await server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  return { url: server.url, gone: gone.promise, asked: asked.promise, mayAnswer: mayAnswer.resolve, slices: () => slices };
}

test('an answer that nobody takes is not kept', async (t) => {
  const { url, gone } = await impatient(t);
  const socket = await dial(url);
  socket.write(get(url, 'large'));
  await gone;
  t.true((await heard(socket)).length < LARGE.length);
});

test('an answer that takes its time is waited for', async (t) => {
  const { url, gone, asked, mayAnswer } = await impatient(t);
  const [patient, stuck] = [await dial(url), await dial(url)];
  patient.write(get(url, 'late'));
  await asked;
  stuck.write(get(url, 'large'));
  await gone;
  mayAnswer();
  const [said] = await once(patient, 'data');
  t.regex(String(said), /late$/);
});

test('an answer that is made as it is taken is not made for who takes nothing, and not kept either', async (t) => {
  const { url, gone, slices } = await impatient(t);
  const socket = await dial(url);
  socket.write(get(url, 'endless'));
  await gone;
  const made = slices();
  t.true(made * SLICE.length < LARGE.length, `${made} slices`);
  t.true((await heard(socket)).length < LARGE.length);
  t.is(slices(), made);
});

for (const name of ['large', 'endless']) {
  test(`who takes nothing and goes on asking is let go as well: ${name}`, async (t) => {
    const { url, gone } = await impatient(t);
    const socket = await dial(url);
    socket.write(get(url, name));
    let sent = 0;
    const asking = setInterval(() => {
      sent++;
      socket.write(get(url, 'late'));
    }, 20);
    t.teardown(() => clearInterval(asking));
    await gone;
    t.true(sent < 20, `${sent} requests kept it`);
  });
}
