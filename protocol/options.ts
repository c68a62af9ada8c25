import { LithifyError } from './errors.ts';
import { checkedObserver, type InspectObserver } from './inspection.ts';
import type { Runtime } from './runtime.ts';

/** How acknowledged writes survive. `fsync`: a power loss. `os`: the death of the process, not of the machine. */
export type Durability = 'fsync' | 'os';

/** What `open` takes; all of it may be left out. What is unknown or not sound is LITHIFY_INVALID_ARGUMENT that names it. */
export interface OpenOptions {
  /** 'memory' keeps everything in this process and forgets it on close; it takes no workers. Default 'level'. */
  storage?: 'level' | 'memory';
  /** How many jobs can be under way at once, 1 to 16. Default 2. */
  compactors?: number;
  /** Threads for the jobs, 0 (in this thread, block by block) to `compactors`. Default: as many as compactors. */
  workers?: number;
  /** What an acknowledged write survives, unless its own `sync` says otherwise. Default 'fsync'. */
  durability?: Durability;
  /** A memtable is sealed at this size. Bytes; default 16 MiB. */
  memtableBytes?: number;
  /** Limit over all memtables and LevelDB's write buffers. Bytes; default 256 MiB. */
  memoryBytes?: number;
  /** Block cache. Bytes; default 64 MiB; 0 switches it off. */
  cacheBytes?: number;
  /** Blocks of a table: what is read and cached at once. Bytes; default 32 KiB. */
  blockBytes?: number;
  /** Compactions begin a new table at about this size. Bytes; default 16 MiB. */
  tableBytes?: number;
  /** Large orders are cut into slices of about this size. Bytes; default 64 MiB. */
  sliceBytes?: number;
  /** Requests of users that may wait at once. Default 64. */
  mailboxCapacity?: number;
  /** How long `close()` lets running jobs go on. Milliseconds; default 10,000. */
  closeDeadlineMs?: number;
  /**
   * A write that waits for room while the flushes it waits for keep failing is refused with their error after so long.
   * Milliseconds; default 10 s; 0: at the first failure.
   */
  writeTimeoutMs?: number;
  /** Snapshots and iterators remember where they were made, so that `stats()` can tell. Costs microseconds each; default false. */
  trackLeases?: boolean;
  /** false: a directory without a store is LITHIFY_NOT_FOUND. Default true. */
  createIfMissing?: boolean;
  /** true: a directory with a store is LITHIFY_EXISTS. Default false. */
  errorIfExists?: boolean;
  /** Minor SSTs that start a compaction. Default 4. */
  minorTrigger?: number;
  /** Clock, randomness, files and threads. Default: this Node. */
  runtime?: Runtime;
  /** An XState inspection observer, such as Stately's; what it throws is caught. */
  inspect?: InspectObserver;
  /** The last messages, transitions, decisions and events, kept for when something goes wrong. */
  recorder?: RecorderOptions;
  /** pino-compatible: what `events$` tells, as sentences, each at its level. Default: none; lithify never prints by itself. */
  logger?: Logger;
}

/** How much the flight recorder keeps, and where it writes it. */
export interface RecorderOptions {
  /**
   * How many are kept, 0 (nothing is recorded) to 1,048,576. Default 4,096; 0 where databases are opened by the runtime,
   * as in a simulation, where looking at the clock is something that happens.
   */
  entries?: number;
  /**
   * Where failures are dumped; false: nowhere. Default: `recorder` in the store, and nowhere for storage 'memory' or where the
   * runtime opens databases.
   */
  directory?: string | false;
}

/** What pino and most loggers are. The details are those of the event, its error as `err`; what a logger throws is caught. */
export interface Logger {
  /** Routine. */
  debug(details: object, message: string): void;
  /** A few lines in the life of a store. */
  info(details: object, message: string): void;
  /** Somebody waits, something failed and is tried again, or data may go. */
  warn(details: object, message: string): void;
  /** Something is broken. */
  error(details: object, message: string): void;
}

export type EngineOptions = Required<Omit<OpenOptions, 'inspect' | 'logger' | 'runtime' | 'recorder'>> &
  Pick<OpenOptions, 'inspect' | 'logger' | 'runtime'> & {
    readonly recorder: { readonly entries: number; readonly directory?: string | false };
  };

const KiB = 1024;
const MiB = 1024 * KiB;

type NumberRule = readonly [fallback: number, min: number, max: number];
/** The smallest sizes let a test have tables of one block and blocks of one entry. */
const NUMBERS = {
  compactors: [2, 1, 16],
  memtableBytes: [16 * MiB, 4 * KiB, 1024 * MiB],
  memoryBytes: [256 * MiB, 64 * KiB, 64 * 1024 * MiB],
  cacheBytes: [64 * MiB, 0, 64 * 1024 * MiB],
  blockBytes: [32 * KiB, 64, 4 * MiB],
  tableBytes: [16 * MiB, 64, 1024 * MiB],
  sliceBytes: [64 * MiB, 64, 4096 * MiB],
  mailboxCapacity: [64, 1, 65_536],
  closeDeadlineMs: [10_000, 0, 2 ** 31 - 1],
  writeTimeoutMs: [10_000, 0, 2 ** 31 - 1],
  minorTrigger: [4, 1, 64],
} as const satisfies Partial<Record<keyof OpenOptions, NumberRule>>;

