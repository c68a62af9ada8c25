import { LithifyError } from '../protocol/errors.ts';

/** What a misspelt name would do: nothing, for ever, without a word. */
export function refuseUnknown(given: object, known: ReadonlySet<string>, what: string): void {
  for (const name of Object.keys(given)) {
    if (!known.has(name)) throw invalid(`Unknown ${what} '${name}'; known are ${[...known].sort().join(', ')}.`, name);
  }
}

/** Two seeds that are no whole 32-bit numbers might be the same one. */
export function checkSeed(seed: number): void {
  if (Number.isInteger(seed) && Math.abs(seed) < 2 ** 32) return;
  throw invalid(`The seed is ${String(seed)}; it must be a whole number of at most 32 bits.`, 'seed');
}

export function invalid(message: string, option: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option } });
}
