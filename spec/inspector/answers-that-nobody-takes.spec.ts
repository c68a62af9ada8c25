import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { answer } from '../../inspector/http/answer.ts';
import { LocalServer, type Route } from '../../inspector/http/server.ts';
import { RecorderFile } from '../../inspector/recorder-file.ts';
import { openEngine } from '../support/engines.ts';
import { inspectedAs } from './support/inspected.ts';
import { Looker } from './support/looker.ts';
import { behind, dial, heard } from './support/raw-http.ts';

function get(url: string, name: string): string {
  return `GET ${behind(url, name)} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`;
}

test('of requests that are sent ahead only the first is worked for', async (t) => {
  const engine = await openEngine(t);
  let dumps = 0;
  const recorder: typeof engine.recorder = {
    since: (n, limit) => engine.recorder.since(n, limit),
    save: (directory) => engine.recorder.save(directory),
    dump: (reason) => {
      dumps++;
      return engine.recorder.dump(reason);
    },
  };
  const { url } = await inspectedAs(t, engine, { recorder });
  const socket = await dial(url);
  socket.write(get(url, 'charts') + get(url, 'recorder').repeat(200));
  const answers = (await heard(socket)).match(/HTTP\/1\.1 \d+/g);
  t.deepEqual(answers?.slice(0, 2), ['HTTP/1.1 200', 'HTTP/1.1 503']);
  t.is(dumps, 0);
});

test('streams that are asked for ahead take no places', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine);
  const socket = await dial(url);
  socket.write(get(url, 'events').repeat(20));
  await once(socket, 'data');
  const others = await Promise.all(Array.from({ length: 7 }, () => Looker.open(t, url)));
  for (const page of others) await page.frame();
  socket.destroy();
  await others[0].frame();
  await t.notThrowsAsync(async () => (await Looker.open(t, url)).frame());
});

const LARGE = Buffer.alloc(64 * 2 ** 20, 'x');

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
  const routes = new Map(Object.entries({ large, late }));
  const server = new LocalServer(routes, 50);
  await server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  return { url: server.url, gone: gone.promise, asked: asked.promise, mayAnswer: mayAnswer.resolve };
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

test('who asks for the recorder soon after another gets the same', async (t) => {
  const engine = await openEngine(t);
  const forgotten: (() => void)[] = [];
  const file = new RecorderFile(engine.recorder, (_ms, forget) => forgotten.push(forget));
  const first = file.take();
  await engine.ask({ type: 'GarbageCollect' });
  t.is(file.take(), first);
  t.is(forgotten.length, 1);
  forgotten[0]();
  const { entries } = JSON.parse(Buffer.from(file.take()).toString());
  t.true(entries.length > JSON.parse(Buffer.from(first).toString()).entries.length);
});
