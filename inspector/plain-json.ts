import { codeOf, messageOf } from '../protocol/errors.ts';

/** Any value as one line of JSON: errors as { code, message }, bytes as { base64 }, bigints as text. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, plain) ?? 'null';
}

/** What tells a change from the mere passing of time: the same without ages, which a page counts on by itself. */
export function changeKey(value: unknown): string {
  return (
    JSON.stringify(value, function (this: unknown, name: string, inner: unknown): unknown {
      return AGES.has(name) ? undefined : plain.call(this, name, inner);
    }) ?? 'null'
  );
}

const AGES: ReadonlySet<string> = new Set(['ageMs', 'idleMs']);

function plain(this: unknown, name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return plainError(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  // A Buffer has become something else by its own toJSON.
  const before = typeof this === 'object' && this !== null ? Reflect.get(this, name) : value;
  return before instanceof Uint8Array ? { base64: Buffer.from(before).toString('base64') } : value;
}

export function plainError(error: unknown): { readonly code: string; readonly message: string } {
  return { code: codeOf(error) ?? 'LITHIFY_INTERNAL', message: messageOf(error) };
}
