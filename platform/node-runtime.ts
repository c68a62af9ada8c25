import type { Runtime } from '../protocol/runtime.ts';
import { checksum } from './checksum.ts';
import { nodeClock } from './clock.ts';
import { delayWatch } from './delay.ts';
import { nodeFiles } from './files.ts';
import { lockLocation } from './lock.ts';
import { memoryFiles } from './memory-files.ts';
import { startStorageThread } from './thread.ts';

/** This Node as a runtime; `overrides` replaces parts of it. */
export function nodeRuntime(overrides: Partial<Runtime> = {}): Runtime {
  return {
    clock: nodeClock(),
    random: Math.random,
    checksum,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    files: nodeFiles(),
    memoryFiles,
    lock: lockLocation,
    startThread: startStorageThread,
    memory: memoryUse,
    longestDelay: delayWatch(),
    ...overrides,
  };
}

function memoryUse(): ReturnType<Runtime['memory']> {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, arrayBuffers };
}
