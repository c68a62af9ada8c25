import { LithifyError } from '../../protocol/errors.ts';

/** `what`: such as "a produce". LITHIFY_INVALID_ARGUMENT: it is no object, or there is something else in it. */
export function checkOptions(given: unknown, known: readonly string[], what: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`The options of ${what} are ${given === null ? 'null' : typeof given}; they must be an object.`, 'options');
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`Unknown option '${unknown}'; ${what} has ${known.join(' and ')}.`, unknown);
}

export function checkedFlag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(`Option ${name} is ${String(value)}; it must be true or false.`, name);
}

function invalid(message: string, option: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option } });
}
