import { LithifyError } from '../protocol/errors.ts';
import { OPTION_NAMES, type OpenOptions, resolveOptions } from '../protocol/options.ts';

type Given = Readonly<Record<string, unknown>>;

/** classic-level's names for options of ours; ours win where both are given. */
const CLASSIC = [
  ['cacheSize', 'cacheBytes', 0, 64 * 2 ** 30],
  ['blockSize', 'blockBytes', 64, 4 * 2 ** 20],
  ['writeBufferSize', 'memtableBytes', 4096, 2 ** 30],
] as const;

/**
 * The engine's part of a database's options. What neither it nor classic-level knows is left to abstract-level, where
 * hooks and plugins find it. LITHIFY_INVALID_ARGUMENT: a known one is malformed.
 */
export function engineOptions(given: Given): OpenOptions {
  const known = Object.entries(given).filter(([name, value]) => OPTION_NAMES.has(name) && value !== undefined);
  // Their values are checked below.
  const options: OpenOptions = Object.fromEntries(known);
  for (const [theirs, ours, min, max] of CLASSIC) {
    if (given[theirs] === undefined) continue;
    const size = sizeOf(theirs, given[theirs]);
    const most = ours === 'memtableBytes' ? Math.min(max, largestMemtable(options)) : max;
    options[ours] ??= Math.min(Math.max(min, size), most);
  }
  resolveOptions(options);
  return options;
}

/** What opening decides by itself, with what abstract-level makes of it. */
const SHARED: ReadonlySet<string> = new Set(['createIfMissing', 'errorIfExists']);

/** What abstract-level gets, and hands to hooks: without what only the engine is asked for. */
export function levelOptions<T extends object>(given: T | undefined): Partial<T> {
  const left = Object.entries(given ?? {}).filter(([name]) => !OPTION_NAMES.has(name) || SHARED.has(name));
  return Object.fromEntries(left) as Partial<T>;
}

/** Two must fit into the limit on memory. */
function largestMemtable({ memoryBytes }: OpenOptions): number {
  const resolved = resolveOptions({ memtableBytes: 4096, ...(memoryBytes !== undefined && { memoryBytes }) });
  return Math.floor(resolved.memoryBytes / 2);
}

function sizeOf(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return Math.floor(value);
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option ${name} is ${String(value)}; it must be a number of bytes.`, {
    details: { option: name },
  });
}
