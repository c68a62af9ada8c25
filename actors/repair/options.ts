import { LithifyError } from '../../protocol/errors.ts';
import { type EngineOptions, type OpenOptions, resolveOptions } from '../../protocol/options.ts';
import type { RepairOptions } from '../../protocol/repair.ts';
import { checkedFlag, checkOptions } from '../logs/options.ts';

const NAMES = ['runtime', 'signal', 'onProgress', 'options', 'keepStale'];

/** LITHIFY_INVALID_ARGUMENT naming what is not sound. */
export function checkRepair(damaged: unknown, target: unknown, options: RepairOptions): void {
  for (const [name, path] of Object.entries({ damaged, target })) {
    if (typeof path !== 'string' || path === '') throw invalid(name, path, 'the path of a directory');
  }
  checkOptions(options, NAMES, 'a repair');
  const { signal, onProgress } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw invalid('signal', signal, 'an AbortSignal');
  if (onProgress !== undefined && typeof onProgress !== 'function') throw invalid('onProgress', onProgress, 'a function');
  checkedFlag(options.keepStale, 'keepStale');
  if (resolveOptions(options.options).storage === 'memory') throw invalid('storage', 'memory', "'level', since the new store is to stay");
}

const MiB = 1024 * 1024;
/** So many times the largest entry fits into a memtable for certain, with its index. */
const ROOM = 4;
const MOST_MEMTABLE_BYTES = 1024 * MiB;

/** For the new store while it is written. `maxBytes`: of the largest entry, which some memtable must take. */
export function engineOptions(given: OpenOptions = {}, maxBytes: number): EngineOptions {
  const needed = Math.min(MOST_MEMTABLE_BYTES, Math.max(16 * MiB, 2 ** Math.ceil(Math.log2(ROOM * Math.max(1, maxBytes)))));
  const memtableBytes = given.memtableBytes ?? needed;
  const memoryBytes = given.memoryBytes ?? Math.max(256 * MiB, ROOM * memtableBytes);
  // Nobody is promised anything before the store is whole and closed, and then everything is on disk.
  return resolveOptions({ durability: 'os', ...given, memtableBytes, memoryBytes, createIfMissing: true, errorIfExists: true });
}

function invalid(option: string, value: unknown, wanted: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `The ${option} of a repair is ${String(value)}; it must be ${wanted}.`, {
    details: { option },
  });
}
