import type { ActorRefFrom } from 'xstate';
import type { EngineMachineEvent } from '../../machines/engine.ts';
import type { logCompactorMachine } from '../../machines/log-compactor.ts';
import { type CompactionOptions, type CompactionSettings, resolveCompaction } from '../../protocol/compaction-options.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { GroupLag, Offset, PartitionOffsets, PartitionSizes, TopicInfo } from '../../protocol/log.ts';
import type { Runtime } from '../../protocol/runtime.ts';
import type { LogCompactorStats } from '../../protocol/stats.ts';
import type { LogTopic } from '../../storage/log/catalog.ts';
import type { PartitionId } from '../../storage/log/part.ts';
import { strategySpecOf } from '../../storage/log/strategies/strategy-spec.ts';
import type { StrategySpec } from '../../storage/log/strategy.ts';
import type { WriteBytes, Written } from '../../storage/log/streambed/writer.ts';
import type { RecordToWrite } from '../commit-queue.ts';
import type { Core } from '../core.ts';
import type { EventHub } from '../events.ts';
import { exportPartition } from './exporter.ts';
import { checkCommit, lagOf } from './group-lag.ts';
import { type Imported, Importer, type ImportOptions, type StreambedFile } from './importer.ts';
import { LogCompactors } from './log-compactors.ts';
import { checkOptions } from './options.ts';
import { PartitionPhases } from './partition-phases.ts';
import { sourceOf } from './partition-reader.ts';
import type { PartitionSource } from './partition-source.ts';
import { PhaseDesk } from './phase-desk.ts';
import { Producer } from './producer.ts';
import type { SubscribeOptions } from './subscribe-options.ts';
import { type Subscription, subscribe } from './subscription.ts';
import { Topic } from './topic.ts';
import { checkedName, checkedPartition, checkedPartitions } from './topic-names.ts';

/** What a registration of a topic consists of. */
interface Registration {
  readonly settings: CompactionSettings;
  readonly strategy: StrategySpec | undefined;
}

interface LogsParts {
  readonly of: () => Core;
  readonly runtime: Pick<Runtime, 'clock' | 'keepAlive'>;
  readonly hub: EventHub;
  /** To the root actor. */
  readonly send: (event: EngineMachineEvent) => void;
  /** An actor under the root, by its name. */
  readonly child: (name: string) => unknown;
}

/** Topics as their users see them: it joins what is stored, who compacts it and who reads it. */
export class Logs {
  readonly producer: Producer;
  /** Where the phases of compactions wait for a compactor. */
  readonly desk: PhaseDesk;
  readonly #parts: LogsParts;
  readonly #compactors: LogCompactors;
  /** By name: a topic that is dropped and made again is compacted as before. */
  readonly #registrations = new Map<string, Registration>();
  /**
   * By name: records that came before and are not handed over yet. Those that come now wait behind them, through whatever
   * handle of the topic.
   */
  readonly ahead = new Map<string, Promise<unknown>>();

  constructor(parts: LogsParts) {
    this.#parts = parts;
    const { runtime, hub, send, child, of } = parts;
    this.producer = new Producer(of);
    this.desk = new PhaseDesk({
      notice: (work) => send({ type: 'Notice', work, at: runtime.clock.now() }),
      cancel: (task, error) => send({ type: 'CancelTask', task, error }),
    });
    const refOf = (name: string) => child(name) as ActorRefFrom<typeof logCompactorMachine> | undefined;
    this.#compactors = new LogCompactors({ ...runtime, hub, send, refOf });
  }

  /** The chart of a log compactor, with what it does. */
  logic(): typeof logCompactorMachine {
    return this.#compactors.logic();
  }

  /** Records came in. */
  noticed(id: PartitionId): void {
    this.#compactors.noticed(id);
  }

  storageFailed(): void {
    this.#compactors.storageFailed();
  }

  storageRecovered(): void {
    this.#compactors.storageRecovered();
  }

  /** A log compactor's actor ended by a defect. */
  broke(id: string, error: LithifyError): void {
    this.#compactors.broke(id, error);
  }

