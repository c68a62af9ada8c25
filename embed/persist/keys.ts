import { LithifyError } from '../../protocol/errors.ts';

/** As `engine.kv.sublevel('lithify.actors')` would have it, so that the usual tools find what is there. */
export const PREFIX = '!lithify.actors!';
/** The first key behind all of them. */
export const PREFIX_END = '!lithify.actors"';
/** UTF-8. */
export const MAX_ID_BYTES = 1024;

const utf8 = new TextEncoder();

/** LITHIFY_INVALID_ARGUMENT: it must be text of 1 to 1,024 bytes of UTF-8. */
export function checkedId(id: unknown): string {
  // A lone half of a pair becomes the same bytes as every other one.
  if (typeof id === 'string' && id !== '' && id.isWellFormed() && utf8.encode(id).length <= MAX_ID_BYTES) return id;
  const found = typeof id === 'string' ? `'${id.slice(0, 40)}'` : String(id);
  throw new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `The id of an actor is ${found}; it must be text of 1 to ${MAX_ID_BYTES} bytes of UTF-8.`,
    { details: { option: 'id' } },
  );
}

export function keyOf(id: string): string {
  return PREFIX + id;
}

/** Under which an actor's history stands in its topic: FNV-1a, 64 bits. The id itself is in a header. */
export function recordKeyOf(id: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of utf8.encode(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
