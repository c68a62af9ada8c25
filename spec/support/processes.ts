import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { endWithSpecs } from './children.ts';

const INDEX = new URL('../../index.ts', import.meta.url);

/** What a script may use: `open`, and `attempt`, which opens, closes and gives the code of the error or 'opened'. */
const PRELUDE = `
  import { open } from '${INDEX}';
  async function attempt(location, options) {
    try {
      await (await open(location, options)).close();
      return 'opened';
    } catch (error) {
      return error.code;
    }
  }
`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a module in a process of its own until it exits by itself. */
export async function runInProcess(t: ExecutionContext, source: string): Promise<Ended> {
  const child = startScript(t, source);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** Opens the store in another process, closes it again, and gives 'opened' or the error's code. */
export async function openInProcess(t: ExecutionContext, location: string): Promise<string> {
  const { stdout, stderr } = await runInProcess(t, `console.log(await attempt(${JSON.stringify(location)}));`);
  return stdout.trim() || stderr;
}

/** A process that keeps the store open; resolves once it has put `key`. It goes with the test, or when killed. */
export async function holdInProcess(t: ExecutionContext, location: string, key: string): Promise<ChildProcess> {
  const child = startScript(
    t,
    `const engine = await open(${JSON.stringify(location)});
     await engine.kv.put(${JSON.stringify(key)}, 'from another process');
     console.log('ready');
     process.stdin.resume();`,
  );
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) if (line === 'ready') return child;
  throw new Error('The process ended before it had opened the store.');
}

/** The same in another thread of this process. */
export async function openInThread(location: string): Promise<string> {
  const source = `${PRELUDE}
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage(await attempt(${JSON.stringify(location)}, { workers: 0 }));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  const [outcome] = await once(worker, 'message');
  await worker.terminate();
  return outcome;
}

/** One that does not end by itself is killed, and has no exit code. */
const DEADLINE_MS = 60_000;

/** Starts a module in a process of its own; it goes with the test. */
export function startScript(t: ExecutionContext, source: string): ChildProcess {
  const args = ['--conditions=lithify-source', '--input-type=module', '--eval', PRELUDE + source];
  const child = spawn(process.execPath, args, { timeout: DEADLINE_MS, killSignal: 'SIGKILL' });
  t.teardown(() => child.kill('SIGKILL'));
  return endWithSpecs(child);
}
