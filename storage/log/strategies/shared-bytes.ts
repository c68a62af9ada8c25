import { LithifyError, messageOf } from '../../../protocol/errors.ts';

/** Zeroed memory that threads share, where threads can share memory; its pages cost nothing until they are touched. */
export function sharedBytes(bytes: number, what: string): ArrayBufferLike {
  try {
    return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
  } catch (error) {
    throw new LithifyError('LITHIFY_STRATEGY', `${what} takes ${bytes} bytes, which cannot be had; lower maxKeys: ${messageOf(error)}`, {
      cause: error,
      details: { bytes },
    });
  }
}
