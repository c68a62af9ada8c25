import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import { jsonOf } from './json.ts';

/** How events and states become bytes, at least one. `decode` gives back what `encode` was given. */
export interface Codec {
  /** Well-formed text or bytes, not empty. */
  encode(value: unknown): Uint8Array | string;
  /** The bytes are its own. */
  decode(bytes: Uint8Array): unknown;
}

const utf8 = new TextEncoder();

/** Bytes of its own. LITHIFY_INVALID_ARGUMENT: the codec refuses it. `name`: how the value is called in the message. */
export function encoded(codec: Codec | undefined, value: unknown, name: string): Uint8Array {
  if (codec === undefined) return utf8.encode(jsonOf(value, name));
  try {
    return ownBytes(codec.encode(value));
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `The codec cannot encode ${name}`);
  }
}

/** LITHIFY_CORRUPTION: these bytes are not what `encoded` made. */
export function decoded(codec: Codec | undefined, bytes: Uint8Array, name: string): unknown {
  try {
    return codec === undefined ? JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) : codec.decode(new Uint8Array(bytes));
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_CORRUPTION', `${name} cannot be decoded`);
  }
}

/** A Buffer's own slice would not copy. Nothing at all is how a history says that its actor was forgotten, so it cannot stand for a value. */
function ownBytes(given: unknown): Uint8Array {
  if (typeof given === 'string' && given !== '' && given.isWellFormed()) return utf8.encode(given);
  if (given instanceof Uint8Array && given.length > 0) return new Uint8Array(given);
  throw new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    "The codec's encode must give well-formed text or a Uint8Array, and not an empty one.",
    {
      details: { option: 'codec' },
    },
  );
}