  stats(): LogCompactorStats[] {
    return this.#compactors.stats();
  }

  /** A Shutdown was seen: no run begins any more, and nobody goes on waiting for records. */
  beginClosing(): void {
    void this.#compactors.close();
    this.#parts.of().topics.close();
  }

  /** Resolves when no run goes on; before the tablet is closed. */
  close(): Promise<void> {
    return this.#compactors.close();
  }

  /** The engine has ended, well or not. */
  end(error: LithifyError): void {
    this.desk.end(error);
    this.#compactors.end(error);
  }

  /** A plain object; nothing is made before it is needed. */
  topic(name: string, options: { partitions?: number; compaction?: CompactionOptions } = {}): Topic {
    checkOptions(options, ['partitions', 'compaction'], 'a topic');
    const { partitions, compaction } = options;
    const topic = new Topic(this, checkedName(name), partitions === undefined ? undefined : checkedPartitions(partitions));
    if (compaction === undefined) return topic;
    this.remember(name, compaction);
    if (topic.known !== undefined) this.register(topic.known);
    return topic;
  }

  list(): TopicInfo[] {
    const { topics } = this.#parts.of();
    return [...topics.catalog.topics.values()].map((topic) => infoOf(topics, topic)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string, partitions: number | undefined): LogTopic | undefined {
    return this.#topics.find(name, partitions);
  }

  /** The topic, or what the first record would make. */
  imagined(name: string, partitions?: number): LogTopic {
    return this.find(name, partitions) ?? { id: 0, name, partitions: partitions ?? 1 };
  }

  isThere({ id }: LogTopic): boolean {
    return this.#topics.catalog.topics.has(id);
  }

  async ensure(name: string, partitions: number | undefined): Promise<LogTopic> {
    const found = this.find(name, partitions);
    if (found !== undefined) return found;
    const made = await this.#topics.ensure(name, partitions);
    // Several may have asked for it at once.
    if (!this.#compactors.has({ topic: made.id, partition: 0 })) this.register(made);
    return made;
  }

  async drop(topic: LogTopic): Promise<boolean> {
    await this.#unregister(topic);
    return this.#topics.drop(topic);
  }

  offsets(topic: LogTopic, partition: number): PartitionOffsets {
    return this.#topics.offsets(topic.id, partition);
  }

  sizes(topic: LogTopic, partition: number): PartitionSizes {
    const { activeBytes, totalBytes } = this.#topics.amount(topic.id, partition);
    return { activeBytes, historyBytes: totalBytes - activeBytes };
  }

  /** Checked now, used from now on for topics of this name. */
  remember(name: string, compaction: CompactionOptions): void {
    const settings = resolveCompaction(compaction);
    const strategy = settings.strategy === undefined ? undefined : strategySpecOf(settings.strategy);
    this.#registrations.set(name, { settings, strategy });
  }

  /** Takes the place of an earlier registration, whose run ends first. */
  register(topic: LogTopic): void {
    const registration = this.#registrations.get(topic.name);
    if (registration === undefined) return;
    const { of, hub } = this.#parts;
    const { desk } = this;
    for (const partition of partitionsOf(topic)) {
      const storage = new PartitionPhases({ of, desk, hub, topic, partition, ...registration });
      void this.#compactors.register({ topic: topic.id, partition }, storage, registration.settings);
    }
  }

  async unregister(name: string): Promise<void> {
    this.#registrations.delete(name);
    const topic = this.find(name, undefined);
    if (topic !== undefined) await this.#unregister(topic);
  }

  /** How topics of this name are compacted; undefined: they are not. */
  settingsOf(name: string): CompactionSettings | undefined {
    return this.#registrations.get(name)?.settings;
  }

  expectRegistered(name: string): void {
    if (this.#registrations.has(name)) return;
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Topic '${name}' is not registered for compaction; say how by topic.register(…).`);
  }

  async compact(topic: LogTopic): Promise<void> {
    await Promise.all(partitionsOf(topic).map((partition) => this.#compactors.compact({ topic: topic.id, partition })));
  }

  mustWait(topic: LogTopic, writes: readonly RecordToWrite[]): boolean {
    const partitions = new Set(writes.map(({ partition }) => partition));
    const isHeld = [...partitions].some((partition) => this.#compactors.isHoldingBack({ topic: topic.id, partition }));
    return isHeld || writes.some((write) => this.producer.isLarge(write));
  }

  async waitForRoom(topic: LogTopic, writes: readonly Pick<RecordToWrite, 'partition'>[]): Promise<void> {
    for (const partition of new Set(writes.map((write) => write.partition))) {
      await this.#compactors.waitForRoom({ topic: topic.id, partition });
    }
  }

  import(topic: Topic, files: readonly StreambedFile[], options: ImportOptions): Promise<Imported> {
    const target = {
      ...{ core: this.#parts.of(), producer: this.producer, ensure: () => topic.ensure() },
      next: ({ id }: LogTopic) => this.#topics.next(id, 0),
      waitForRoom: (known: LogTopic) => this.waitForRoom(known, [{ partition: 0 }]),
    };
    return new Importer(target, files, options).run();
  }

  export(topic: Topic, write: WriteBytes, partition: number): Promise<Written> {
    const known = existing(topic);
    return exportPartition(this.#parts.of(), known, checkedPartition(partition, known.partitions), write);
  }

  subscribe(topics: readonly Topic[], options: SubscribeOptions): Subscription {
    if (!Array.isArray(topics) || !topics.every((topic) => topic instanceof Topic)) {
      throw new LithifyError(
        'LITHIFY_INVALID_ARGUMENT',
        'What is subscribed must be an array of topics, as engine.topic(name) makes them.',
      );
    }
    const sources = topics.flatMap((topic) => this.#sources(topic));
    const committed = (group: string, name: string, partition: number): Offset | undefined => {
      const topic = this.find(name, undefined);
      return topic && this.#topics.groupOffset({ topic: topic.id, partition, group })?.offset;
    };
    const { runtime } = this.#parts.of();
    return subscribe(sources, options, { runtime, committed });
  }

  async commit(topic: LogTopic, group: string, offset: Offset, partition: number): Promise<void> {
    const { runtime } = this.#parts.of();
    checkCommit(offset, this.offsets(topic, partition));
    const stored = { topic: topic.id, partition, group, offset, committedAt: runtime.clock.wall() };
    await this.producer.write({ operations: [], records: [], groups: [stored] }, undefined);
  }

  groups(topic: LogTopic): GroupLag[] {
    const now = this.#parts.of().runtime.clock.wall();
    return this.#topics.groups(topic.id).map(({ group, partition, offset, committedAt }) => {
      const lag = lagOf(offset, this.offsets(topic, partition));
      return { group, partition, committed: offset, lag, idleMs: Math.max(0, now - committedAt) };
    });
  }

  #sources(topic: Topic): PartitionSource[] {
    const known = existing(topic);
    return partitionsOf(known).map((partition) => sourceOf(this.#parts.of, known, partition));
  }

  async #unregister(topic: LogTopic): Promise<void> {
    await Promise.all(partitionsOf(topic).map((partition) => this.#compactors.unregister({ topic: topic.id, partition })));
  }

  get #topics(): Core['topics'] {
    return this.#parts.of().topics;
  }
}

function existing({ known, name }: Topic): LogTopic {
  if (known !== undefined) return known;
  throw new LithifyError('LITHIFY_NOT_FOUND', `Topic '${name}' does not exist; produce to it, or make() it, before.`);
}

function partitionsOf({ partitions }: LogTopic): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}

function infoOf(topics: Core['topics'], { id, name, partitions }: LogTopic): TopicInfo {
  let [bytes, dirtyBytes, records] = [0, 0, 0];
  for (let partition = 0; partition < partitions; partition++) {
    const amount = topics.amount(id, partition);
    bytes += amount.totalBytes;
    dirtyBytes += amount.dirtyBytes;
    records += amount.records;
  }
  return { name, partitions, bytes, dirtyBytes, records };
}
