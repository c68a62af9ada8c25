import type { Release, Runtime } from '../protocol/runtime.ts';
import { checksum } from './checksum.ts';
import { nodeClock } from './clock.ts';
import { delayWatch } from './delay.ts';
import { diagnosticsChannel } from './diagnostics.ts';
import { nodeFiles } from './files.ts';
import { lockLocation } from './lock.ts';
import { memoryFiles } from './memory-files.ts';
import { checkNode } from './node-version.ts';
import { checkStorageThreads, startStorageThread } from './thread.ts';

/** This Node as a runtime; `overrides` replaces parts of it. LITHIFY_UNSUPPORTED: it is too old. */
export function nodeRuntime(overrides: Partial<Runtime> = {}): Runtime {
  checkNode();
  return {
    clock: nodeClock(),
    random: Math.random,
    checksum,
    keepAlive,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    files: nodeFiles(),
    memoryFiles,
    lock: lockLocation,
    startThread: startStorageThread,
    ...(overrides.startThread === undefined && { checkThreads: checkStorageThreads }),
    memory: memoryUse,
    longestDelay: delayWatch(),
    channel: diagnosticsChannel,
    ...overrides,
  };
}

const FOREVER_MS = 2 ** 31 - 1;

/** The longest timer that Node has, over and over: nothing else that holds a process costs less. */
function keepAlive(): Release {
  const timer = setInterval(() => {}, FOREVER_MS);
  return () => clearInterval(timer);
}

function memoryUse(): ReturnType<Runtime['memory']> {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, arrayBuffers };
}
