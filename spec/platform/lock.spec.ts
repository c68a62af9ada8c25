import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { lockLocation } from '../../platform/lock.ts';
import { startNodeThread } from '../../platform/thread.ts';
import type { Thread } from '../../protocol/runtime.ts';
import { runScript } from './run-script.ts';

const lockModule = new URL('../../platform/lock.ts', import.meta.url);

async function freshDirectory(t: ExecutionContext): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'lithify-lock-')));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

/** A thread that tries for the lock and says whether it has it. */
function lockInThread(path: string): { thread: Thread; got: Promise<unknown> } {
  const source = `
    import { parentPort } from 'node:worker_threads';
    import { lockLocation } from '${lockModule}';
    const release = await lockLocation(${JSON.stringify(path)});
    parentPort.on('message', () => { release(); parentPort.close(); });
    parentPort.postMessage(release !== undefined);
  `;
  const thread = startNodeThread(new URL(`data:text/javascript,${encodeURIComponent(source)}`), 'locker');
  thread.setHeld(true);
  const got = new Promise((resolve) => thread.endpoint.addEventListener('message', ({ data }) => resolve(data)));
  return { thread, got };
}

const gone = (thread: Thread) => new Promise((resolve) => thread.onExit(resolve));

test('whoever comes second in the same thread is refused, not kept waiting', async (t) => {
  const path = await freshDirectory(t);
  const release = await lockLocation(path);
  t.is(await lockLocation(path), undefined);
  t.is(typeof release, 'function');
});

test('of two who ask at the same time one gets it', async (t) => {
  const path = await freshDirectory(t);
  const got = await Promise.all([lockLocation(path), lockLocation(path), lockLocation(path)]);
  t.is(got.filter((release) => release !== undefined).length, 1);
});

test('a released lock can be had again at once, many times over', async (t) => {
  const path = await freshDirectory(t);
  for (let i = 0; i < 50; i++) {
    const release = await lockLocation(path);
    t.truthy(release, `time ${i}`);
    release?.();
    release?.();
  }
});

test('another thread is refused while this one holds the lock', async (t) => {
  const path = await freshDirectory(t);
  const release = await lockLocation(path);
  const { thread, got } = lockInThread(path);
  t.is(await got, false);
  await thread.terminate();
  release?.();
});

test('this thread is refused while another holds the lock, and gets it when that one lets go', async (t) => {
  const path = await freshDirectory(t);
  const { thread, got } = lockInThread(path);
  t.is(await got, true);
  t.is(await lockLocation(path), undefined);
  thread.endpoint.postMessage('let go');
  await gone(thread);
  t.truthy(await lockLocation(path));
});

test('a lock goes with the thread that held it', async (t) => {
  const path = await freshDirectory(t);
  const { thread, got } = lockInThread(path);
  t.is(await got, true);
  await thread.terminate();
  t.truthy(await lockLocation(path));
});

test('the same directory under another name is the same lock', async (t) => {
  const path = await freshDirectory(t);
  const alias = join(path, 'alias');
  await symlink(path, alias);
  t.truthy(await lockLocation(path));
  t.is(await lockLocation(alias), undefined);
});

test('different directories do not disturb each other', async (t) => {
  const [a, b] = [await freshDirectory(t), await freshDirectory(t)];
  t.truthy(await lockLocation(a));
  t.truthy(await lockLocation(b));
});

test('a held lock does not hold the process open', async (t) => {
  const path = await freshDirectory(t);
  const { stdout } = await runScript(`
    import { lockLocation } from '${lockModule}';
    console.log(typeof (await lockLocation(${JSON.stringify(path)})));
  `);
  t.is(stdout, 'function\n');
});
