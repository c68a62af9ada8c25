import { codeOf, messageOf } from '../../protocol/errors.ts';

const RIGHT: ReadonlySet<string> = new Set([
  ...['LITHIFY_CONFLICT', 'LITHIFY_NOT_FOUND', 'LITHIFY_INVALID_ARGUMENT'],
  ...['LEVEL_SNAPSHOT_NOT_OPEN'],
]);

/** What a list may rightly meet is seen as its code; of everything else one wants to know more. */
export function shownError(error: unknown): string {
  const code = codeOf(error) ?? 'no code';
  return RIGHT.has(code) ? `! ${code}` : `! ${code}: ${reasonsOf(error)}`;
}

function reasonsOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} ← ${reasonsOf(cause)}`;
}
