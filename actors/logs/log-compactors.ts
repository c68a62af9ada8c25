import { type ActorRefFrom, fromPromise } from 'xstate';
import { logCompactorMachine, type PhaseInput } from '../../machines/log-compactor.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type { LogCompactorStats } from '../../protocol/stats.ts';
import { type PartitionId, partitionNumber } from '../../storage/log/part.ts';
import type { PartitionStorage } from './partition-storage.ts';
import { Registration, type RegistrationParts } from './registration.ts';
import type { Rules } from './when-to-compact.ts';

type LogCompactorRef = ActorRefFrom<typeof logCompactorMachine>;

interface LogCompactorsOptions extends Omit<RegistrationParts, 'isStorageDown'> {
  /** The chart of a partition, while it runs. */
  readonly refOf: (name: string) => LogCompactorRef | undefined;
}

/**
 * The topic partitions that are compacted. Each has an actor only from the moment a run is wanted until it is idle
 * again; what is asked in between is answered from here.
 */
export class LogCompactors {
  readonly #options: LogCompactorsOptions;
  /** By partition: what is registered now. */
  readonly #current = new Map<number, Registration>();
  /** By number: those that are on their way out too, since their actors still report. */
  readonly #all = new Map<number, Registration>();
  /** By partition: the registration that left last, until nothing of it runs. */
  readonly #leaving = new Map<number, Promise<void>>();
  #next = 1;
  #isStorageDown = false;
  #closed: LithifyError | undefined;

  constructor(options: LogCompactorsOptions) {
    this.#options = options;
  }

