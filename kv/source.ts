import type { WriteOperation } from '../actors/commit-queue.ts';
import type { Cursor } from '../storage/merge/cursor.ts';

/**
 * What a `Level` needs of the engine beneath it. Keys and values are bytes. Those to write are lent: they are copied
 * before the call returns. A key to read stays as it is. Found bytes are shared: copy them.
 */
export interface KvSource {
  /** Resolves when the engine is open. */
  opened(): Promise<void>;
  /** Ends what the database owns; an engine that was open before stays open. */
  closed(): Promise<void>;
  get(key: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array, sync: boolean | undefined): Promise<void>;
  delete(key: Uint8Array, sync: boolean | undefined): Promise<void>;
  batch(operations: readonly WriteOperation[], sync: boolean | undefined): Promise<void>;
  /** A fixed view from now on; give it back with `release`. */
  scan(range: { gte?: Uint8Array; lt?: Uint8Array; reverse: boolean; fillCache: boolean }): { cursor: Cursor; release(): void };
  /** Resolves after the event loop has had a turn: answers from memory alone would never let it have one. */
  turn(): Promise<void>;
}
