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
export type { Imported, ImportOptions, StreambedFile } from './actors/logs/importer.ts';
export type { ConsumerOffset, StartFrom, SubscribeOptions } from './actors/logs/subscribe-options.ts';
export type { Subscription } from './actors/logs/subscription.ts';
export type { ProduceOptions, Topic } from './actors/logs/topic.ts';
export type { Engine } from './kv/engine.ts';
export type { Level } from './kv/level.ts';
export type { Transaction } from './kv/transaction.ts';
export { nodeRuntime } from './platform/node-runtime.ts';
export type { CompactionOptions } from './protocol/compaction-options.ts';
export { type ErrorCode, LithifyError } from './protocol/errors.ts';
export type { EngineEvent } from './protocol/events.ts';
export type * from './protocol/log.ts';
export type * from './protocol/messages.ts';
export type { Durability, Logger, OpenOptions } from './protocol/options.ts';
export type { Clock, Files, Runtime, Thread } from './protocol/runtime.ts';
export type { EngineStats, VerifyReport } from './protocol/stats.ts';
export { type JsonForm, type ProducerRecord, parseProducerRecord, toJsonLine } from './storage/log/json.ts';
export { composedRetention, type RetentionRoute } from './storage/log/strategies/composed.ts';
export { keyBasedRetention } from './storage/log/strategies/key-based.ts';
export { nthKeyBasedRetention } from './storage/log/strategies/nth-key-based.ts';
export type { RetentionOptions } from './storage/log/strategies/retention-options.ts';
export { retentionModule } from './storage/log/strategies/strategy-spec.ts';
export type { Strategy, StrategyModule } from './storage/log/strategy.ts';
export type { DamagedStretch } from './storage/log/streambed/scan.ts';
export { type TopicFiles, topicFiles } from './storage/log/streambed/topic-files.ts';
export type { Written } from './storage/log/streambed/writer.ts';