/** Every option present and sound, or LITHIFY_INVALID_ARGUMENT naming the one that is not. */
export function resolveOptions(given: OpenOptions = {}): EngineOptions {
  if (typeof given !== 'object' || given === null) throw invalid('options', given, 'an object');
  refuseUnknown(given);
  const compactors = numberOption(given, 'compactors');
  const storage = choice(given, 'storage', ['level', 'memory'], 'level');
  const hasThreads = storage !== 'memory' && given.runtime?.openDatabase === undefined;
  const workers = given.workers ?? (hasThreads ? compactors : 0);
  if (!Number.isInteger(workers) || workers < 0 || workers > compactors) {
    throw invalid('workers', workers, `a whole number from 0 to compactors (${compactors})`);
  }
  if (!hasThreads && workers > 0) throw invalid('workers', workers, `0, because ${unshared(storage)} cannot be shared with threads`);
  const memtableBytes = numberOption(given, 'memtableBytes');
  const memoryBytes = numberOption(given, 'memoryBytes');
  if (memoryBytes < 2 * memtableBytes) throw invalid('memoryBytes', memoryBytes, `at least twice memtableBytes (${2 * memtableBytes})`);
  return {
    storage,
    compactors,
    workers,
    memtableBytes,
    memoryBytes,
    durability: choice(given, 'durability', ['fsync', 'os'], 'fsync'),
    cacheBytes: numberOption(given, 'cacheBytes'),
    blockBytes: numberOption(given, 'blockBytes'),
    tableBytes: numberOption(given, 'tableBytes'),
    sliceBytes: numberOption(given, 'sliceBytes'),
    mailboxCapacity: numberOption(given, 'mailboxCapacity'),
    closeDeadlineMs: numberOption(given, 'closeDeadlineMs'),
    minorTrigger: numberOption(given, 'minorTrigger'),
    writeTimeoutMs: numberOption(given, 'writeTimeoutMs'),
    trackLeases: flag(given, 'trackLeases', false),
    createIfMissing: flag(given, 'createIfMissing', true),
    errorIfExists: flag(given, 'errorIfExists', false),
    recorder: recorderOption(given),
    ...(given.runtime !== undefined && { runtime: given.runtime }),
    ...(given.inspect !== undefined && { inspect: observerOption(given) }),
    ...(given.logger !== undefined && { logger: loggerOption(given) }),
  };
}

/** Of `OpenOptions`. */
export const OPTION_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(NUMBERS),
  ...['storage', 'workers', 'durability', 'trackLeases', 'createIfMissing', 'errorIfExists', 'runtime', 'inspect', 'recorder', 'logger'],
]);

function refuseUnknown(given: OpenOptions): void {
  for (const name of Object.keys(given)) {
    if (!OPTION_NAMES.has(name)) {
      throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Unknown option '${name}'; known are ${[...OPTION_NAMES].sort().join(', ')}.`, {
        details: { option: name },
      });
    }
  }
}

function numberOption(given: OpenOptions, name: keyof typeof NUMBERS): number {
  const [fallback, min, max] = NUMBERS[name];
  const value = given[name] ?? fallback;
  if (!Number.isInteger(value) || value < min || value > max) throw invalid(name, value, `a whole number from ${min} to ${max}`);
  return value;
}

function choice<T extends string>(given: OpenOptions, name: keyof OpenOptions, allowed: readonly T[], fallback: T): T {
  const value = given[name] ?? fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(name, value, allowed.map((one) => `'${one}'`).join(' or '));
  return found;
}

function flag(given: OpenOptions, name: 'createIfMissing' | 'errorIfExists' | 'trackLeases', fallback: boolean): boolean {
  const value = given[name] ?? fallback;
  if (typeof value !== 'boolean') throw invalid(name, value, 'true or false');
  return value;
}

function unshared(storage: EngineOptions['storage']): string {
  return storage === 'memory' ? "storage 'memory'" : 'what runtime.openDatabase opens';
}

const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const satisfies (keyof Logger)[];

function loggerOption({ logger }: OpenOptions): Logger {
  const missing = LOGGER_METHODS.filter((method) => typeof logger?.[method] !== 'function');
  if (logger !== undefined && missing.length === 0) return logger;
  throw invalid('logger', logger, `an object with the methods ${LOGGER_METHODS.join(', ')} (missing: ${missing.join(', ')})`);
}

function observerOption({ inspect }: OpenOptions): InspectObserver {
  return checkedObserver(inspect, 'Option inspect');
}

const RECORDER_ENTRIES = 4_096;
const MOST_RECORDER_ENTRIES = 1_048_576;

function recorderOption({ recorder = {}, runtime }: OpenOptions): EngineOptions['recorder'] {
  if (typeof recorder !== 'object' || recorder === null || Array.isArray(recorder)) {
    throw invalid('recorder', recorder, 'an object with entries and directory; { entries: 0 } switches it off');
  }
  const { entries = runtime?.openDatabase === undefined ? RECORDER_ENTRIES : 0, directory, ...rest } = recorder;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw invalid(`recorder.${unknown}`, rest[unknown as keyof typeof rest], 'absent: known are entries and directory');
  if (!Number.isInteger(entries) || entries < 0 || entries > MOST_RECORDER_ENTRIES) {
    throw invalid('recorder.entries', entries, `a whole number from 0 to ${MOST_RECORDER_ENTRIES}`);
  }
  const isPlace = directory === undefined || directory === false || (typeof directory === 'string' && directory !== '');
  if (!isPlace) throw invalid('recorder.directory', directory, 'the path of a directory, or false');
  return { entries, ...(directory !== undefined && { directory }) };
}

function invalid(name: string, value: unknown, wanted: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option ${name} is ${textOf(value)}; it must be ${wanted}.`, {
    details: { option: name },
  });
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'an object that has no text';
  }
}
