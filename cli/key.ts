import { isUtf8 } from 'node:buffer';
import { InvalidArgumentError } from 'commander';

/** How keys stand on a command line, and where they are printed for eyes. */
export const KEY_FORM = 'text, or base64:… where it is none';

const MARK = 'base64:';

/** A key that somebody named. */
export function keyBytes(text: string): Uint8Array {
  const encoded = base64In(text);
  return Buffer.from(encoded ?? text, encoded === undefined ? 'utf8' : 'base64');
}

/** The same as messages have it. */
export function messageKeyOf(text: string): string | { readonly base64: string } {
  const base64 = base64In(text);
  return base64 === undefined ? text : { base64 };
}

/** What `keyBytes` takes back; a text that it would take for Base64 is Base64, too. */
export function keyText(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const text = bytes.toString('utf8');
  return isUtf8(bytes) && !text.startsWith(MARK) ? text : `${MARK}${bytes.toString('base64')}`;
}

/** undefined: the key is its own text. */
function base64In(text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined;
  const base64 = text.slice(MARK.length);
  if (Buffer.from(base64, 'base64').toString('base64') === base64) return base64;
  throw new InvalidArgumentError(`What follows ${MARK} is not Base64; a key that begins with ${MARK} itself is given as Base64, too.`);
}
