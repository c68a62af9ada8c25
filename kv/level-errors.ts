import { codeOf, type ErrorCode } from '../protocol/errors.ts';

/** An error with one of abstract-level's codes, for what its users test for. */
export class LevelError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown; name?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = options.name ?? 'LevelError';
    this.code = code;
  }
}

export function notOpen(what: string): LevelError {
  return new LevelError('LEVEL_DATABASE_NOT_OPEN', `Database is not open: ${what}`);
}

/** By name and code what abstract-level itself throws for a signal; it does not export its class. */
export function aborted(): LevelError {
  return new LevelError('LEVEL_ABORTED', 'Operation has been aborted', { name: 'AbortError' });
}

/** Why an opening failed, under the names that users of classic-level look for in `error.cause.code`. */
const AS_IN_LEVEL: Readonly<Partial<Record<ErrorCode, string>>> = {
  LITHIFY_LOCKED: 'LEVEL_LOCKED',
  LITHIFY_CORRUPTION: 'LEVEL_CORRUPTION',
};

/**
 * The cause of LEVEL_DATABASE_NOT_OPEN: an error of ours, or one of Level's whose own cause is ours. With either,
 * `error.cause.code` says what classic-level's would say, if that has a word for it.
 */
export function openingError(error: unknown): unknown {
  const code = AS_IN_LEVEL[codeOf(error) as ErrorCode];
  if (code === undefined || !(error instanceof Error)) return error;
  return new LevelError(code, error.message, { cause: error });
}
