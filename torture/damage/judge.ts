import { LithifyError, messageOf } from '../../protocol/errors.ts';
import type { Refusal } from './read-all.ts';
import type { Target } from './targets.ts';

/** What reading may be refused with, when something on disk is not as it was written. */
const READ_CODES: ReadonlySet<string> = new Set(['LITHIFY_CORRUPTION', 'LITHIFY_READER_UNAVAILABLE']);
export const OPEN_CODES: ReadonlySet<string> = new Set(['LITHIFY_CORRUPTION']);

/** Throws unless it is a coded error that says where the damage is. */
export function expectNamed({ what, error }: Refusal, targets: readonly Target[], codes = READ_CODES): void {
  const coded = codedIn(error, codes);
  if (coded === undefined) throw new Error(`${what} failed with ${messageOf(error)}`, { cause: error });
  if (targets.some((target) => isNamed(target, coded))) return;
  throw new Error(`${what} failed, but its error does not name what is damaged: ${messageOf(error)}`, { cause: error });
}

/** The error of ours that it is, or that is its cause, if its code is one of these. */
export function codedIn(error: unknown, codes = READ_CODES): LithifyError | undefined {
  const coded = ownIn(error);
  return coded !== undefined && codes.has(coded.code) ? coded : undefined;
}

function isNamed(target: Target, { details }: LithifyError): boolean {
  const { blobId, blobIds = [blobId], file, entry } = details;
  if (target.blobId !== undefined) return Array.isArray(blobIds) && blobIds.includes(target.blobId);
  if (target.key === undefined) return typeof file === 'string' && file !== '' && target.location.endsWith(file);
  // A head that is not of the newest entry may as well be the right one.
  return entry === target.name || (target.kind === 'manifest head' && entry === 'the newest entry');
}

/** Level wraps what it hands on. */
function ownIn(error: unknown): LithifyError | undefined {
  if (error instanceof LithifyError) return error;
  return error instanceof Error && error.cause !== undefined ? ownIn(error.cause) : undefined;
}
