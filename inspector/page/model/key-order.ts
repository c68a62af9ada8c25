import type { MessageKey } from '../../../protocol/messages.ts';

const utf8 = new TextEncoder();

/** The key's own bytes, by which the store orders it. */
export function keyBytes(key: MessageKey): Uint8Array {
  return typeof key === 'string' ? utf8.encode(key) : Uint8Array.from(atob(key.base64), (char) => char.charCodeAt(0));
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** A key for people: control characters are written out, and the middle of a long one is left out. */
export function keyText(key: MessageKey, most = 40): string {
  const text = typeof key === 'string' ? written(key) : `base64:${key.base64}`;
  if (text.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}

/** Also the marks that would turn the direction of the text around them, or could not be seen. */
function written(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
