import { Engine } from './kv/engine.ts';
import { nodeRuntime } from './platform/node-runtime.ts';
import type { OpenOptions } from './protocol/options.ts';

/**
 * Opens the store in a directory, which is made when it is missing (see `createIfMissing`).
 * Close it with `close()`, or by `await using`.
 */
export function open(location: string, options: OpenOptions = {}): Promise<Engine> {
  return Engine.open(location, options, nodeRuntime());
}

export type { AskOptions } from './actors/asks.ts';
export type { Engine } from './kv/engine.ts';
export type { Level } from './kv/level.ts';
export { nodeRuntime } from './platform/node-runtime.ts';
export { type ErrorCode, LithifyError } from './protocol/errors.ts';
export type { EngineEvent } from './protocol/events.ts';
export type * from './protocol/messages.ts';
export type { Durability, Logger, OpenOptions } from './protocol/options.ts';
export type { Clock, Files, Runtime, Thread } from './protocol/runtime.ts';
export type { EngineStats, VerifyReport } from './protocol/stats.ts';
