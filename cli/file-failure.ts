import { stat } from 'node:fs/promises';
import { LithifyError, nodeRuntime } from '../index.ts';
import { codeOf } from './failure.ts';
import { visibleText } from './format.ts';

/** What a command wanted of a path that somebody named. */
export type Wanted = 'read' | 'write' | 'open';

type Why = readonly [why: string, remedy: string];

/** By Node's code; what is not in here keeps Node's own words. */
const WHY: Readonly<Record<string, Why>> = {
  ENOENT: ['it is not there', 'see how it is spelt'],
  ENOTDIR: ['it, or a part of its path, is no directory', 'name another place'],
  EISDIR: ['it is a directory', 'a file is wanted there'],
  EEXIST: ['there is something in its place already', 'name another, or take that away'],
  EACCES: ['this user may not', 'change its permissions, or name another place'],
  EPERM: ['this user may not', 'change its permissions, or name another place'],
  EROFS: ['its file system can only be read', 'name another place'],
  ELOOP: ['its links lead in a circle', 'name the place itself'],
  ENAMETOOLONG: ['its name is too long', 'name another place'],
  ENOSPC: ['the disk is full', 'make room, or name another disk'],
  EDQUOT: ['this user may use no more of the disk', 'make room, or name another disk'],
};
/** Node says so of a directory that cannot be made, and of a file whose directory is not there. */
const NOWHERE: Why = ['nothing can be made there', 'name another place'];
/** By our own code, of a store that is to be opened: the options that the engine speaks of are not the command's. */
const OF_STORES: Readonly<Partial<Record<LithifyError['code'], Why>>> = {
  LITHIFY_NOT_FOUND: ['there is no store', 'see how it is spelt'],
  LITHIFY_EXISTS: ['there is a store already', 'name another place'],
};

/** Node's error about a file or a directory as one with a code of ours, which names the path and says what to do. */
export function fileFailure(error: unknown, path: string, wanted: Wanted): LithifyError {
  if (error instanceof LithifyError) return error;
  return refusal(codeOf(error) ?? '', path, wanted, error);
}

/** The same for what Node was not asked, by the code that it would have had. */
export function refusal(code: string, path: string, wanted: Wanted, cause?: unknown): LithifyError {
  const known = wanted !== 'read' && code === 'ENOENT' ? NOWHERE : WHY[code];
  const why = known ?? ([cause instanceof Error ? cause.message : String(cause), 'look at it'] as const);
  return failure(ourCode(code, wanted), why, path, wanted, cause);
}

function failure(code: LithifyError['code'], [why, remedy]: Why, path: string, wanted: Wanted, cause: unknown): LithifyError {
  return new LithifyError(code, `Cannot ${wanted} ${visibleText(path)}: ${why}; ${remedy}.`, { cause, details: { path } });
}

/** What the work gives; its failure is said of this path. */
export async function orFileFailure<T>(work: Promise<T>, path: string, wanted: Wanted): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fileFailure(error, path, wanted);
  }
}

/** The same of a directory that the engine was given: Node's reason and what it says of its own options are put into our words. */
export async function orPlaceFailure<T>(work: Promise<T>, path: string, wanted: Wanted): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw placeFailure(error, path, wanted);
  }
}

function placeFailure(error: unknown, path: string, wanted: Wanted): unknown {
  if (!(error instanceof LithifyError)) return error;
  const ofStore = wanted === 'open' ? OF_STORES[error.code] : undefined;
  if (ofStore !== undefined) return failure(error.code, ofStore, path, wanted, error);
  const code = directoryCode(error.cause);
  return error.code === 'LITHIFY_INVALID_ARGUMENT' && Object.hasOwn(WHY, code) ? refusal(code, path, wanted, error) : error;
}

/** Made with its parents. Node's own recursive mkdir never comes back where nothing can be made although the parent is there, as in /proc. */
export async function makeDirectory(path: string): Promise<void> {
  const { files } = nodeRuntime();
  try {
    await files.makeDirectory(path);
  } catch (error) {
    throw refusal(directoryCode(error), path, 'write', error);
  }
}

/** EEXIST of a directory that was to be made: there is a file. */
function directoryCode(error: unknown): string {
  const code = codeOf(error) ?? '';
  return code === 'EEXIST' ? 'ENOTDIR' : code;
}

export async function expectDirectory(path: string): Promise<void> {
  const found = await orFileFailure(stat(path), path, 'read');
  if (!found.isDirectory()) throw refusal('ENOTDIR', path, 'read');
}

function ourCode(code: string, wanted: Wanted): LithifyError['code'] {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'LITHIFY_DISK_FULL';
  return code === 'ENOENT' && wanted === 'read' ? 'LITHIFY_NOT_FOUND' : 'LITHIFY_INVALID_ARGUMENT';
}
