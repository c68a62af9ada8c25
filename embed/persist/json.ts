import { LithifyError } from '../../protocol/errors.ts';

/** What JSON would change without a word, and where it stands. */
interface Offence {
  readonly path: string;
  readonly what: string;
}

/**
 * The value as JSON text from which the same value comes back; properties that are undefined are left out, as JSON does.
 * `name`: how the value is called in the message. LITHIFY_INVALID_ARGUMENT, with `details.path`: JSON would lose something of it.
 */
export function jsonOf(value: unknown, name: string): string {
  const offence = offenceOf(value, name);
  if (offence !== undefined) throw lost(offence);
  return JSON.stringify(value);
}

function offenceOf(value: unknown, name: string): Offence | undefined {
  try {
    if (value === undefined) return { path: name, what: 'undefined' };
    const found = offenceIn(value, new Set());
    return found && { path: `${name}${found.path}`, what: found.what };
  } catch (error) {
    // The only thing that is thrown here is the end of the stack.
    if (error instanceof RangeError) return { path: name, what: 'nested too deeply' };
    throw error;
  }
}

function offenceIn(value: unknown, above: Set<object>): Offence | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path: '', what: String(value) };
  if (typeof value !== 'object') return { path: '', what: value === undefined ? 'undefined' : `a ${typeof value}` };
  if (above.has(value)) return { path: '', what: 'a reference to what it is part of' };
  above.add(value);
  const found = Array.isArray(value) ? offenceInArray(value, above) : offenceInObject(value, above);
  above.delete(value);
  return found;
}

function offenceInArray(values: readonly unknown[], above: Set<object>): Offence | undefined {
  if (Object.keys(values).length !== values.length) return { path: '', what: 'an array with gaps or with properties of its own' };
  for (const [at, value] of values.entries()) {
    const found = offenceIn(value, above);
    if (found !== undefined) return { path: `[${at}]${found.path}`, what: found.what };
  }
  return undefined;
}

function offenceInObject(value: object, above: Set<object>): Offence | undefined {
  if (!isPlain(value)) return { path: '', what: `an instance of ${value.constructor?.name || 'a class'}` };
  if (Object.getOwnPropertySymbols(value).length > 0) return { path: '', what: 'an object with symbols as keys' };
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const found = offenceIn(member, above);
    if (found !== undefined) return { path: `.${key}${found.path}`, what: found.what };
  }
  return undefined;
}

/** Also what comes from another realm, whose Object is not ours. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function lost({ path, what }: Offence): LithifyError {
  const message = `${path} is ${what}, which JSON would not bring back. Keep plain data there, or give persist a codec that can.`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { path } });
}
