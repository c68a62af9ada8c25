import type { EngineOptions } from '../protocol/options.ts';

const MiB = 1024 * 1024;

/** LevelDB's write buffer. It holds up to two of them, which `memoryBytes` counts in. */
export function writeBufferBytes({ memoryBytes }: Pick<EngineOptions, 'memoryBytes'>): number {
  return Math.max(64 * 1024, Math.min(32 * MiB, Math.floor(memoryBytes / 16)));
}

/** How many memtables there may be at once, the active one included. */
export function memtablesLimit(options: Pick<EngineOptions, 'memoryBytes' | 'memtableBytes'>): number {
  const left = options.memoryBytes - 2 * writeBufferBytes(options);
  return Math.max(2, Math.floor(left / options.memtableBytes));
}
