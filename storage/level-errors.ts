import { codeOf, type ErrorCode, isDiskFull, LithifyError, messageOf } from '../protocol/errors.ts';

/** LevelDB says most of what went wrong only in a message, and abstract-level wraps it; so the causes are searched. */
const CODES: readonly (readonly [ErrorCode, (error: unknown) => boolean])[] = [
  ['LITHIFY_DISK_FULL', isDiskFull],
  ['LITHIFY_LOCKED', (error) => codeOf(error) === 'LEVEL_LOCKED'],
  ['LITHIFY_CORRUPTION', (error) => codeOf(error) === 'LEVEL_CORRUPTION' || /^Corruption:/.test(messageOf(error))],
  // CURRENT names a file that is not there, or the one that it names is gone. LOCK is the first that is made in a directory.
  ['LITHIFY_CORRUPTION', (error) => /^IO error: (?!.*[\\/]LOCK:).*: (No such file or|Is a|Not a) directory/s.test(messageOf(error))],
  // A read beyond the end of a table, which LevelDB has mapped into memory.
  ['LITHIFY_CORRUPTION', (error) => /^IO error: .*\.(ldb|sst): Invalid argument/.test(messageOf(error))],
  ['LITHIFY_NOT_FOUND', (error) => /create_if_missing is false/.test(messageOf(error))],
];

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  LITHIFY_LOCKED: 'close the process that has it open',
  LITHIFY_DISK_FULL: 'make room, then open the store again',
  LITHIFY_CORRUPTION: 'verify the store; restore or repair what is damaged',
  LITHIFY_NOT_FOUND: 'check the path, or open with createIfMissing',
};

/** `what` names the operation and the place: "Writing to /data/store/blobs". */
export function levelError(error: unknown, what: string): LithifyError {
  if (error instanceof LithifyError) return error;
  const causes = causesOf(error);
  const code = CODES.find(([, matches]) => causes.some(matches))?.[0] ?? 'LITHIFY_BLOB_STORE';
  const advice = ADVICE[code];
  const reason = messageOf(causes[causes.length - 1]);
  return new LithifyError(code, `${what} failed: ${reason}${advice === undefined ? '' : `; ${advice}`}`, { cause: error });
}

function causesOf(error: unknown): unknown[] {
  const causes = [error];
  for (let at = error; at instanceof Error && at.cause !== undefined && causes.length < 8; at = at.cause) causes.push(at.cause);
  return causes;
}
