import type { PhaseInput } from '../../machines/log-compactor.ts';
import { asLithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type { PartitionStorage, Pass } from './partition-storage.ts';

export type PhaseName = 'recover' | 'ageActive' | 'analyze' | 'newWork' | 'rewrite' | 'swap';

/** Does the phases of a partition's runs on its storage, one after another; nothing of a run is left when `settled`. */
export class Phases {
  readonly #storage: PartitionStorage;
  #control = new AbortController();
  #settled: Promise<unknown> = Promise.resolve();
  #current: PhaseName = 'recover';
  /** From `analyze` to `swap`: there may be output that nobody else knows of. */
  #hasOutput = false;

  constructor(storage: PartitionStorage) {
    this.#storage = storage;
  }

  /** The phase that runs, or ran last. */
  get current(): PhaseName {
    return this.#current;
  }

  /** Resolves when whatever was begun has stopped. */
  get settled(): Promise<unknown> {
    return this.#settled;
  }

  recover(): Promise<void> {
    return this.#do('recover', (signal) => this.#storage.recover(signal));
  }

  ageActive(): Promise<{ readonly end?: Offset | undefined }> {
    return this.#do('ageActive', (signal) => this.#storage.ageActive(signal));
  }

  analyze(input: PhaseInput): Promise<{ readonly overflowAt?: Offset | undefined }> {
    this.#hasOutput = true;
    return this.#do('analyze', (signal) => this.#storage.analyze(passOf(input, signal)));
  }

  newWork(input: PhaseInput): Promise<void> {
    return this.#do('newWork', (signal) => this.#storage.newWork(passOf(input, signal)));
  }

  rewrite(input: PhaseInput): Promise<void> {
    return this.#do('rewrite', (signal) => this.#storage.rewrite(passOf(input, signal)));
  }

  swap(input: PhaseInput): Promise<void> {
    this.#hasOutput = false;
    return this.#do('swap', (signal) => this.#storage.swap(passOf(input, signal)));
  }

  abort(): void {
    this.#control.abort();
  }

  /** An actor begins: what its predecessor was told is not meant for it. */
  renew(): void {
    this.#control = new AbortController();
  }

  /** The run has ended, in whatever way: what it wrote and did not swap in goes before another begins. */
  endRun(): void {
    if (!this.#hasOutput) return;
    this.#hasOutput = false;
    this.#settled = this.#settled.then(() => this.#storage.discard()).catch(() => undefined);
  }

  /** Begins when what was begun before has stopped. */
  #do<T>(phase: PhaseName, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#control;
    this.#current = phase;
    const done = this.#settled
      .then(() => work(signal))
      .catch((error: unknown) => {
        throw asLithifyError(error, 'LITHIFY_INTERNAL', `Compacting ${this.#storage.topic} (${phase})`);
      });
    this.#settled = done.catch(() => undefined);
    return done;
  }
}

/** After `ageActive` the chart has an end, or it would have ended the run. */
function passOf({ end = 0, ...input }: PhaseInput, signal: AbortSignal): Pass {
  return { ...input, end, signal };
}
