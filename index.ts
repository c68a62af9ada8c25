/**
 * `lithify`: the engine, the class in place of `level`'s, commit logs, actors that persist themselves, copies and repairs.
 * @module
 */
import type { AbstractDatabaseOptions } from 'abstract-level';
import { destroyStore } from './actors/destroy.ts';
import { repairStore } from './actors/repair/repair.ts';
import { engineLogicOn } from './embed/engine-logic/engine-logic.ts';
import { checkedInput } from './embed/engine-logic/input.ts';
import { vacated } from './embed/engine-logic/tenancy.ts';
import { Engine } from './kv/engine.ts';
import { levelOptions } from './kv/engine-options.ts';
import { type ImportLevelOptions, importLevel as importLevelWith, type LevelImported } from './kv/import-level.ts';
import { Level as BoundLevel } from './kv/level.ts';
import type { DatabaseOptions } from './kv/level-options.ts';
import { checkedLocation, homeAt, type Place } from './kv/own-engine.ts';
import { nodeRuntime } from './platform/node-runtime.ts';
import type { InspectOptions } from './protocol/inspection.ts';
import type { OpenOptions } from './protocol/options.ts';
import type { RepairOptions, RepairReport } from './protocol/repair.ts';
import type { Runtime } from './protocol/runtime.ts';

/**
 * Opens the store in a directory, which is made when it is missing (see `createIfMissing`).
 * Close it with `close()`, or by `await using`.
 */
export async function open(location: string, options: OpenOptions = {}): Promise<Engine> {
  return Engine.open(location, options, onThisNode());
}

/** Copies a LevelDB directory into an open store, all of it or nothing; see kv/import-level.ts for how it fails. */
export function importLevel(engine: Engine, location: string, options: ImportLevelOptions = {}): Promise<LevelImported> {
  return importLevelWith(engine, location, options, nodeRuntime());
}

/** Salvages what is readable of a damaged store into a new one, and says what was lost; see actors/repair/repair.ts for how it fails. */
export function repair(damaged: string, target: string, options: RepairOptions = {}): Promise<RepairReport> {
  return repairStore(damaged, target, options, options?.runtime ?? nodeRuntime());
}

/** An engine as one more actor: invoke or spawn it with `{ location, options? }`; docs/embedding.md has its states, events and errors. */
export const engineLogic = engineLogicOn({ open, runtime: nodeRuntime });

/**
 * Resolves when every engine that an `engineLogic` actor opens or has open at this location now is closed: what to wait for
 * after actors were merely stopped. `runtime`: the one in the engine's options, if it has one. LITHIFY_INVALID_ARGUMENT: an argument.
 */
export async function engineClosed(location: string, options: { runtime?: Runtime } = {}): Promise<void> {
  const { runtime = nodeRuntime() } = checkedInput({ location, options }).options;
  return vacated(location, runtime);
}

/** The same class as `level`'s `Level`, on an engine of its own (`db.engine`) or on one that is open. */
export class Level<K = string, V = string> extends BoundLevel<K, V> {
  /** A directory, whose engine opens and closes with the database. Options of abstract-level, of `open` and of classic-level. */
  constructor(location: string, options?: DatabaseOptions<K, V>);
  /** On an engine that is open, with encodings of its own; the engine stays open when the database is closed. */
  constructor(engine: Engine, options?: AbstractDatabaseOptions<K, V>);
  constructor(place: Place, options?: DatabaseOptions<K, V>);
  constructor(place: Place, options?: DatabaseOptions<K, V>) {
    super(homeAt(place, { ...options }, onThisNode), typeof place === 'string' ? levelOptions(options) : options);
  }

  /**
   * Deletes the store in a directory, and the directory if nothing else is in it; nothing there is fine. LITHIFY_LOCKED:
   * it is open; LITHIFY_NOT_FOUND: the directory is not a store.
   */
  static async destroy(location: string): Promise<void> {
    await destroyStore(checkedLocation(location), nodeRuntime());
  }
}

function onThisNode() {
  return {
    runtime: nodeRuntime(),
    makeLevel: (home: Exclude<Place, string | Engine>) => new Level(home),
    inspect: async (engine: Engine, options: InspectOptions) => (await import('./inspector/index.ts')).inspect(engine, options),
  };
}

export type { AskOptions } from './actors/asks.ts';
export type { CheckpointOptions, CheckpointProgress, CheckpointReport } from './actors/checkpoint/options.ts';
export type { IngestReport } from './actors/ingest.ts';
export type { Imported, ImportOptions, StreambedFile } from './actors/logs/importer.ts';
export type { ConsumerOffset, StartFrom, SubscribeOptions } from './actors/logs/subscribe-options.ts';
export type { Subscription } from './actors/logs/subscription.ts';
export type { ProduceOptions, Topic } from './actors/logs/topic.ts';
export { openMetricsText } from './actors/observation/metrics/open-metrics.ts';
export type { EngineLogic, EngineLogicContext } from './embed/engine-logic/engine-logic.ts';
export type { EngineAnswer, EngineLogicEmitted, EngineLogicInput, EngineReply, EngineRequest } from './embed/engine-logic/messages.ts';
export type { Codec } from './embed/persist/codec.ts';
export type { HistoryEntry, HistoryOptions } from './embed/persist/histories.ts';
export type { PersistOptions } from './embed/persist/options.ts';
export { type PersistedLogic, persist } from './embed/persist/persist.ts';
export { type PersistedActor, persisted } from './embed/persist/persisted.ts';
export { type ForgetOptions, forget, persistedIds } from './embed/persist/persisted-ids.ts';
export type { Pairs } from './kv/encoded-pairs.ts';
export type { Engine } from './kv/engine.ts';
export type { ImportLevelOptions, LevelImported } from './kv/import-level.ts';
export type * from './kv/level-options.ts';
export type { Transaction, TxKey } from './kv/transaction.ts';
export { nodeRuntime } from './platform/node-runtime.ts';
export type { CompactionOptions } from './protocol/compaction-options.ts';
export { type ErrorCode, type ErrorDetails, LithifyError } from './protocol/errors.ts';
export type * from './protocol/events.ts';
export type * from './protocol/inspection.ts';
export type * from './protocol/log.ts';
export type * from './protocol/messages.ts';
export type * from './protocol/metrics.ts';
export type { Durability, Logger, OpenOptions, RecorderOptions } from './protocol/options.ts';
export type * from './protocol/recorder.ts';
export { parseRecorderDump } from './protocol/recorder-dump.ts';
export type * from './protocol/repair.ts';
export type * from './protocol/runtime.ts';
export type * from './protocol/shape.ts';
export type * from './protocol/stats.ts';
export type * from './protocol/why.ts';
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