  /** The chart with its storage; the engine's chart spawns one for each run. */
  logic(): typeof logCompactorMachine {
    return logCompactorMachine.provide({
      actors: {
        recover: fromPromise(({ input }) => this.#recover(input)),
        ageActive: fromPromise(({ input }) => this.#age(input)),
        analyze: fromPromise(({ input }) => this.#following(input).phases.analyze(input)),
        newWork: fromPromise(({ input }) => this.#following(input).phases.newWork(input)),
        rewrite: fromPromise(({ input }) => this.#following(input).phases.rewrite(input)),
        // What is rewritten is swapped in though the engine closes: it is one commit.
        swap: fromPromise(({ input }) => this.#known(input).phases.swap(input)),
      },
      actions: {
        signalAbort: ({ context }) => this.#of(context)?.phases.abort(),
        announceStarted: ({ context }) => this.#of(context)?.started(context),
        announcePass: ({ context }) => this.#of(context)?.passing(context),
        announceSwapped: ({ context }) => this.#of(context)?.swapped(),
        announceCompacted: ({ context }) => this.#of(context)?.compacted(context),
        announceFailed: ({ context }) => this.#of(context)?.failed(context),
        announceIdle: ({ context }) => this.#of(context)?.idled(context),
      },
    });
  }

  /**
   * Takes the place of an earlier registration of the partition, whose run is given up; resolves when nothing of that one
   * runs any more, and not before that begins a run of this one.
   */
  register({ topic, partition }: PartitionId, storage: PartitionStorage, rules: Rules): Promise<void> {
    const id = { topic, partition };
    const before = this.#current.has(partitionNumber(id.topic, id.partition))
      ? this.unregister(id)
      : this.#leaving.get(partitionNumber(id.topic, id.partition));
    const parts = { ...this.#options, isStorageDown: () => this.#isStorageDown };
    const made = new Registration({ number: this.#next++, id, storage, rules }, parts);
    this.#current.set(partitionNumber(id.topic, id.partition), made);
    this.#all.set(made.number, made);
    void made.gone.then(() => this.#all.delete(made.number));
    if (before !== undefined) made.blockUntil(before);
    if (this.#closed !== undefined) void made.close(this.#closed);
    else made.look();
    return before ?? Promise.resolve();
  }

  /** Gives up what runs; resolves when it has stopped. */
  unregister(id: PartitionId): Promise<void> {
    const key = partitionNumber(id.topic, id.partition);
    const current = this.#current.get(key);
    if (current === undefined) return this.#leaving.get(key) ?? Promise.resolve();
    const left = current.leave();
    this.#current.delete(key);
    this.#leaving.set(key, left);
    void left.then(() => {
      if (this.#leaving.get(key) === left) this.#leaving.delete(key);
    });
    return left;
  }

  /**
   * A run that begins after this call, so that it covers whatever was acknowledged before; resolves when it has ended,
   * rejects with its error: LITHIFY_STRATEGY, LITHIFY_DISK_FULL, …; LITHIFY_ABORTED when it is unregistered meanwhile.
   */
  compact(id: PartitionId): Promise<void> {
    const registration = this.#current.get(partitionNumber(id.topic, id.partition));
    return registration?.compact() ?? Promise.reject(this.#closed ?? notRegistered(id));
  }

  has(id: PartitionId): boolean {
    return this.#current.has(partitionNumber(id.topic, id.partition));
  }

  /** After each commit to the partition, and whatever else may make a run due. Cheap while one runs. */
  noticed(id: PartitionId): void {
    this.#current.get(partitionNumber(id.topic, id.partition))?.look();
  }

  /** Asked before each produce; undefined: go on. The promise never rejects; ask again when it resolves. */
  waitForRoom(id: PartitionId): Promise<void> | undefined {
    return this.#current.get(partitionNumber(id.topic, id.partition))?.waitForRoom();
  }

  /** Would `waitForRoom` let a producer wait? */
  isHoldingBack(id: PartitionId): boolean {
    return this.#current.get(partitionNumber(id.topic, id.partition))?.isHoldingBack === true;
  }

  /** Nothing can make room while LevelDB is being opened again, so nobody waits for it. */
  storageFailed(): void {
    this.#isStorageDown = true;
    for (const one of this.#current.values()) one.releaseProducers('the storage is being opened again');
  }

  storageRecovered(): void {
    this.#isStorageDown = false;
    for (const one of this.#current.values()) one.look();
  }

  /** From the root actor: a log compactor ended by a defect. */
  broke(name: string, error: LithifyError): void {
    for (const one of this.#all.values()) if (one.name === name && one.isAlive) one.broke(error);
  }

  stats(): LogCompactorStats[] {
    return [...this.#current.values()].map((one) => {
      const snapshot = this.#options.refOf(one.name)?.getSnapshot();
      // While an earlier registration's run ends, its actor has the name.
      const isOurs = snapshot?.context.registration === one.number;
      return isOurs ? one.stats(snapshot.context, stateName(snapshot.value)) : one.stats(undefined, 'idle');
    });
  }

  /**
   * No run begins any more. Phases that run go on as long as their tickets may; a swap still follows a rewrite that is
   * done. Resolves when nothing runs: the tablet may be closed after that.
   */
  async close(): Promise<void> {
    this.#closed ??= new LithifyError('LITHIFY_SHUTTING_DOWN', 'The engine is shutting down; logs are compacted when it is open again.');
    const error = this.#closed;
    await Promise.all([...this.#all.values()].map((one) => one.close(error)));
  }

  /** The engine has ended, well or not: whoever still waits is told. */
  end(error: LithifyError): void {
    this.#closed ??= error;
    for (const one of this.#all.values()) one.end(error);
  }

  #recover(input: PhaseInput): Promise<void> {
    const registration = this.#following(input);
    return registration.phases.recover().then(() => registration.recovered());
  }

  #age(input: PhaseInput): Promise<{ readonly end?: Offset | undefined }> {
    const registration = this.#following(input);
    registration.ages();
    return registration.phases.ageActive();
  }

  /** Between two phases the run may have become unwanted; what is thrown rejects the phase. */
  #following(input: PhaseInput): Registration {
    const registration = this.#known(input);
    if (registration.over !== undefined) throw registration.over;
    return registration;
  }

  #known(input: PhaseInput): Registration {
    const registration = this.#of(input);
    if (registration === undefined) throw new LithifyError('LITHIFY_INTERNAL', `There is no registration ${input.registration}.`);
    return registration;
  }

  #of({ registration }: { registration: number }): Registration | undefined {
    return this.#all.get(registration);
  }
}

function stateName(value: LogCompactorValue): string {
  return typeof value === 'string' ? value : (Object.values(value)[0] ?? 'compacting');
}
type LogCompactorValue = ReturnType<LogCompactorRef['getSnapshot']>['value'];

function notRegistered({ topic, partition }: PartitionId): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Partition ${partition} of topic ${topic} is not registered for compaction.`, {
    details: { topic, partition },
  });
}
