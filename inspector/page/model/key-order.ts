import type { MessageKey } from '../../../protocol/messages.ts';
import { visibleText } from './visible-text.ts';

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

/** A key for people. */
export function keyText(key: MessageKey, most = 40): string {
  return visibleText(typeof key === 'string' ? key : `base64:${key.base64}`, most);
}
