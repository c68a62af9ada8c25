import type { MessageKey } from '../protocol/messages.ts';
import { toBase64 } from './log/base64.ts';

/** A mark at its beginning is part of a key. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A stored key as messages have it: as text where it is UTF-8, else as Base64. `bytesOfKey` gives the bytes back. */
export function messageKey(bytes: Uint8Array): MessageKey {
  try {
    return utf8.decode(bytes);
  } catch {
    return { base64: toBase64(bytes) };
  }
}
