import test from 'ava';
import { startNodeThread } from '../../platform/thread.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { Thread } from '../../protocol/runtime.ts';
import { runScript } from './run-script.ts';

const moduleOf = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`);
const ECHO = moduleOf(`
  import { parentPort, workerData, threadName } from 'node:worker_threads';
  parentPort.on('message', (data) => data === 'stop' ? parentPort.close() : parentPort.postMessage({ data, workerData }));
`);

/** Held, as a thread with a job is: otherwise nothing keeps this spec's own event loop waiting for it. */
function start(url: URL, workerData?: unknown): Thread {
  const thread = startNodeThread(url, 'spec-1', workerData);
  thread.setHeld(true);
  return thread;
}
const nextMessage = (thread: Thread) =>
  new Promise<unknown>((resolve) => {
    const listener = ({ data }: { data: unknown }) => {
      thread.endpoint.removeEventListener('message', listener);
      resolve(data);
    };
    thread.endpoint.addEventListener('message', listener);
  });
const gone = (thread: Thread) => new Promise<Error>((resolve) => thread.onExit(resolve));

test('messages go there and back, and transferred bytes leave this thread', async (t) => {
  const thread = start(ECHO, { seed: 7 });
  const bytes = Uint8Array.from([1, 2, 3]);
  thread.endpoint.postMessage(bytes, [bytes.buffer]);
  t.is(bytes.length, 0);
  t.deepEqual(await nextMessage(thread), { data: Uint8Array.from([1, 2, 3]), workerData: { seed: 7 } });
  await thread.terminate();
});

test('a listener that was added twice hears once, and a removed one nothing', async (t) => {
  const thread = start(ECHO);
  const heard: unknown[] = [];
  const listener = (event: { data: unknown }) => heard.push(event.data);
  const removed = () => t.fail();
  thread.endpoint.addEventListener('message', listener);
  thread.endpoint.addEventListener('message', listener);
  thread.endpoint.addEventListener('message', removed);
  thread.endpoint.removeEventListener('message', removed);
  thread.endpoint.postMessage('a');
  await nextMessage(thread);
  t.is(heard.length, 1);
  await thread.terminate();
});

test('an uncaught error in the thread is the cause of its exit', async (t) => {
  const reason = await gone(start(moduleOf('throw new TypeError("broken inside")')));
  t.true(reason instanceof LithifyError);
  t.like(reason, { code: 'LITHIFY_WORKER_DIED', details: { worker: 'spec-1', exitCode: 1 } });
  t.regex(reason.message, /spec-1.*broken inside/);
  t.true(reason.cause instanceof TypeError);
});

test('an unhandled rejection in the thread ends it too', async (t) => {
  const reason = await gone(start(moduleOf('setInterval(() => {}, 1000); Promise.reject(new Error("nobody listened"))')));
  t.regex(reason.message, /nobody listened/);
});

test('a thread that exits by itself says with which code', async (t) => {
  const reason = await gone(start(moduleOf('process.exit(3)')));
  t.like(reason, { code: 'LITHIFY_WORKER_DIED', details: { worker: 'spec-1', exitCode: 3 } });
  t.regex(reason.message, /code 3/);
});

test('a module that cannot be found ends the thread instead of throwing here', async (t) => {
  const reason = await gone(start(new URL('./no-such-module.ts', import.meta.url)));
  t.regex(reason.message, /no-such-module/);
});

test('the exit is told once to every listener, also to one that comes late', async (t) => {
  const thread = start(moduleOf('throw new Error("x")'));
  let told = 0;
  thread.onExit(() => told++);
  const first = await gone(thread);
  t.is(await gone(thread), first);
  await thread.terminate();
  t.is(told, 1);
});

test('when terminate resolves, the exit has been told or is being told', async (t) => {
  const thread = start(moduleOf('for (;;);'));
  const exit = gone(thread);
  await thread.terminate();
  t.like(await exit, { code: 'LITHIFY_WORKER_DIED' });
});

test('an idle thread does not hold the process open, a held one does', async (t) => {
  const { stdout } = await runScript(`
    import { startNodeThread } from '${new URL('../../platform/thread.ts', import.meta.url)}';
    const echo = new URL(${JSON.stringify(ECHO.href)});
    const idle = startNodeThread(echo, 'idle');
    idle.endpoint.addEventListener('message', () => console.log('never asked'));
    const held = startNodeThread(echo, 'held');
    held.setHeld(true);
    held.endpoint.addEventListener('message', () => { console.log('answered'); held.setHeld(false); });
    held.endpoint.postMessage('question');
  `);
  t.is(stdout, 'answered\n');
});

test('a thread starts from its file also in a process that was started with --input-type', async (t) => {
  const threadModule = new URL('../../platform/thread.ts', import.meta.url);
  // runScript starts its process so.
  const { stdout } = await runScript(`
    import { startStorageThread } from '${threadModule}';
    const thread = startStorageThread('worker-0');
    thread.setHeld(true);
    thread.onExit(({ message }) => console.log(message));
    thread.endpoint.addEventListener('message', () => { console.log('answered'); thread.setHeld(false); });
    thread.endpoint.postMessage({ id: 'anything', type: 'GET', path: [] });
  `);
  t.is(stdout, 'answered\n');
});
