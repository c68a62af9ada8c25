import { existsSync } from 'node:fs';
import { type Transferable, Worker } from 'node:worker_threads';
import { bundled } from '../protocol/bundled.ts';
import { LithifyError, messageOf } from '../protocol/errors.ts';
import type { Thread, ThreadEndpoint } from '../protocol/runtime.ts';

/** Starts a thread on any module. `name` shows in errors, traces and debuggers. It does not hold the process open. */
export function startNodeThread(url: URL, name: string, workerData?: unknown): Thread {
  return threadOf(new Worker(url, { name, workerData, ...flags() }), name);
}

/** Starts a storage worker. Bundlers find its file only by this literal. */
export function startStorageThread(name: string): Thread {
  return threadOf(new Worker(new URL('./worker.ts', import.meta.url), { name, ...flags() }), name);
}

/**
 * LITHIFY_UNSUPPORTED: the file that storage workers run is not there. Better said when an engine is opened than by a thread that
 * dies over and over. A bundler that understands the literal above may leave nothing at all where this code says it is.
 */
export function checkStorageThreads(): void {
  const here = URL.parse(import.meta.url);
  if (here !== null && (!existsSync(here) || ['worker.js', 'worker.ts'].some((name) => existsSync(new URL(name, here))))) return;
  throw bundled('The file of the worker threads', undefined, ', give it the module lithify/worker as worker.js, or open with workers: 0');
}

/** Threads get this process's flags. Not so with --input-type, with which Node starts nothing that is in a file. */
function flags(): { execArgv?: string[] } {
  const { execArgv } = process;
  if (!execArgv.some((flag) => flag.startsWith('--input-type'))) return {};
  return { execArgv: execArgv.filter((flag) => flag.startsWith('--conditions=')) };
}

function threadOf(worker: Worker, name: string): Thread {
  const exit = watchExit(worker, name);
  let held = false;
  const hold = () => (held ? worker.ref() : worker.unref());
  hold();
  return {
    // A first message listener makes Node hold the worker again.
    endpoint: endpointOf(worker, hold),
    onExit: (listener) => void exit.then(listener),
    setHeld: (wanted) => {
      held = wanted;
      hold();
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** Resolves when the thread is gone, not when its error is known: until then it may have LevelDB open. */
function watchExit(worker: Worker, name: string): Promise<LithifyError> {
  let failure: unknown;
  worker.once('error', (error) => {
    failure = error;
  });
  return new Promise((resolve) => worker.once('exit', (code) => resolve(exitReason(name, code, failure))));
}

function exitReason(name: string, code: number, failure: unknown): LithifyError {
  const why = failure === undefined ? `it exited with code ${code}` : messageOf(failure);
  return new LithifyError('LITHIFY_WORKER_DIED', `Worker thread ${name} is gone: ${why}`, {
    details: { worker: name, exitCode: code },
    ...(failure !== undefined && { cause: failure }),
  });
}

type Listener = (event: { data: unknown }) => void;

/** The little that Comlink asks of an EventTarget; its own adapter has no types. */
function endpointOf(worker: Worker, afterListening: () => void): ThreadEndpoint {
  const adapted = new Map<string, Map<Listener, (data: unknown) => void>>();
  return {
    postMessage(message, transfer) {
      // The protocol knows no Node types; what may be transferred is checked by postMessage itself.
      worker.postMessage(message, transfer as readonly Transferable[] | undefined);
    },
    addEventListener(type, listener) {
      const known = adapted.get(type) ?? new Map<Listener, (data: unknown) => void>();
      if (known.has(listener)) return;
      const handler = (data: unknown) => listener({ data });
      adapted.set(type, known.set(listener, handler));
      worker.on(type, handler);
      afterListening();
    },
    removeEventListener(type, listener) {
      const handler = adapted.get(type)?.get(listener);
      if (handler === undefined) return;
      adapted.get(type)?.delete(listener);
      worker.off(type, handler);
    },
  };
}
